"""What only a lane may do with the outbox: claim, mark in flight, settle.

A claim is a compare-and-set that raises the attempt number; whoever settles must name the attempt
they claimed, so that a stale worker changes nothing. They name the token too: the id of a delivery
that was deleted meanwhile may be another's by now.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.letters import Channel, State
from bot.store import outbox
from bot.store.database import Session, Transaction, from_text, to_text
from bot.store.deliveries import Delivery, delivery_of
from bot.store.mailboxes import MAY_BE_MAILED
from bot.store.unreadable import Unreadable

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How an attempt ended; `next_at` is when a retry is due.

    `unjudged` counts the refusals in a row that nobody could judge yet.
    """

    state: State
    at: datetime
    next_at: datetime | None = None
    failures: int
    doubts: int
    parts_sent: int = 0
    unjudged: int = 0
    reason: str | None = None


CLAIM = """
UPDATE deliveries SET state = 'claimed', attempt = attempt + 1, lease_until = :lease
WHERE id = coalesce(
    (SELECT id FROM deliveries
    WHERE channel = :channel AND state IN ('due', 'retry') AND kind <> 'reminder'
    AND next_at <= :now
    ORDER BY next_at, id LIMIT 1),
    (SELECT id FROM deliveries
    WHERE channel = :channel AND state IN ('due', 'retry') AND next_at <= :now
    ORDER BY next_at, id LIMIT 1)
)
RETURNING id
"""


# Of what was never tried the newest first, and reminders before all: they go to addresses that
# took mail once, and whoever wants to hold them up would have to come after them.
PROBE = """
UPDATE deliveries SET state = 'claimed', attempt = attempt + 1, lease_until = :lease
WHERE id = coalesce(
    (SELECT id FROM deliveries
    WHERE channel = :channel AND state IN ('due', 'retry') AND next_at <= :now
    AND attempt = 0 AND kind = 'reminder'
    ORDER BY next_at DESC, id DESC LIMIT 1),
    (SELECT id FROM deliveries
    WHERE channel = :channel AND state IN ('due', 'retry') AND next_at <= :now AND attempt = 0
    ORDER BY next_at DESC, id DESC LIMIT 1),
    (SELECT id FROM deliveries
    WHERE channel = :channel AND state IN ('due', 'retry') AND next_at <= :now
    ORDER BY next_at, id LIMIT 1)
)
RETURNING id
"""


NEXT_DUE = """
SELECT min(next_at) AS moment FROM deliveries
WHERE channel = :channel AND state IN ('due', 'retry')
"""


async def next_due(session: Session, channel: Channel) -> datetime | None:
    """Return since when something is due on a channel, or from when; None if nothing will be."""
    row = await session.row(NEXT_DUE, channel=channel)
    return from_text(row["moment"]) if row["moment"] else None


async def claim(
    tx: Transaction,
    channel: Channel,
    now: datetime,
    lease: timedelta,
    *,
    probes: bool = False,
) -> Delivery | None:
    """Claim the delivery that has been due on a channel the longest, reminders last.

    `probes`: claim what shows best whether the far end takes anything at all. A delivery that can't
    be read, its letter being damaged, is given up and keeps nobody else's waiting.
    """
    bounds = {"now": to_text(now), "lease": to_text(now + lease)}
    while claimed := await tx.one(PROBE if probes else CLAIM, channel=channel, **bounds):
        try:
            return await delivery_of(tx, claimed["id"], now)
        except Unreadable:
            await give_up(tx, claimed["id"], now)
    return None


async def mark_in_flight(tx: Transaction, delivery: Delivery) -> bool:
    """Note that an attempt's bytes are about to leave; False when they must not.

    That is when it is no longer ours, or its mail would go where nobody has consented to it: the
    last gate, whatever other parts made of the outbox.
    """
    row = await tx.one(
        "UPDATE deliveries SET state = 'in_flight'"
        " WHERE id = :id AND token = :token AND attempt = :attempt AND state = 'claimed'"
        " AND (channel <> 'email' OR EXISTS"
        f" (SELECT 1 FROM addresses a WHERE a.id = :mail_to AND {MAY_BE_MAILED})) RETURNING id",
        id=delivery.id,
        token=delivery.token,
        attempt=delivery.attempt,
        mail_to=delivery.mail_to.id if delivery.mail_to else None,
    )
    if row is None:
        await outbox.withhold(tx, delivery.id)
    return row is not None


async def settle(tx: Transaction, delivery: Delivery, settlement: Settlement) -> bool:
    """Note how an attempt ended; False, and nothing changes, when it is no longer ours.

    A retry waits for its due time too, should the clock have been put back meanwhile.
    """
    row = await tx.one(
        "UPDATE deliveries SET state = :state, lease_until = NULL,"
        " next_at = max(coalesce(:next_at, next_at), due_at), failures = :failures,"
        " doubts = :doubts, parts_sent = :parts_sent, unjudged = :unjudged, reason = :reason,"
        " sent_at = CASE :state WHEN 'sent' THEN :now END,"
        " failed_at = CASE :state WHEN 'failed' THEN :now END"
        " WHERE id = :id AND token = :token AND attempt = :attempt"
        " AND state IN ('claimed', 'in_flight') RETURNING id",
        id=delivery.id,
        token=delivery.token,
        attempt=delivery.attempt,
        state=settlement.state,
        now=to_text(settlement.at),
        next_at=to_text(settlement.next_at) if settlement.next_at else None,
        failures=settlement.failures,
        doubts=settlement.doubts,
        parts_sent=settlement.parts_sent,
        unjudged=settlement.unjudged,
        reason=settlement.reason,
    )
    return row is not None


async def give_up(tx: Transaction, delivery_id: int, now: datetime) -> None:
    """Note that a delivery can't be read, and fails."""
    logger.error("a delivery can't be read and is given up", extra={"delivery": delivery_id})
    await tx.run(
        "UPDATE deliveries SET state = 'failed', failed_at = :now, lease_until = NULL,"
        " reason = 'unreadable' WHERE id = :id",
        id=delivery_id,
        now=to_text(now),
    )


async def try_again(tx: Transaction, delivery_id: int, at: datetime) -> None:
    """Let a retry go at that moment, if it was to wait longer."""
    await tx.run(
        "UPDATE deliveries SET next_at = max(:at, due_at)"
        " WHERE id = :id AND state = 'retry' AND next_at > :at",
        id=delivery_id,
        at=to_text(at),
    )
    tx.owes = True
