"""What people answered when a letter came back, the latest for each of its days, and their notes.

An answer goes with its letter: whatever deletes that deletes it.
"""

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from bot.answers import Answer, Answered, Line, lines_from_json, lines_to_json
from bot.store.database import Session, Transaction, to_text
from bot.store.owners import key_of_letter
from bot.store.vault import Cell, Vault

_EDITABLE = 20  # notes among which an edited message is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One day on which a person's letter came back, which is what an answer is about."""

    person_id: int
    letter_id: int
    day: int


OF_LETTER = """
(SELECT json_group_array(json_array(a.letter_id, a.day, a.answer, a.note)) FROM answers a
WHERE a.letter_id = l.id)
"""
"""The answers about a letter `l`, for `read`."""


def read(kept: str, vault: Vault) -> tuple[Answered, ...]:
    """Return the answers of an `OF_LETTER`, by their days. Raises Undecipherable."""
    found = (_answered(vault, *each) for each in json.loads(kept))
    return tuple(sorted(found, key=lambda each: each.day))


async def take(tx: Transaction, occasion: Occasion, answer: Answer, now: datetime) -> None:
    """Keep an answer in the place of any given before."""
    key_id = await key_of_letter(tx, occasion.letter_id)
    await tx.run(
        "INSERT INTO answers (letter_id, day, person_id, answer, said_at)"
        " VALUES (:letter, :day, :person, :answer, :now)"
        " ON CONFLICT (letter_id, day) DO UPDATE SET answer = :answer, said_at = :now",
        **_key(occasion),
        person=occasion.person_id,
        answer=tx.vault.encrypt(key_id, cell_of("answer", **_key(occasion)), answer),
        now=to_text(now),
    )


async def answered(session: Session, occasion: Occasion) -> Answered:
    """Return what a person said on an occasion, which may be nothing. Raises Undecipherable."""
    row = await session.one(
        "SELECT letter_id, day, answer, note FROM answers WHERE letter_id = :letter AND day = :day",
        **_key(occasion),
    )
    if row is None:
        return Answered(day=occasion.day)
    return _answered(session.vault, *row)


async def keep_note(
    tx: Transaction, occasion: Occasion, lines: tuple[Line, ...], now: datetime
) -> None:
    """Keep a note in the place of the one before; of an empty one without an answer, nothing."""
    key_id = await key_of_letter(tx, occasion.letter_id)
    text = lines_to_json(lines) if lines else None
    await tx.run(
        "INSERT INTO answers (letter_id, day, person_id, note, said_at)"
        " VALUES (:letter, :day, :person, :note, :now)"
        " ON CONFLICT (letter_id, day) DO UPDATE SET note = :note",
        **_key(occasion),
        person=occasion.person_id,
        note=tx.vault.encrypt_some(key_id, cell_of("note", **_key(occasion)), text),
        now=to_text(now),
    )
    await tx.run(
        "DELETE FROM answers WHERE letter_id = :letter AND day = :day"
        " AND answer IS NULL AND note IS NULL",
        **_key(occasion),
    )


async def with_line(session: Session, person_id: int, message_id: int) -> Occasion | None:
    """Return the occasion whose note a message is a part of, if it is one of the newest notes.

    Raises Undecipherable.
    """
    rows = await session.all(
        "SELECT letter_id, day, answer, note FROM answers"
        " WHERE person_id = :person AND note IS NOT NULL ORDER BY said_at DESC LIMIT :most",
        person=person_id,
        most=_EDITABLE,
    )
    for row in rows:
        said = _answered(session.vault, *row)
        if said.has_line(message_id):
            return Occasion(person_id=person_id, letter_id=row["letter_id"], day=row["day"])
    return None


async def forget_letter(tx: Transaction, letter_id: int) -> None:
    """Keep nothing of what was answered about a letter."""
    await tx.run("DELETE FROM answers WHERE letter_id = :letter", letter=letter_id)


async def rows_of(session: Session, person_id: int) -> list[sqlite3.Row]:
    """Return a person's answers, in the order of their letters and days."""
    return await session.all(
        "SELECT * FROM answers WHERE person_id = :person ORDER BY letter_id, day",
        person=person_id,
    )


def _key(occasion: Occasion) -> dict[str, int]:
    return {"letter": occasion.letter_id, "day": occasion.day}


def cell_of(column: str, letter: int, day: int) -> Cell:
    """Return where an answer, or the note with it, stands."""
    return Cell("answers", column, f"{letter}/{day}")


def _answered(
    vault: Vault, letter_id: int, day: int, answer: str | None, note: str | None
) -> Answered:
    said = vault.decrypt_some(cell_of("answer", letter_id, day), answer)
    noted = vault.decrypt_some(cell_of("note", letter_id, day), note)
    return Answered(
        day=day,
        answer=Answer(said) if said else None,
        lines=lines_from_json(noted) if noted else (),
    )
