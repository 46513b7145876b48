"""Sealed letters: read, and erased."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.letters import Letter, Postscript, Reminder
from bot.store import answers, dropping, owners, postscripts
from bot.store.addresses import Address
from bot.store.addresses import cell_of as address_cell
from bot.store.database import Session, Transaction, from_text, to_text
from bot.store.letter_cells import words_kept, words_of
from bot.store.mailboxes import SUPPRESSED
from bot.store.unreadable import reading
from bot.store.vault import Vault
from bot.text import Words

_NOTHING = Words("")

BATCH = 10
"""How many letters are looked at for their end in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A sealed letter, when it comes back and where its mail is to go, if any is.

    `message_id` is the first of the messages that brought it. `mailed`: its address takes mail.
    """

    letter: Letter
    message_id: int
    address: Address | None
    mailed: bool
    reminders: tuple[Reminder, ...]


async def brought(
    session: Session, token: str, *, owner: int
) -> tuple[Letter, tuple[Postscript, ...]] | None:
    """Return the letter that the delivery of that token brings, with its postscripts.

    None for one that isn't `owner`'s.
    """
    row = await session.one(
        f"SELECT l.*, {postscripts.OF_LETTER} AS postscripts"
        " FROM deliveries d JOIN letters l ON l.id = d.letter_id"
        " WHERE d.person_id = :owner AND l.person_id = :owner AND d.token = :token",
        owner=owner,
        token=token,
    )
    if row is None:
        return None
    added = postscripts.read(row["postscripts"], session.vault)
    return letter_of(row["id"], row, session.vault), added


async def sealed_from(session: Session, chat_id: int, message_id: int) -> Sealed | None:
    """Return the letter that a message brought, or brought some of. Raises Unreadable."""
    row = await session.one(
        f"{_SEALED} JOIN letter_messages m ON m.letter_id = l.id"
        " WHERE m.chat_id = :chat AND m.message_id = :message",
        chat=chat_id,
        message=message_id,
    )
    return await _sealed(session, row)


async def sealed_by(session: Session, update_id: int) -> Sealed | None:
    """Return the letter that an update sealed. Raises Unreadable."""
    row = await session.one(f"{_SEALED} WHERE l.update_id = :update", update=update_id)
    return await _sealed(session, row)


async def erase_text(tx: Transaction, letter_id: int, now: datetime) -> None:
    """Erase a letter's words, and drop what of it was still to come. Again, it changes nothing.

    Its key is destroyed then. A delivery in flight is left to settle.
    """
    row = await tx.one(
        "SELECT person_id, key_id FROM letters WHERE id = :id AND burned_at IS NULL", id=letter_id
    )
    if row is not None:
        key_id = await owners.key_of_person(tx, row["person_id"])
        await tx.run(
            "UPDATE letters SET text = :text, entities = :entities, parts = NULL, key_id = NULL,"
            " burned_at = :now WHERE id = :id",
            id=letter_id,
            **words_kept(tx.vault, key_id, (letter_id, row["person_id"]), _NOTHING),
            now=to_text(now),
        )
        await owners.doom(tx, [row["key_id"]])
    await postscripts.forget_letter(tx, letter_id)
    await answers.forget_letter(tx, letter_id)
    await dropping.drop_letter(tx, letter_id)


# A letter was under way at the latest of these moments, of which none is later than now: what is
# still to come may be moved to an earlier day.
MAYBE_ENDED = """
SELECT id, max(sealed_at, coalesce((
    SELECT max(max(
        iif(d.state IN ('due', 'claimed', 'in_flight', 'retry'), :now, min(d.due_at, :now)),
        coalesce(d.sent_at, ''), coalesce(d.failed_at, '')
    )) FROM deliveries d WHERE d.letter_id = l.id
), '')) AS under_way_until
FROM letters l WHERE burned_at IS NULL AND under_way_until < :before
ORDER BY l.under_way_until LIMIT :batch
"""


async def erase_ended(tx: Transaction, before: datetime, now: datetime) -> bool:
    """Erase the words of letters whose last reminder was due, and settled, before a moment.

    Looks at `BATCH` letters at most, and returns whether there may be more. One that was still
    under way later is looked at again when that is as long ago. A reminder under way keeps its
    letter; mail that is held for want of consent doesn't.
    """
    rows = await tx.all(MAYBE_ENDED, before=to_text(before), now=to_text(now), batch=BATCH)
    for row in rows:
        if row["under_way_until"] < to_text(before):
            await erase_text(tx, row["id"], now)
        else:
            await _note_under_way(tx, row["id"], row["under_way_until"])
    return len(rows) == BATCH


async def _note_under_way(tx: Transaction, letter_id: int, until: str) -> None:
    await tx.run(
        "UPDATE letters SET under_way_until = :until WHERE id = :id", id=letter_id, until=until
    )


async def sealed_since(session: Session, since: datetime) -> int:
    """Return how many letters were sealed since a moment."""
    row = await session.row(
        "SELECT count(*) AS sealed FROM letters WHERE sealed_at >= :since", since=to_text(since)
    )
    return int(row["sealed"])


async def rows_of(session: Session, person_id: int) -> list[sqlite3.Row]:
    """Return a person's letters, each with its address if it has one, in the order of sealing."""
    return await session.all(
        "SELECT l.*, a.address, (SELECT json_group_array(message_id) FROM letter_messages m"
        " WHERE m.letter_id = l.id) AS message_ids"
        " FROM letters l LEFT JOIN addresses a ON a.id = l.address_id"
        " WHERE l.person_id = :person ORDER BY l.id",
        person=person_id,
    )


async def forget_person(tx: Transaction, person_id: int) -> None:
    """Keep none of a person's letters."""
    await tx.run("DELETE FROM letters WHERE person_id = :person", person=person_id)


def letter_of(letter_id: int, row: sqlite3.Row, vault: Vault) -> Letter:
    """Return the letter of a row that has its columns. Raises Undecipherable."""
    return Letter(
        id=letter_id,
        person_id=row["person_id"],
        words=words_of(letter_id, row, vault),
        zone=ZoneInfo(row["zone"]),
        sealed_at=from_text(row["sealed_at"]),
    )


_SEALED = (
    "SELECT l.*, a.address, a.confirmed_at,"
    f" a.confirmed_at IS NOT NULL AND NOT {SUPPRESSED} AS mailed"
    " FROM letters l LEFT JOIN addresses a ON a.id = l.address_id"
)


async def _sealed(session: Session, row: sqlite3.Row | None) -> Sealed | None:
    if row is None:
        return None
    days = await session.all(
        "SELECT DISTINCT day, due_at FROM deliveries WHERE letter_id = :letter ORDER BY day",
        letter=row["id"],
    )
    with reading():
        return Sealed(
            letter=letter_of(row["id"], row, session.vault),
            message_id=row["message_id"],
            address=_address(row, session.vault),
            mailed=bool(row["mailed"]),
            reminders=tuple(Reminder(day=d["day"], due_at=from_text(d["due_at"])) for d in days),
        )


def _address(row: sqlite3.Row, vault: Vault) -> Address | None:
    if row["address_id"] is None:
        return None
    return Address(
        id=row["address_id"],
        person_id=row["person_id"],
        address=vault.decrypt(address_cell(row["address_id"], row["person_id"]), row["address"]),
        confirmed=row["confirmed_at"] is not None,
    )
