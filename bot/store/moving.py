"""Moves a day of a letter that is still to come: both channels together, to another day."""

from datetime import datetime
from enum import Enum, auto

from bot.letters import Channel, Reminder
from bot.store.database import Transaction, to_text
from bot.store.reminders import key_of


class Moved(Enum):
    """How moving a letter's day ended."""

    DONE = auto()
    TOO_LATE = auto()
    TAKEN = auto()


# What was tried is on its way, what is claimed is about to be; both are left as they are.
_MOVABLE = """
SELECT id, channel FROM deliveries WHERE letter_id = :letter AND day = :day
AND state IN ('due', 'held') AND due_at > :now
"""


async def move(tx: Transaction, letter_id: int, day: int, to: Reminder, now: datetime) -> Moved:
    """Let a letter's reminder of a day come as `to` instead, unless one is there already."""
    rows = await tx.all(_MOVABLE, letter=letter_id, day=day, now=to_text(now))
    if not rows:
        return Moved.TOO_LATE
    if day != to.day and await _comes_on(tx, letter_id, to.day):
        return Moved.TAKEN
    for row in rows:
        await tx.run(
            "UPDATE deliveries SET key = :key, day = :day, due_at = :due, next_at = :due"
            " WHERE id = :id",
            id=row["id"],
            key=key_of(letter_id, to.day, Channel(row["channel"])),
            day=to.day,
            due=to_text(to.due_at),
        )
    tx.owes = True
    return Moved.DONE


async def _comes_on(tx: Transaction, letter_id: int, day: int) -> bool:
    row = await tx.one(
        "SELECT 1 FROM deliveries WHERE letter_id = :letter AND day = :day LIMIT 1",
        letter=letter_id,
        day=day,
    )
    return row is not None
