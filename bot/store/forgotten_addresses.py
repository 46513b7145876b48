"""What is left of addresses that were forgotten: keyed hashes, until their person erases all."""

import sqlite3

from bot.store.database import Session, Transaction
from bot.store.mailboxes import SUPPRESSED

KEYS = "SELECT exact_key FROM forgotten_addresses WHERE person_id = :person"
"""The exact keys of the addresses of a `:person` that were forgotten."""


async def keep(tx: Transaction, address_id: int) -> None:
    """Keep the keys of an address that is about to be forgotten."""
    await tx.run(
        "INSERT OR REPLACE INTO forgotten_addresses"
        " (person_id, exact_key, mailbox_key, legacy_key, confirmed)"
        " SELECT person_id, exact_key, mailbox_key, legacy_key, confirmed_at IS NOT NULL"
        " FROM addresses WHERE id = :id",
        id=address_id,
    )


async def drop(tx: Transaction, person_id: int, exact: str) -> None:
    """Drop the keys of an address that a person gave again, if it had been forgotten."""
    await tx.run(
        "DELETE FROM forgotten_addresses WHERE person_id = :person AND exact_key = :exact",
        person=person_id,
        exact=exact,
    )


async def is_known_stopped(session: Session, person_id: int, exact: str) -> bool:
    """Return whether a person had confirmed a forgotten address whose holder wants no mail now."""
    row = await session.one(
        "SELECT 1 FROM forgotten_addresses a WHERE person_id = :person AND exact_key = :exact"
        f" AND confirmed = 1 AND {SUPPRESSED}",
        person=person_id,
        exact=exact,
    )
    return row is not None


async def was_confirmed(session: Session, key: str, *, legacy: bool) -> bool:
    """Return whether somebody had confirmed a forgotten address of a mailbox."""
    column = "legacy_key" if legacy else "mailbox_key"
    row = await session.one(
        f"SELECT 1 FROM forgotten_addresses WHERE {column} = :key AND confirmed = 1", key=key
    )
    return row is not None


async def rows_of(session: Session, person_id: int) -> list[sqlite3.Row]:
    """Return what is left of a person's addresses that were forgotten."""
    return await session.all(
        "SELECT * FROM forgotten_addresses WHERE person_id = :person ORDER BY exact_key",
        person=person_id,
    )


async def forget_person(tx: Transaction, person_id: int) -> None:
    """Keep none of the keys of a person's addresses."""
    await tx.run("DELETE FROM forgotten_addresses WHERE person_id = :person", person=person_id)
