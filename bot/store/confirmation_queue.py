"""Confirmation mails are asked for, wait in turn where a cap keeps them back, and are let go.

Whoever asks waits behind those with a better claim to the same room: the fewer mails somebody had
lately the sooner it is their turn, and the longer they wait. A day is too short for that: twenty
accounts that ask daily for spellings of one mailbox, which takes three mails a day, would be before
its holder for ever. What is remembered longer goes when they erase themselves, and with it their
place. One mail serves all who wait for one at the same address, since its link does.

Nothing of this shows to who asks. A mailbox that is suppressed has its turn like any other; only
its mail stays where it is.
"""

import secrets
import sqlite3
from datetime import datetime, timedelta

from bot.caps import Caps
from bot.letters import Channel
from bot.messages.confirmation import Confirmation
from bot.store import confirmation_caps, outbox
from bot.store.addresses import Address
from bot.store.confirmation_caps import DAY, Demand
from bot.store.database import Session, Transaction, to_text
from bot.store.mailboxes import SUPPRESSED, person_key
from bot.store.outbox import NewDelivery

WAIT_LIFE = timedelta(days=3)
"""How long a mail may wait for its turn; who asked must ask again then."""

REMEMBERED = timedelta(days=30)
"""How long it is known that somebody asked, so that late digits are told to be late."""

BATCH = 20
"""How many waiting mails are looked at in one transaction."""

WAITING = "waiting"
"""The reason of a delivery that is held until its turn."""

_WAITING = "state = 'held' AND kind = 'confirmation' AND reason = 'waiting'"

READY = f"""
WITH ready AS (
    SELECT d.id, d.address_id, d.person_id, c.person_key, max(c.counted) AS counted,
        min(c.asked_at) AS asked_at
    FROM deliveries d INDEXED BY deliveries_waiting_in_turn
    JOIN confirmations c ON c.delivery_id = d.id
    WHERE d.state = 'held' AND d.kind = 'confirmation' AND d.reason = 'waiting'
    AND d.next_at <= :now
    GROUP BY d.id
),
had AS MATERIALIZED (
    SELECT person_key, max(
        (
            SELECT count(*) FROM confirmation_mails m
            WHERE m.person_key = who.person_key AND m.owed_at > :lately
        ),
        (
            SELECT count(*) FROM addresses own JOIN deliveries d ON d.address_id = own.id
            WHERE own.person_id = who.person_id AND d.kind = 'confirmation'
            AND d.reason IS NOT 'waiting' AND d.due_at > :remembered
        )
    ) AS mails
    FROM (SELECT person_key, max(person_id) AS person_id FROM ready GROUP BY person_key) who
)
SELECT ready.*, a.exact_key, {SUPPRESSED} AS suppressed,
    row_number() OVER (PARTITION BY person_key ORDER BY asked_at, ready.id) + had.mails AS turn
FROM ready JOIN had USING (person_key) JOIN addresses a ON a.id = ready.address_id
ORDER BY turn, asked_at, ready.id LIMIT :batch
"""


async def ask(tx: Transaction, address: Address, caps: Caps, now: datetime) -> None:
    """Owe an address a confirmation mail as soon as it may go; a mail that waits serves again."""
    demand = await confirmation_caps.demand_of(tx, address.id)
    if not await confirmation_caps.person_wait(tx, demand, caps, now):
        await confirmation_caps.count_ask(tx, demand.person, now)
        await _note(tx, address, demand, now, counted=True)
    elif not await _waiting_for(tx, address, counted=False):
        await _note(tx, address, demand, now, counted=False)
    await admit(tx, caps, now)


async def admit(tx: Transaction, caps: Caps, now: datetime) -> bool:
    """Let go the mails whose turn it is; returns whether there may be more of them."""
    if await confirmation_caps.is_full(tx, caps, now):
        return False
    spans = {"lately": to_text(now - DAY), "remembered": to_text(now - REMEMBERED)}
    rows = await tx.all(READY, now=to_text(now), **spans, batch=BATCH)
    served: set[str] = set()
    for row in rows:
        if row["exact_key"] not in served and await _take_turn(tx, row, caps, now):
            served.add(row["exact_key"])
    return len(rows) == BATCH


async def drop(tx: Transaction, address_id: int) -> None:
    """Drop the mails to an address that has no use for them, but for one in flight."""
    await tx.run(
        "DELETE FROM deliveries WHERE kind = 'confirmation' AND address_id = :address"
        " AND state IN ('held', 'due', 'retry', 'claimed')",
        address=address_id,
    )


HEIRS = """
SELECT d.id, d.state IN ('due', 'retry', 'claimed') AND d.doubts = 0 AS unsent, a.wide_key, (
    SELECT heir.id FROM addresses heir
    WHERE heir.exact_key = a.exact_key AND heir.person_id <> :person AND heir.confirmed_at IS NULL
    AND EXISTS (SELECT 1 FROM confirmations WHERE address_id = heir.id)
    ORDER BY heir.used_at DESC, heir.id DESC LIMIT 1
) AS heir
FROM deliveries d JOIN addresses a ON a.id = d.address_id
WHERE d.person_id = :person AND d.kind = 'confirmation' AND d.state <> 'held'
"""


async def hand_over(tx: Transaction, person_id: int) -> None:
    """Leave a person's mails, before they are erased, to others who asked for one there.

    One mail serves them all: else whoever erases themselves at once would have it reach nobody. Of
    nobody's mails those that haven't left count no more.
    """
    for row in await tx.all(HEIRS, person=person_id):
        if row["heir"] is not None:
            await _hand_to(tx, row["heir"], row["id"])
        elif row["unsent"]:
            await confirmation_caps.uncount_mail(
                tx, person_key(tx.vault, person_id), row["wide_key"]
            )


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


async def forget_old(tx: Transaction, now: datetime) -> None:
    """Forget what has waited too long, or was asked for long ago."""
    await tx.run(
        "DELETE FROM deliveries WHERE state = 'held' AND kind = 'confirmation'"
        " AND due_at < :moment",
        moment=to_text(now - WAIT_LIFE),
    )
    await tx.run(
        "DELETE FROM confirmations WHERE asked_at < :moment", moment=to_text(now - REMEMBERED)
    )


async def _note(
    tx: Transaction, address: Address, demand: Demand, now: datetime, *, counted: bool
) -> None:
    """Note that somebody asked, and which mail they wait for.

    One that they asked for over their cap is a mail by itself until it counts: whether others'
    mails come to serve it must change nothing of what their own cap leaves them.
    """
    waiting = await _waiting_for(tx, address, counted=counted)
    await tx.run(
        "INSERT INTO confirmations (address_id, delivery_id, person_key, counted, asked_at)"
        " VALUES (:address, :delivery, :person, :counted, :now)",
        address=address.id,
        delivery=waiting or await outbox.add(tx, _mail(address, now)),
        person=demand.person,
        counted=counted,
        now=to_text(now),
    )


async def _take_turn(tx: Transaction, row: sqlite3.Row, caps: Caps, now: datetime) -> bool:
    """Let a mail go, or wait until it may; returns whether its address is served."""
    demand = await confirmation_caps.demand_of(tx, row["address_id"])
    if not row["counted"]:
        if wait := await confirmation_caps.person_wait(tx, demand, caps, now):
            await _wait_until(tx, row["id"], wait)
            return False
        await confirmation_caps.count_ask(tx, demand.person, now)
        await tx.run("UPDATE confirmations SET counted = 1 WHERE delivery_id = :id", id=row["id"])
    if await _is_on_its_way(tx, row["exact_key"]):
        await _serve(tx, row["exact_key"])
        return True
    if wait := await confirmation_caps.place_wait(tx, demand, caps, now):
        await _wait_until(tx, row["id"], wait)
        return False
    await _let_go(tx, row, demand, now)
    return True


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


async def _let_go(tx: Transaction, row: sqlite3.Row, demand: Demand, now: datetime) -> None:
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
