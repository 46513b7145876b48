"""Sealed letters while they can still be changed: for `CHANGEABLE_FOR` from their sealing."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.drafts import Draft, Part, parts_from_json, parts_to_json
from bot.letters import CHANGEABLE_FOR
from bot.store.database import Session, Transaction, from_text, to_text
from bot.store.letter_cells import cell_of, words_kept
from bot.store.owners import key_of_letter
from bot.store.vault import Vault

BATCH = 20
"""How many letters are closed in one transaction."""

_CHANGEABLE = "parts IS NOT NULL AND burned_at IS NULL AND sealed_at > :since"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changeable:
    """A letter that can be changed; `message_id` is the first of its messages."""

    id: int
    message_id: int
    address_id: int | None
    draft: Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A letter that can't be changed any more, and its first message."""

    letter_id: int
    person_id: int
    message_id: int


async def of_message(
    session: Session, chat_id: int, message_id: int, now: datetime
) -> Changeable | None:
    """Return the letter that a person's message is a part of, if it can be changed now."""
    row = await session.one(
        "SELECT l.* FROM letter_messages m JOIN letters l ON l.id = m.letter_id"
        f" WHERE m.chat_id = :chat AND m.message_id = :message AND {_CHANGEABLE}",
        chat=chat_id,
        message=message_id,
        since=to_text(now - CHANGEABLE_FOR),
    )
    return _changeable(row, session.vault) if row else None


async def by_id(session: Session, letter_id: int, now: datetime) -> Changeable | None:
    """Return the letter of that id, if it can be changed now."""
    row = await session.one(
        f"SELECT * FROM letters WHERE id = :id AND {_CHANGEABLE}",
        id=letter_id,
        since=to_text(now - CHANGEABLE_FOR),
    )
    return _changeable(row, session.vault) if row else None


async def all_of(session: Session, person_id: int, now: datetime) -> list[int]:
    """Return the first messages of a person's letters that can be changed now, the newest first."""
    rows = await session.all(
        f"SELECT message_id FROM letters WHERE person_id = :person AND {_CHANGEABLE}"
        " ORDER BY id DESC",
        person=person_id,
        since=to_text(now - CHANGEABLE_FOR),
    )
    return [row["message_id"] for row in rows]


async def keep_messages(
    tx: Transaction, letter_id: int, chat_id: int, messages: Iterable[int]
) -> None:
    """Note which of a person's messages are a letter's."""
    for message_id in messages:
        await tx.run(
            "INSERT INTO letter_messages (chat_id, message_id, letter_id)"
            " VALUES (:chat, :message, :letter) ON CONFLICT DO NOTHING",
            chat=chat_id,
            message=message_id,
            letter=letter_id,
        )


async def keep_edited(tx: Transaction, letter_id: int, draft: Draft) -> None:
    """Keep a letter's words anew, as its messages say them now."""
    key_id, place = await key_of_letter(tx, letter_id), (letter_id, draft.person_id)
    await tx.run(
        "UPDATE letters SET text = :text, entities = :entities, parts = :parts WHERE id = :id",
        id=letter_id,
        **words_kept(tx.vault, key_id, place, draft.words),
        parts=parts_kept(tx.vault, key_id, place, draft.parts),
    )


async def rewrite(tx: Transaction, letter_id: int, draft: Draft) -> None:
    """Let another message, the only one of `draft`, bring a letter's words instead."""
    message_id = draft.parts[0].message_id
    await keep_edited(tx, letter_id, draft)
    await tx.run("DELETE FROM letter_messages WHERE letter_id = :id", id=letter_id)
    await tx.run(
        "UPDATE letters SET message_id = :message WHERE id = :id", id=letter_id, message=message_id
    )
    await keep_messages(tx, letter_id, draft.person_id, [message_id])


async def make_way(tx: Transaction, person_id: int, message_id: int) -> None:
    """Let a letter whose words are erased be known by its message no more: that seals another."""
    row = await tx.one(
        "UPDATE letters SET message_id = -id WHERE chat_id = :person AND message_id = :message"
        " AND burned_at IS NOT NULL RETURNING id",
        person=person_id,
        message=message_id,
    )
    if row is not None:
        await tx.run("DELETE FROM letter_messages WHERE letter_id = :id", id=row["id"])


async def close(tx: Transaction, now: datetime) -> list[Closed]:
    """Let the letters whose time is over be changed no more; returns them, `BATCH` at most."""
    rows = await tx.all(
        "UPDATE letters SET parts = NULL WHERE id IN (SELECT id FROM letters"
        " WHERE parts IS NOT NULL AND sealed_at <= :before ORDER BY sealed_at LIMIT :most)"
        " RETURNING id AS letter_id, person_id, message_id",
        before=to_text(now - CHANGEABLE_FOR),
        most=BATCH,
    )
    return [Closed(**dict(row)) for row in rows]


async def next_close(session: Session) -> datetime | None:
    """Return the moment from which on the next letter can't be changed any more."""
    row = await session.row(
        "SELECT min(sealed_at) AS sealed_at FROM letters WHERE parts IS NOT NULL"
    )
    return from_text(row["sealed_at"]) + CHANGEABLE_FOR if row["sealed_at"] else None


def parts_kept(vault: Vault, key_id: int, place: tuple[int, int], parts: Iterable[Part]) -> str:
    """Return the messages of a person's letter as they are kept; `place` is as in `cell_of`."""
    return vault.encrypt(key_id, cell_of("parts", *place), parts_to_json(parts))


def parts_of(row: sqlite3.Row, vault: Vault) -> tuple[Part, ...]:
    """Return the messages of a row of `letters` that has them. Raises Undecipherable."""
    return parts_from_json(
        vault.decrypt(cell_of("parts", row["id"], row["person_id"]), row["parts"])
    )


def _changeable(row: sqlite3.Row, vault: Vault) -> Changeable:
    return Changeable(
        id=row["id"],
        message_id=row["message_id"],
        address_id=row["address_id"],
        draft=Draft(person_id=row["person_id"], parts=parts_of(row, vault)),
    )
