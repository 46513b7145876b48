"""The people who spoke to the bot, and the addresses they gave."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from bot.caps import Caps
from bot.store.database import Session, Transaction, to_text
from bot.store.mailboxes import exact_key, mailbox_key
from bot.store.vault import Vault

_MOST_ADDRESSES = Caps().addresses


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address that a person gave; `confirmed` once they showed that its mail reaches them."""

    id: int
    person_id: int
    address: str
    confirmed: bool

    @classmethod
    def from_row(cls, row: sqlite3.Row, vault: Vault) -> Self:
        """Build the record from a row of `addresses`. Raises LostKey."""
        return cls(
            id=row["id"],
            person_id=row["person_id"],
            address=vault.decrypt(row["address"]),
            confirmed=row["confirmed_at"] is not None,
        )


class TooManyAddresses(Exception):
    """A person has used as many addresses as may be kept of them."""


async def upsert_person(
    tx: Transaction, person_id: int, *, language: str | None, zone: ZoneInfo, now: datetime
) -> Person:
    """Note that a person spoke: they exist, speak that language and have not blocked the bot.

    `zone` counts only at the first meeting.
    """
    row = await tx.one(
        "INSERT INTO people (id, language, zone, met_at) VALUES (:id, :language, :zone, :now)"
        " ON CONFLICT (id) DO UPDATE SET language = excluded.language, blocked_at = NULL"
        " RETURNING *",
        id=person_id,
        language=language,
        zone=zone.key,
        now=to_text(now),
    )
    return Person.from_row(_present(row))


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


async def use_address(
    tx: Transaction, person_id: int, address: str, now: datetime, *, most: int = _MOST_ADDRESSES
) -> Address:
    """Return the person's record of an address, made at its first use.

    Raises TooManyAddresses where it would be one more than `most`.
    """
    exact = exact_key(tx.vault, address)
    if not await _has_room(tx, person_id, exact, most):
        raise TooManyAddresses
    row = await tx.one(
        "INSERT INTO addresses (person_id, address, exact_key, mailbox_key, used_at)"
        " VALUES (:person, :address, :exact, :mailbox, :now)"
        " ON CONFLICT (person_id, exact_key)"
        " DO UPDATE SET used_at = excluded.used_at, refused_at = NULL RETURNING *",
        person=person_id,
        address=tx.vault.encrypt(address),
        exact=exact,
        mailbox=mailbox_key(tx.vault, address),
        now=to_text(now),
    )
    return Address.from_row(_present(row), tx.vault)


async def addresses_of(session: Session, person_id: int, limit: int) -> list[Address]:
    """Return the addresses a person used and that still take mail, the last used first."""
    rows = await session.all(
        "SELECT * FROM addresses WHERE person_id = :person AND refused_at IS NULL"
        " AND mailbox_key NOT IN (SELECT mailbox_key FROM stops)"
        " ORDER BY used_at DESC, id DESC LIMIT :limit",
        person=person_id,
        limit=limit,
    )
    return [Address.from_row(row, session.vault) for row in rows]


async def address(session: Session, address_id: int, *, owner: int) -> Address | None:
    """Return an address by its id, if it is `owner`'s."""
    row = await session.one(
        "SELECT * FROM addresses WHERE id = :id AND person_id = :owner", id=address_id, owner=owner
    )
    return Address.from_row(row, session.vault) if row else None


async def note_blocked(tx: Transaction, person_id: int, now: datetime) -> None:
    """Note that Telegram brings nothing to a person any more, until they speak again."""
    await tx.run(
        "UPDATE people SET blocked_at = coalesce(blocked_at, :now) WHERE id = :id",
        id=person_id,
        now=to_text(now),
    )


async def note_refused(tx: Transaction, address_id: int, now: datetime) -> None:
    """Note that a mail server refused an address for good."""
    await tx.run(
        "UPDATE addresses SET refused_at = :now WHERE id = :id", id=address_id, now=to_text(now)
    )


async def note_confirmed(tx: Transaction, address_id: int, now: datetime) -> None:
    """Note that a person showed an address to be theirs."""
    await tx.run(
        "UPDATE addresses SET confirmed_at = :now WHERE id = :id", id=address_id, now=to_text(now)
    )


async def note_accepted(tx: Transaction, address_id: int) -> None:
    """Note that an address takes mail."""
    await tx.run("UPDATE addresses SET refused_at = NULL WHERE id = :id", id=address_id)


async def _has_room(tx: Transaction, person_id: int, exact: str, most: int) -> bool:
    row = await tx.one(
        "SELECT count(*) < :most OR coalesce(max(exact_key = :exact), 0) AS room"
        " FROM addresses WHERE person_id = :person",
        person=person_id,
        exact=exact,
        most=most,
    )
    return bool(_present(row)["room"])


def _present(row: sqlite3.Row | None) -> sqlite3.Row:
    if row is None:
        raise sqlite3.DatabaseError("a statement with RETURNING returned nothing")
    return row
