"""Moves reminders still to come, where their person's zone or hour changes."""

import json
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from bot.letters import moved
from bot.store.database import Session, Transaction, from_text, to_text
from bot.store.people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class ToCome:
    """How many letters are on their way, and when the next arrives; None for none."""

    letters: int
    next_at: datetime | None


# What was tried is on its way, what is claimed is about to be; both are left as they are.
_MOVABLE = """
SELECT d.id, d.due_at, l.zone, l.sealed_at FROM deliveries d JOIN letters l ON l.id = d.letter_id
WHERE d.person_id = :person AND d.kind = 'reminder' AND d.state IN ('due', 'held')
AND d.due_at > :now ORDER BY d.id
"""


async def move(tx: Transaction, before: Person, after: Person, now: datetime) -> None:
    """Move a person's reminders still to come to where their zone and hour are now.

    Each keeps its calendar day, and the time of day at which its letter was sealed unless an hour
    was chosen. One that would lie in the past by that keeps its moment.
    """
    moments: dict[int, str] = {}
    for row in await tx.all(_MOVABLE, person=after.id, now=to_text(now)):
        sealed_at = from_text(row["sealed_at"]).astimezone(ZoneInfo(row["zone"]))
        wall = sealed_at.time() if after.hour is None else time(after.hour)
        due_at = moved(from_text(row["due_at"]), before.zone, after.zone, wall)
        if due_at > now:
            moments[row["id"]] = to_text(due_at)
    await tx.run(
        "UPDATE deliveries SET due_at = at.value, next_at = at.value"
        " FROM json_each(:moments) AS at WHERE deliveries.id = CAST(at.key AS INTEGER)",
        moments=json.dumps(moments),
    )
    tx.owes = True


async def to_come(session: Session, person_id: int, now: datetime) -> ToCome:
    """Return how many of a person's letters are still to come, and when the next does."""
    row = await session.row(
        "SELECT count(DISTINCT letter_id) AS letters, min(due_at) AS next_at FROM deliveries"
        " WHERE person_id = :person AND kind = 'reminder' AND due_at > :now"
        " AND state NOT IN ('sent', 'failed')",
        person=person_id,
        now=to_text(now),
    )
    next_at = from_text(row["next_at"]) if row["next_at"] else None
    return ToCome(letters=row["letters"], next_at=next_at)
