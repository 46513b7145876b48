"""Letters in the making: one per person, and the state of their conversation."""

import sqlite3
from datetime import datetime

from bot.drafts import Draft, Step, parts_from_json, parts_to_json
from bot.store.database import Session, Transaction, to_text
from bot.store.forgetting import forget_some
from bot.store.owners import key_of_person
from bot.store.vault import Cell, Vault

BATCH = 20
"""How many drafts are put aside in one transaction."""


async def keep(tx: Transaction, draft: Draft, now: datetime) -> None:
    """Keep a draft in place of the person's earlier one, no larger than `DRAFT_LIMIT`."""
    key_id = await key_of_person(tx, draft.person_id)
    texts = {
        "parts": parts_to_json(draft.within_limit().parts),
        "candidate": draft.candidate,
        "suggestion": draft.suggestion,
    }
    await tx.run(
        "INSERT OR REPLACE INTO drafts"
        " (person_id, step, parts, candidate, suggestion, replaces, adds, chooses, changes,"
        " touched_at, resting, has_words)"
        " VALUES (:person, :step, :parts, :candidate, :suggestion, :replaces, :adds, :chooses,"
        " :changes, :now, :resting, :has_words)",
        person=draft.person_id,
        step=draft.step,
        **{
            column: tx.vault.encrypt_some(key_id, _cell_of(column, draft.person_id), text)
            for column, text in texts.items()
        },
        replaces=draft.replaces,
        adds=draft.adds,
        chooses=draft.chooses,
        changes=draft.changes,
        now=to_text(now),
        resting=draft.resting,
        has_words=bool(draft.taken),
    )


async def discard(tx: Transaction, person_id: int) -> bool:
    """Throw a person's draft away; False when there was none."""
    row = await tx.one(
        "DELETE FROM drafts WHERE person_id = :person RETURNING person_id", person=person_id
    )
    return row is not None


async def draft_of(session: Session, person_id: int) -> Draft | None:
    """Return a person's draft."""
    row = await session.one("SELECT * FROM drafts WHERE person_id = :person", person=person_id)
    return _draft(row, session.vault) if row else None


async def row_of(session: Session, person_id: int) -> sqlite3.Row | None:
    """Return a person's draft with the address it is to replace, if there is one."""
    return await session.one(
        "SELECT d.person_id, d.touched_at, a.id AS address_id, a.address"
        " FROM drafts d LEFT JOIN addresses a ON a.id = d.replaces WHERE d.person_id = :person",
        person=person_id,
    )


async def drop_empty(tx: Transaction, idle_since: datetime) -> bool:
    """Drop drafts without words that are untouched since a moment, some of them.

    Returns whether there may be more.
    """
    idle = "has_words = 0 AND touched_at <= :moment"
    return await forget_some(tx, "drafts", idle, idle_since)


async def put_to_rest(tx: Transaction, idle_since: datetime) -> list[int]:
    """Put aside the drafts untouched since that moment, `BATCH` at most; returns whose they are."""
    rows = await tx.all(
        "UPDATE drafts SET resting = 1 WHERE person_id IN (SELECT person_id FROM drafts"
        " WHERE resting = 0 AND touched_at <= :moment LIMIT :batch) RETURNING person_id",
        moment=to_text(idle_since),
        batch=BATCH,
    )
    return [row["person_id"] for row in rows]


async def forget_taken_back(tx: Transaction, person_id: int) -> None:
    """Keep nothing of letters taken back with a draft that rests."""
    draft = await draft_of(tx, person_id)
    if draft is not None and draft.taken_back:
        left = [part for part in draft.parts if not part.of_letter]
        key_id, cell = await key_of_person(tx, person_id), _cell_of("parts", person_id)
        await tx.run(
            "UPDATE drafts SET parts = :parts WHERE person_id = :person",
            person=person_id,
            parts=tx.vault.encrypt(key_id, cell, parts_to_json(left)),
        )


def _draft(row: sqlite3.Row, vault: Vault) -> Draft:
    """Return the record of a row of `drafts`. Raises Undecipherable."""
    person_id = row["person_id"]
    candidate, suggestion = (
        vault.decrypt_some(_cell_of(column, person_id), row[column])
        for column in ("candidate", "suggestion")
    )
    return Draft(
        person_id=person_id,
        step=Step(row["step"]),
        parts=parts_from_json(vault.decrypt(_cell_of("parts", person_id), row["parts"])),
        candidate=candidate,
        suggestion=suggestion,
        replaces=row["replaces"],
        adds=bool(row["adds"]),
        chooses=bool(row["chooses"]),
        changes=row["changes"],
        resting=bool(row["resting"]),
    )


def _cell_of(column: str, person_id: int) -> Cell:
    return Cell("drafts", column, person_id)
