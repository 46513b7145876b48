"""The addresses that people gave."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Self

from bot.caps import Caps
from bot.store import forgotten_addresses
from bot.store.database import Session, Transaction, to_text
from bot.store.mailboxes import SUPPRESSED, AddressKeys, exact_key
from bot.store.owners import key_of_person, next_number
from bot.store.vault import Cell, Undecipherable, Vault

_MOST = Caps().addresses
_IS_CHOSEN = "id IS (SELECT default_address FROM people WHERE people.id = a.person_id)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address that a person gave; `confirmed` once they showed that its mail reaches them."""

    id: int
    person_id: int
    address: str
    confirmed: bool

    @classmethod
    def from_row(cls, row: sqlite3.Row, vault: Vault) -> Self:
        """Build the record from a row of `addresses`. Raises Undecipherable."""
        return cls(
            id=row["id"],
            person_id=row["person_id"],
            address=vault.decrypt(cell_of(row["id"], row["person_id"]), row["address"]),
            confirmed=row["confirmed_at"] is not None,
        )


def _readable(rows: Iterable[sqlite3.Row], vault: Vault) -> Iterable[Address]:
    """Yield the addresses whose key is there."""
    for row in rows:
        with suppress(Undecipherable):
            yield Address.from_row(row, vault)


def cell_of(address_id: int, person_id: int) -> Cell:
    """Return where a person's address stands."""
    return Cell("addresses", "address", f"{address_id}/{person_id}")


class TooManyAddresses(Exception):
    """A person has used as many addresses as may be kept of them."""


async def use(
    tx: Transaction, person_id: int, address: str, now: datetime, *, most: int = _MOST
) -> Address:
    """Return the person's record of an address, made at its first use.

    Raises TooManyAddresses where it would be one more than `most`.
    """
    keys = AddressKeys.of(tx.vault, address)
    if not await _has_room(tx, person_id, keys.exact, most):
        raise TooManyAddresses
    number, key_id = await next_number(tx, "addresses"), await key_of_person(tx, person_id)
    row = await tx.row(
        "INSERT INTO addresses (id, person_id, address, exact_key, mailbox_key, legacy_key,"
        " wide_key, domain_key, used_at)"
        " VALUES (:id, :person, :address, :exact, :mailbox, :legacy, :wide, :domain, :now)"
        " ON CONFLICT (person_id, exact_key)"
        " DO UPDATE SET used_at = excluded.used_at, refused_at = NULL, refusals = 0 RETURNING *",
        id=number,
        person=person_id,
        address=tx.vault.encrypt(key_id, cell_of(number, person_id), address),
        exact=keys.exact,
        mailbox=keys.mailbox,
        legacy=keys.legacy,
        wide=keys.wide,
        domain=keys.domain,
        now=to_text(now),
    )
    await forgotten_addresses.drop(tx, person_id, keys.exact)
    try:
        return Address.from_row(row, tx.vault)
    except Undecipherable:  # what they gave before is lost with an older ledger
        return await _given_anew(tx, row, key_id, address)


async def _given_anew(tx: Transaction, row: sqlite3.Row, key_id: int, address: str) -> Address:
    given = await tx.row(
        "UPDATE addresses SET address = :address WHERE id = :id RETURNING *",
        address=tx.vault.encrypt(key_id, cell_of(row["id"], row["person_id"]), address),
        id=row["id"],
    )
    return Address.from_row(given, tx.vault)


async def usable(session: Session, person_id: int, limit: int) -> list[Address]:
    """Return the addresses a person used and that still take mail.

    The first is the one they chose to be offered, then comes the last used.
    That an address was stopped only who confirmed it may know.
    """
    rows = await session.all(
        f"SELECT * FROM addresses a WHERE person_id = :person AND refused_at IS NULL"
        f" AND NOT (confirmed_at IS NOT NULL AND {SUPPRESSED})"
        f" ORDER BY {_IS_CHOSEN} DESC, used_at DESC, id DESC",
        person=person_id,
    )
    return list(islice(_readable(rows, session.vault), limit))


async def unusable(session: Session, person_id: int) -> tuple[Address, bool] | None:
    """Return the address that would be offered first to a person if it took mail.

    With it goes whether a mail server refused it; else it was stopped. None for somebody who gave
    none, or has one that is usable.
    """
    row = await session.one(
        "SELECT *, refused_at IS NOT NULL AS refused FROM addresses a WHERE person_id = :person"
        f" ORDER BY {_IS_CHOSEN} DESC, used_at DESC, id DESC LIMIT 1",
        person=person_id,
    )
    if row is None or await usable(session, person_id, limit=1):
        return None
    found = next(iter(_readable([row], session.vault)), None)
    return (found, bool(row["refused"])) if found else None


async def is_known_stopped(session: Session, person_id: int, address: str) -> bool:
    """Return whether a person confirmed an address once, and its holder wants no mail now."""
    exact = exact_key(session.vault, address)
    row = await session.one(
        "SELECT 1 FROM addresses a WHERE person_id = :person AND exact_key = :exact"
        f" AND confirmed_at IS NOT NULL AND {SUPPRESSED}",
        person=person_id,
        exact=exact,
    )
    return row is not None or await forgotten_addresses.is_known_stopped(session, person_id, exact)


async def unconfirmed(session: Session, person_id: int) -> list[Address]:
    """Return the addresses that a person's letters wait for, the last used first."""
    rows = await session.all(
        "SELECT * FROM addresses a WHERE person_id = :person AND confirmed_at IS NULL"
        " AND refused_at IS NULL AND EXISTS (SELECT 1 FROM letters WHERE address_id = a.id)"
        " ORDER BY used_at DESC, id DESC",
        person=person_id,
    )
    return list(_readable(rows, session.vault))


async def is_in_use(session: Session, address_id: int) -> bool:
    """Return whether a letter whose words are kept goes to an address."""
    row = await session.one(
        "SELECT 1 FROM letters WHERE address_id = :address AND burned_at IS NULL LIMIT 1",
        address=address_id,
    )
    return row is not None


async def in_use(session: Session, person_id: int) -> list[Address]:
    """Return the addresses that a person's letters go to, the last used first."""
    rows = await session.all(
        "SELECT * FROM addresses a WHERE person_id = :person"
        " AND EXISTS (SELECT 1 FROM letters WHERE address_id = a.id)"
        " ORDER BY used_at DESC, id DESC",
        person=person_id,
    )
    return list(_readable(rows, session.vault))


async def mailed_keys(session: Session, person_id: int) -> list[str]:
    """Return the keys of the mailboxes that a person confirmed and that take mail."""
    rows = await session.all(
        "SELECT DISTINCT mailbox_key FROM addresses a WHERE person_id = :person"
        f" AND confirmed_at IS NOT NULL AND NOT {SUPPRESSED} ORDER BY mailbox_key",
        person=person_id,
    )
    return [row["mailbox_key"] for row in rows]


async def get(session: Session, address_id: int, *, owner: int) -> Address | None:
    """Return an address by its id, if it is `owner`'s."""
    row = await session.one(
        "SELECT * FROM addresses WHERE id = :id AND person_id = :owner", id=address_id, owner=owner
    )
    return Address.from_row(row, session.vault) if row else None


async def note_refusal(tx: Transaction, address_id: int, now: datetime, *, dead: bool) -> None:
    """Note that a mail server refused an address, which counts once a day; `dead`: for good."""
    await tx.run(
        "UPDATE addresses SET refusals = refusals + (refused_day IS NOT :today),"
        " refused_day = :today, refused_at = CASE WHEN :dead THEN :now ELSE refused_at END"
        " WHERE id = :id",
        id=address_id,
        now=to_text(now),
        today=now.astimezone(UTC).date().isoformat(),
        dead=dead,
    )


async def note_confirmed(tx: Transaction, address_id: int, now: datetime) -> None:
    """Note that a person showed an address to be theirs."""
    await tx.run(
        "UPDATE addresses SET confirmed_at = :now WHERE id = :id", id=address_id, now=to_text(now)
    )


async def note_accepted(tx: Transaction, address_ids: Sequence[int], now: datetime) -> None:
    """Note that addresses take mail."""
    await tx.run(
        "UPDATE addresses SET accepted_at = :now, refused_at = NULL, refusals = 0,"
        " refused_day = NULL WHERE id IN (SELECT value FROM json_each(:ids))",
        ids=json.dumps(list(address_ids)),
        now=to_text(now),
    )


async def rows_of(session: Session, person_id: int) -> list[sqlite3.Row]:
    """Return a person's addresses.

    That an address took mail, or was stopped (`mail_stopped`), only who confirmed it may know.
    """
    return await session.all(
        "SELECT a.*, iif(confirmed_at IS NULL, NULL, accepted_at) AS known_accepted_at,"
        f" confirmed_at IS NOT NULL AND {SUPPRESSED} AS mail_stopped FROM addresses a"
        " WHERE person_id = :person ORDER BY id",
        person=person_id,
    )


async def note_needed(tx: Transaction, until: Mapping[int, str]) -> None:
    """Note until when addresses were still needed, by their numbers."""
    await tx.run(
        "UPDATE addresses SET needed_until = value FROM json_each(:until)"
        " WHERE addresses.id = CAST(key AS INTEGER)",
        until=json.dumps(until),
    )


async def forget(tx: Transaction, address_id: int) -> None:
    """Keep nothing of an address to which no letter goes any more."""
    await tx.run("DELETE FROM addresses WHERE id = :id", id=address_id)


async def forget_person(tx: Transaction, person_id: int) -> None:
    """Keep none of a person's addresses; what was asked of them goes, too."""
    await tx.run("DELETE FROM addresses WHERE person_id = :person", person=person_id)


async def _has_room(tx: Transaction, person_id: int, exact: str, most: int) -> bool:
    row = await tx.row(
        "SELECT count(*) < :most OR coalesce(max(exact_key = :exact), 0) AS room"
        " FROM (SELECT exact_key FROM addresses WHERE person_id = :person"
        f" UNION ALL {forgotten_addresses.KEYS})",
        person=person_id,
        exact=exact,
        most=most,
    )
    return bool(row["room"])
