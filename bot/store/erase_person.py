"""Erasing: everything of a person's goes, in one transaction, but for some keyed hashes.

Those of stops stay for good. Those of where confirmation mails went, and at whose wish, stay for
the day that caps look back, or whoever erases themselves could have strangers mailed without end.
"""

from datetime import datetime

from bot.store import inbox, replies
from bot.store.database import Session, Transaction, from_text

_TABLES = (
    ("drafts", "person_id"),
    ("deliveries", "person_id"),
    ("letters", "person_id"),
    ("addresses", "person_id"),
    ("people", "id"),
)
"""What holds a person's things, and by what it names them, each before those it refers to.

Confirmations go with their addresses.
"""


async def erase(tx: Transaction, person_id: int, update_id: int) -> None:
    """Erase a person, with what their updates said up to the one that asks for it."""
    for table, column in _TABLES:
        await tx.run(f"DELETE FROM {table} WHERE {column} = :person", person=person_id)
    await inbox.forget_person(tx, person_id, update_id)
    await replies.forget_chat(tx, person_id)
    tx.erases = True


async def met_at(session: Session, person_id: int) -> datetime | None:
    """Return when a person was met; None for one of whom nothing is kept."""
    row = await session.one("SELECT met_at FROM people WHERE id = :id", id=person_id)
    return from_text(row["met_at"]) if row else None
