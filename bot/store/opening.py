"""Reads the letters that come before a moment, to see whether they can be; nobody is shown any."""

import asyncio
import sqlite3
from datetime import datetime

from bot.store import addresses, answers, postscripts
from bot.store.database import Session, to_text
from bot.store.letters import letter_of
from bot.store.unreadable import Unreadable, reading
from bot.store.vault import Vault

BATCH = 100
"""How many letters are read at once."""

COMING = f"""
SELECT d.id AS delivery, d.next_at, l.*, a.address,
    {postscripts.OF_LETTER} AS postscripts, {answers.OF_LETTER} AS answers
FROM deliveries d JOIN letters l ON l.id = d.letter_id
LEFT JOIN addresses a ON a.id = l.address_id
WHERE d.channel = 'chat' AND d.state IN ('due', 'retry') AND d.kind = 'reminder'
AND d.next_at >= :since AND (d.next_at > :since OR d.id > :after) AND d.next_at <= :until
ORDER BY d.next_at, d.id LIMIT {BATCH}
"""


async def unreadable(session: Session, until: datetime) -> set[int]:
    """Return the letters that come before a moment and can't be read."""
    found = set[int]()
    since, after = "", 0
    while rows := await session.all(COMING, since=since, after=after, until=to_text(until)):
        since, after = rows[-1]["next_at"], rows[-1]["delivery"]
        found |= await asyncio.to_thread(_unreadable, rows, session.vault)
    return found


def _unreadable(rows: list[sqlite3.Row], vault: Vault) -> set[int]:
    return {row["id"] for row in rows if not _is_readable(row, vault)}


def _is_readable(row: sqlite3.Row, vault: Vault) -> bool:
    try:
        with reading():
            letter_of(row["id"], row, vault)
            postscripts.read(row["postscripts"], vault)
            answers.read(row["answers"], vault)
            if row["address_id"] is not None:
                vault.decrypt(
                    addresses.cell_of(row["address_id"], row["person_id"]), row["address"]
                )
    except Unreadable:
        return False
    return True
