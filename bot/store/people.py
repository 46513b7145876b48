"""The people who spoke to the bot."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from bot.store.database import Session, Transaction, from_text, to_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who spoke to the bot; `language` is the tag Telegram gave."""

    id: int
    language: str | None
    zone: ZoneInfo

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Self:
        """Build the record from a row of `people`."""
        return cls(id=row["id"], language=row["language"], zone=ZoneInfo(row["zone"]))


async def upsert_person(
    tx: Transaction, person_id: int, *, language: str | None, zone: ZoneInfo, now: datetime
) -> Person:
    """Note that a person spoke: they exist, speak that language and have not blocked the bot.

    `zone` counts only at the first meeting.
    """
    row = await tx.row(
        "INSERT INTO people (id, language, zone, met_at) VALUES (:id, :language, :zone, :now)"
        " ON CONFLICT (id) DO UPDATE SET language = excluded.language, blocked_at = NULL"
        " RETURNING *",
        id=person_id,
        language=language,
        zone=zone.key,
        now=to_text(now),
    )
    return Person.from_row(row)


async def touch_person(tx: Transaction, person_id: int, *, language: str | None) -> None:
    """Note of someone known that they spoke: in that language, and to a bot they don't block."""
    await tx.run(
        "UPDATE people SET language = :language, blocked_at = NULL WHERE id = :id"
        " AND (language IS NOT :language OR blocked_at IS NOT NULL)",
        id=person_id,
        language=language,
    )


async def ensure_person(tx: Transaction, person_id: int, *, zone: ZoneInfo, now: datetime) -> None:
    """Make sure that there is a record of a person who may not have spoken yet."""
    await tx.run(
        "INSERT INTO people (id, zone, met_at) VALUES (:id, :zone, :now) ON CONFLICT DO NOTHING",
        id=person_id,
        zone=zone.key,
        now=to_text(now),
    )


async def note_blocked(tx: Transaction, person_id: int, now: datetime) -> None:
    """Note that Telegram brings nothing to a person any more, until they speak again."""
    await tx.run(
        "UPDATE people SET blocked_at = coalesce(blocked_at, :now) WHERE id = :id",
        id=person_id,
        now=to_text(now),
    )


async def note_thanked(tx: Transaction, person_id: int, now: datetime, *, since: datetime) -> bool:
    """Note that a person's thanks are returned; False if they were since that moment already."""
    row = await tx.one(
        "UPDATE people SET thanked_at = :now WHERE id = :id"
        " AND (thanked_at IS NULL OR thanked_at <= :since) RETURNING id",
        id=person_id,
        now=to_text(now),
        since=to_text(since),
    )
    return row is not None


async def met_at(session: Session, person_id: int) -> datetime | None:
    """Return when a person was met; None for one of whom nothing is kept."""
    row = await row_of(session, person_id)
    return from_text(row["met_at"]) if row else None


async def row_of(session: Session, person_id: int) -> sqlite3.Row | None:
    """Return what is kept of a person themselves; None for nothing."""
    return await session.one("SELECT * FROM people WHERE id = :id", id=person_id)


async def forget_person(tx: Transaction, person_id: int) -> None:
    """Keep nothing of a person themselves."""
    await tx.run("DELETE FROM people WHERE id = :person", person=person_id)
