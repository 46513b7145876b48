"""What people added to their sealed letters, each bounded in number and size.

A postscript goes with its letter: whatever deletes that deletes it.
"""

import json
import sqlite3
from datetime import datetime

from bot.letters import Postscript
from bot.store.database import Session, Transaction, from_text, to_text
from bot.store.owners import key_of_letter
from bot.store.vault import Cell, Vault
from bot.text import Words

OF_LETTER = """
(SELECT json_group_array(json_array(
    ps.id, ps.letter_id, ps.message_id, ps.text, ps.entities, ps.added_at))
FROM postscripts ps WHERE ps.letter_id = l.id)
"""
"""The postscripts of a letter `l`, for `read`."""


def read(kept: str, vault: Vault) -> tuple[Postscript, ...]:
    """Return the postscripts of an `OF_LETTER`, in order. Raises Undecipherable."""
    return tuple(
        Postscript(
            message_id=message_id,
            words=words_of(vault, letter_id, message_id, text, entities),
            added_at=from_text(added_at),
        )
        for _, letter_id, message_id, text, entities, added_at in sorted(json.loads(kept))
    )


def words_of(vault: Vault, letter_id: int, message_id: int, text: str, entities: str) -> Words:
    """Return the words of a postscript, from how they are kept. Raises Undecipherable."""
    return Words.from_json(
        vault.decrypt(_cell_of("text", letter_id, message_id), text),
        vault.decrypt(_cell_of("entities", letter_id, message_id), entities),
    )


async def add(
    tx: Transaction, letter_id: int, message_id: int, words: Words, now: datetime
) -> None:
    """Add a postscript to a letter; a second one of the same message changes nothing."""
    await tx.run(
        "INSERT INTO postscripts (letter_id, message_id, text, entities, added_at)"
        " VALUES (:letter, :message, :text, :entities, :now)"
        " ON CONFLICT (letter_id, message_id) DO NOTHING",
        letter=letter_id,
        message=message_id,
        **await _kept(tx, letter_id, message_id, words),
        now=to_text(now),
    )


async def change(tx: Transaction, letter_id: int, message_id: int, words: Words) -> None:
    """Let other words take the place of the postscript that a message brought."""
    await tx.run(
        "UPDATE postscripts SET text = :text, entities = :entities"
        " WHERE letter_id = :letter AND message_id = :message",
        letter=letter_id,
        message=message_id,
        **await _kept(tx, letter_id, message_id, words),
    )


async def letter_of(session: Session, person_id: int, message_id: int) -> int | None:
    """Return the number of the letter to which a person's message added something, if one did."""
    row = await session.one(
        "SELECT l.id FROM letters l JOIN postscripts ps ON ps.letter_id = l.id"
        " WHERE l.person_id = :person AND l.burned_at IS NULL AND ps.message_id = :message",
        person=person_id,
        message=message_id,
    )
    return row["id"] if row else None


async def rows_of(session: Session, person_id: int) -> list[sqlite3.Row]:
    """Return a person's postscripts, in order."""
    return await session.all(
        "SELECT ps.* FROM letters l JOIN postscripts ps ON ps.letter_id = l.id"
        " WHERE l.person_id = :person ORDER BY ps.id",
        person=person_id,
    )


async def forget_letter(tx: Transaction, letter_id: int) -> None:
    """Keep none of a letter's postscripts."""
    await tx.run("DELETE FROM postscripts WHERE letter_id = :letter", letter=letter_id)


async def _kept(tx: Transaction, letter_id: int, message_id: int, words: Words) -> dict[str, str]:
    """Return the columns in which the words of a postscript are kept."""
    key_id, place = await key_of_letter(tx, letter_id), (letter_id, message_id)
    return {
        "text": tx.vault.encrypt(key_id, _cell_of("text", *place), words.text),
        "entities": tx.vault.encrypt(
            key_id, _cell_of("entities", *place), words.entities_to_json()
        ),
    }


def _cell_of(column: str, letter_id: int, message_id: int) -> Cell:
    return Cell("postscripts", column, f"{letter_id}/{message_id}")
