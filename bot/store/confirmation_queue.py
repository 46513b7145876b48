"""Confirmation mails are asked for, wait in turn where a cap keeps them back, and are let go.

One mail serves all who wait for one at the same address, since its link does.

Nothing of this shows to who asks. A mailbox that is suppressed has its turn like any other; only
its mail stays where it is.
"""

import secrets
import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.caps import Caps
from bot.letters import Channel
from bot.messages.address_unconfirmed import AddressUnconfirmed, MailNotSent
from bot.messages.confirmation import Confirmation
from bot.store import confirmation_caps, confirmation_turns, dropping, outbox
from bot.store.addresses import Address
from bot.store.confirmation_caps import Demand
from bot.store.confirmation_turns import REMEMBERED
from bot.store.database import Session, Transaction, from_text, to_text
from bot.store.forgetting import forget_some
from bot.store.mailboxes import SUPPRESSED, person_key
from bot.store.outbox import NewDelivery

WAIT_LIFE = timedelta(days=3)
"""How long a mail may wait for its turn; who asked must ask again then."""

WAITING = "waiting"
"""The reason of a delivery that is held until its turn."""

_WAITING = "state = 'held' AND kind = 'confirmation' AND reason = 'waiting'"

_WAITER = f"""
SELECT d.id, d.address_id, a.exact_key, {SUPPRESSED} AS suppressed,
    (SELECT max(counted) FROM confirmations WHERE delivery_id = d.id) AS counted
FROM deliveries d JOIN addresses a ON a.id = d.address_id
WHERE d.id = :id AND d.state = 'held' AND d.reason = 'waiting' AND d.next_at <= :now
"""


async def ask(tx: Transaction, address: Address, caps: Caps, now: datetime) -> datetime:
    """Owe an address a confirmation mail as soon as it may go; a mail that waits serves again.

    Returns when it goes, as its person is to be told; one promised for later is the same again.
    """
    demand = await confirmation_caps.demand_of(tx, address.id)
    promised = await _promised(tx, address.id)
    if promised is not None and promised > now:
        return promised
    goes_at = await next_possible(tx, address, caps, now)
    if not await confirmation_caps.person_wait(tx, demand, caps, now):
        await confirmation_caps.count_ask(tx, demand.person, now)
        await _note(tx, address, demand, now, goes_at, counted=True)
    elif not await _waiting_for(tx, address, counted=False):
        await _note(tx, address, demand, now, goes_at, counted=False)
    if await confirmation_turns.are_few(tx, now):
        await let_go(tx, await confirmation_turns.turns(tx, now), caps, now)
    return goes_at


async def next_possible(session: Session, address: Address, caps: Caps, now: datetime) -> datetime:
    """Return when another mail to an address can go, as its person is to be told."""
    demand = await confirmation_caps.demand_of(session, address.id)
    promised = await _promised(session, address.id)
    if promised is not None and promised > now:
        return promised
    return await confirmation_caps.told_wait(session, address.id, demand, caps, now) or now


async def let_go(tx: Transaction, deliveries: Iterable[int], caps: Caps, now: datetime) -> None:
    """Let go of these mails, in this order, those for which there is room; the others wait on."""
    for delivery_id in deliveries:
        if await confirmation_caps.is_full(tx, caps, now):
            return
        if row := await tx.one(_WAITER, id=delivery_id, now=to_text(now)):
            await _take_turn(tx, row, caps, now)


async def drop(tx: Transaction, address_id: int) -> None:
    """Drop the mails to an address that has no use for them, but for one in flight.

    One that serves others is theirs then. Nobody is asked about the address any more either.
    """
    for row in await tx.all(f"{HEIRS} AND {_UNSENT} AND a.id = :address", address=address_id):
        await _leave(tx, row)
    await tx.run(
        "DELETE FROM deliveries WHERE kind = 'confirmation' AND address_id = :address"
        " AND state IN ('held', 'due', 'retry', 'claimed')",
        address=address_id,
    )
    await tx.run(
        "UPDATE confirmations SET goes_at = asked_at WHERE address_id = :address"
        " AND goes_at > asked_at",
        address=address_id,
    )
    for kind in (AddressUnconfirmed.kind, MailNotSent.kind):
        await dropping.drop_word(tx, address_id, kind)


_UNSENT = "d.state IN ('due', 'retry', 'claimed')"

HEIRS = f"""
SELECT d.id, a.person_id, a.wide_key, {_UNSENT} AND d.doubts = 0 AS never_left, (
    SELECT heir.id FROM addresses heir
    WHERE heir.exact_key = a.exact_key AND heir.person_id <> a.person_id
    AND heir.confirmed_at IS NULL
    AND EXISTS (SELECT 1 FROM confirmations WHERE address_id = heir.id)
    AND (EXISTS (SELECT 1 FROM letters l WHERE l.address_id = heir.id AND l.burned_at IS NULL)
        OR EXISTS (SELECT 1 FROM people p WHERE p.default_address = heir.id))
    ORDER BY heir.used_at DESC, heir.id DESC LIMIT 1
) AS heir
FROM deliveries d JOIN addresses a ON a.id = d.address_id
WHERE d.kind = 'confirmation' AND d.state <> 'held'
"""
"""Confirmation mails, and who else waits for each; to be narrowed down to a person's or address's.
"""


async def hand_over(tx: Transaction, person_id: int) -> None:
    """Leave a person's mails, before they are erased, to others who asked for one there.

    One mail serves them all: else whoever erases themselves at once would have it reach nobody.
    """
    for row in await tx.all(f"{HEIRS} AND d.person_id = :person", person=person_id):
        await _leave(tx, row)


async def look_again(tx: Transaction, domain_key: str, now: datetime) -> None:
    """Look at once for the turn of mails to a domain, which has come to take more of them."""
    await tx.run(
        f"UPDATE deliveries SET next_at = :now WHERE {_WAITING} AND id IN"
        " (SELECT d.id FROM deliveries d INDEXED BY deliveries_waiting_in_turn"
        "  JOIN addresses a ON a.id = d.address_id WHERE d.state = 'held'"
        "  AND d.kind = 'confirmation' AND d.next_at > :now AND a.domain_key = :domain)",
        domain=domain_key,
        now=to_text(now),
    )


async def forget_waiting(tx: Transaction, now: datetime) -> bool:
    """Forget mails that waited too long, some of them; returns whether there may be more."""
    held = "state = 'held' AND kind = 'confirmation' AND due_at < :moment"
    return await forget_some(tx, "deliveries", held, now - WAIT_LIFE)


async def forget_asked(tx: Transaction, now: datetime) -> bool:
    """Forget what was asked for long ago, some of it; returns whether there may be more."""
    return await forget_some(tx, "confirmations", "asked_at < :moment", now - REMEMBERED)


async def _note(
    tx: Transaction,
    address: Address,
    demand: Demand,
    now: datetime,
    goes_at: datetime,
    *,
    counted: bool,
) -> None:
    """Note that somebody asked, and which mail they wait for.

    One that they asked for over their cap is a mail by itself until it counts: whether others'
    mails come to serve it must change nothing of what their own cap leaves them.
    """
    waiting = await _waiting_for(tx, address, counted=counted)
    await tx.run(
        "INSERT INTO confirmations (address_id, delivery_id, person_key, counted, asked_at,"
        " goes_at)"
        " VALUES (:address, :delivery, :person, :counted, :now, :goes_at)",
        address=address.id,
        delivery=waiting or await outbox.add(tx, _mail(address, now)),
        person=demand.person,
        counted=counted,
        now=to_text(now),
        goes_at=to_text(goes_at),
    )


async def _take_turn(tx: Transaction, row: sqlite3.Row, caps: Caps, now: datetime) -> None:
    """Let a mail go, or wait until it may."""
    demand = await confirmation_caps.demand_of(tx, row["address_id"])
    if not row["counted"]:
        if wait := await confirmation_caps.person_wait(tx, demand, caps, now):
            await _wait_until(tx, row["id"], wait)
            return
        await confirmation_caps.count_ask(tx, demand.person, now)
        await tx.run("UPDATE confirmations SET counted = 1 WHERE delivery_id = :id", id=row["id"])
    if await _is_on_its_way(tx, row["exact_key"]):
        await _serve(tx, row["exact_key"])
    elif wait := await confirmation_caps.place_wait(tx, demand, caps, now):
        await _wait_until(tx, row["id"], wait)
    else:
        await _owe(tx, row, demand, now)


async def _leave(tx: Transaction, row: sqlite3.Row) -> None:
    """Leave a mail to who else waits for it; one of nobody's counts no more if it hasn't left."""
    if row["heir"] is not None:
        await _hand_to(tx, row["heir"], row["id"])
    elif row["never_left"]:
        key = person_key(tx.vault, row["person_id"])
        await confirmation_caps.uncount_mail(tx, key, row["wide_key"])


async def _hand_to(tx: Transaction, address_id: int, delivery_id: int) -> None:
    """Let a mail be another's; a claim is taken back, as it was made for the address before."""
    await tx.run(
        "UPDATE deliveries SET address_id = :address,"
        " person_id = (SELECT person_id FROM addresses WHERE id = :address),"
        " state = iif(state = 'claimed', 'retry', state),"
        " lease_until = iif(state = 'claimed', NULL, lease_until) WHERE id = :id",
        id=delivery_id,
        address=address_id,
    )


async def _wait_until(tx: Transaction, delivery_id: int, moment: datetime) -> None:
    await tx.run(
        "UPDATE deliveries SET next_at = :moment WHERE id = :id",
        id=delivery_id,
        moment=to_text(moment),
    )


async def _owe(tx: Transaction, row: sqlite3.Row, demand: Demand, now: datetime) -> None:
    await confirmation_caps.count_mail(tx, demand, now)
    await tx.run(
        "UPDATE deliveries SET state = :state, reason = :reason, next_at = :now WHERE id = :id",
        id=row["id"],
        state="held" if row["suppressed"] else "due",
        reason=outbox.STOPPED if row["suppressed"] else None,
        now=to_text(now),
    )
    tx.owes = True
    await _serve(tx, row["exact_key"])


async def _is_on_its_way(session: Session, exact_key: str) -> bool:
    """Return whether a mail to an address was let go and hasn't arrived yet."""
    row = await session.one(
        "SELECT 1 FROM addresses a JOIN deliveries d ON d.address_id = a.id"
        " WHERE a.exact_key = :exact AND d.kind = 'confirmation'"
        " AND d.state IN ('due', 'retry', 'claimed', 'in_flight')",
        exact=exact_key,
    )
    return row is not None


async def _serve(tx: Transaction, exact_key: str) -> None:
    """Let nobody wait any more for a mail to an address to which one is on its way.

    Who asked for more than they may waits on, whatever others do.
    """
    await tx.run(
        f"DELETE FROM deliveries WHERE {_WAITING} AND address_id IN"
        " (SELECT id FROM addresses WHERE exact_key = :exact) AND NOT EXISTS"
        " (SELECT 1 FROM confirmations WHERE delivery_id = deliveries.id AND NOT counted)",
        exact=exact_key,
    )


async def _promised(session: Session, address_id: int) -> datetime | None:
    """Return when the last mail that was asked for an address goes, or went, as was told."""
    row = await session.row(
        "SELECT max(goes_at) AS goes_at FROM confirmations WHERE address_id = :id", id=address_id
    )
    return from_text(row["goes_at"]) if row["goes_at"] else None


async def _waiting_for(session: Session, address: Address, *, counted: bool) -> int | None:
    row = await session.one(
        f"SELECT id FROM deliveries WHERE {_WAITING} AND address_id = :address AND EXISTS"
        " (SELECT 1 FROM confirmations WHERE delivery_id = deliveries.id AND counted = :counted)",
        address=address.id,
        counted=counted,
    )
    return int(row["id"]) if row else None


def _mail(address: Address, now: datetime) -> NewDelivery:
    return NewDelivery(
        key=f"{Confirmation.kind}:{secrets.token_hex(16)}",
        kind=Confirmation.kind,
        channel=Channel.EMAIL,
        person_id=address.person_id,
        address_id=address.id,
        due_at=now,
        held=True,
        reason=WAITING,
    )
