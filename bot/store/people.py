"""The people who spoke to the bot."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from bot.store.database import Session, Transaction, from_text, to_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who spoke to the bot.

    `language` is the tag of the one they chose, or else that Telegram gave. `zone` is the
    operator's unless `zone_chosen`. `hour` is when their letters arrive; None stands for the time
    of day at which each was sealed.
    """

    id: int
    language: str | None
    zone: ZoneInfo
    zone_chosen: bool = False
    hour: int | None = None

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Self:
        """Build the record from a row of `people`."""
        return cls(
            id=row["id"],
            language=row["chosen_language"] or row["language"],
            zone=ZoneInfo(row["zone"]),
            zone_chosen=bool(row["zone_chosen"]),
            hour=row["arrival_hour"],
        )


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


async def chosen_language(session: Session, person_id: int) -> str | None:
    """Return the language that a person chose, if they did."""
    row = await session.one("SELECT chosen_language FROM people WHERE id = :id", id=person_id)
    return row["chosen_language"] if row else None


async def choose_language(tx: Transaction, person_id: int, language: str) -> None:
    """Let a person be spoken to in a language, whatever Telegram says of theirs."""
    await tx.run(
        "UPDATE people SET chosen_language = :language WHERE id = :id",
        id=person_id,
        language=language,
    )


async def choose_zone(tx: Transaction, person_id: int, zone: ZoneInfo) -> None:
    """Let a zone be a person's."""
    await tx.run(
        "UPDATE people SET zone = :zone, zone_chosen = 1 WHERE id = :id",
        id=person_id,
        zone=zone.key,
    )


async def choose_hour(tx: Transaction, person_id: int, hour: int | None) -> None:
    """Let a person's letters arrive at an hour; None: each at the time of day it was sealed at."""
    await tx.run("UPDATE people SET arrival_hour = :hour WHERE id = :id", id=person_id, hour=hour)


async def choose_address(tx: Transaction, person_id: int, address_id: int) -> None:
    """Let one of a person's addresses be the first that is offered for a letter."""
    await tx.run(
        "UPDATE people SET default_address = :address WHERE id = :id AND EXISTS"
        " (SELECT 1 FROM addresses WHERE id = :address AND person_id = :id)",
        id=person_id,
        address=address_id,
    )


async def note_zone_offered(tx: Transaction, person_id: int) -> bool:
    """Note that a person is offered to choose their zone; False if they were, or have chosen."""
    row = await tx.one(
        "UPDATE people SET zone_offered = 1 WHERE id = :id"
        " AND NOT zone_offered AND NOT zone_chosen RETURNING id",
        id=person_id,
    )
    return row is not None


async def note_asked(tx: Transaction, person_id: int, setting: str | None, now: datetime) -> None:
    """Note for which setting a person is asked to type its new value; None for none any more."""
    await tx.run(
        "UPDATE people SET asked = :setting, asked_at = :now WHERE id = :id",
        id=person_id,
        setting=setting,
        now=to_text(now) if setting else None,
    )


async def asked(session: Session, person_id: int, *, since: datetime) -> str | None:
    """Return for which setting a person was asked to type a value since a moment, if for one.

    A letter gone on with after that ends the question.
    """
    row = await session.one(
        "SELECT asked FROM people p WHERE id = :id AND asked_at >= :since AND NOT EXISTS"
        " (SELECT 1 FROM drafts d WHERE d.person_id = p.id AND d.touched_at > p.asked_at)",
        id=person_id,
        since=to_text(since),
    )
    return row["asked"] if row else None


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
