"""What people added to their sealed letters, each bounded in number and size.

A postscript goes with its letter: whatever deletes that deletes it.
"""

import json
import sqlite3
from datetime import datetime

from bot.letters import Postscript
from bot.store.database import Session, Transaction, from_text, to_text
from bot.store.vault import Vault
from bot.text import Words

OF_LETTER = """
(SELECT json_group_array(json_array(ps.id, ps.text, ps.entities, ps.added_at, ps.message_id))
FROM postscripts ps WHERE ps.letter_id = l.id)
"""
"""The postscripts of a letter `l`, for `read`."""


def read(kept: str, vault: Vault) -> tuple[Postscript, ...]:
    """Return the postscripts of an `OF_LETTER`, in order. Raises LostKey."""
    return tuple(
        Postscript(
            message_id=message_id,
            words=Words.from_json(vault.decrypt(text), vault.decrypt(entities)),
            added_at=from_text(added_at),
        )
        for _, text, entities, added_at, message_id in sorted(json.loads(kept))
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
        text=tx.vault.encrypt(words.text),
        entities=tx.vault.encrypt(words.entities_to_json()),
        now=to_text(now),
    )


async def change(tx: Transaction, letter_id: int, message_id: int, words: Words) -> None:
    """Let other words take the place of the postscript that a message brought."""
    await tx.run(
        "UPDATE postscripts SET text = :text, entities = :entities"
        " WHERE letter_id = :letter AND message_id = :message",
        letter=letter_id,
        message=message_id,
        text=tx.vault.encrypt(words.text),
        entities=tx.vault.encrypt(words.entities_to_json()),
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
