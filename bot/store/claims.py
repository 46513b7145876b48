"""What only a lane may do with the outbox: claim, mark in flight, settle.

A claim is a compare-and-set that raises the attempt number; whoever settles must name the attempt
they claimed, so that a stale worker changes nothing. They name the token too: the id of a delivery
that was deleted meanwhile may be another's by now.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.letters import Channel, State
from bot.store import outbox
from bot.store.database import Session, Transaction, from_text, to_text
from bot.store.deliveries import Delivery, Fence, deliveries_of
from bot.store.mailboxes import MAY_BE_MAILED

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


_CLAIM = """
UPDATE deliveries SET state = 'claimed', attempt = attempt + 1, lease_until = :lease
WHERE id IN (
    SELECT id FROM deliveries
    WHERE channel = :channel AND state IN ('due', 'retry') AND next_at <= :now{which}
    ORDER BY next_at, id LIMIT :most
)
RETURNING id, next_at
"""

CLAIM_OTHERS = _CLAIM.format(which=" AND kind <> 'reminder'")
CLAIM = _CLAIM.format(which="")


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
RETURNING id, next_at
"""


_NEXT_DUE = """
SELECT min(next_at) AS moment FROM deliveries
WHERE channel = :channel AND state IN ('due', 'retry'){which}
"""

NEXT_DUE_OTHER = _NEXT_DUE.format(which=" AND kind <> 'reminder'")
NEXT_DUE = _NEXT_DUE.format(which="")


async def next_due(
    session: Session, channel: Channel, *, but_reminders: bool = False
) -> datetime | None:
    """Return since when something is due on a channel, or from when; None if nothing will be."""
    row = await session.row(NEXT_DUE_OTHER if but_reminders else NEXT_DUE, channel=channel)
    return from_text(row["moment"]) if row["moment"] else None


async def claim(
    tx: Transaction,
    channel: Channel,
    now: datetime,
    lease: timedelta,
    *,
    most: int = 1,
    reminders: int = 1,
) -> list[Delivery]:
    """Claim the deliveries that have been due on a channel the longest, reminders last.

    So many at most in all, and so many reminders. A delivery that can't be read, its letter being
    damaged, is given up and keeps nobody else's waiting.
    """
    claimed = await _claim(tx, CLAIM_OTHERS, channel, now, lease, most=most)
    rest = min(most - len(claimed), reminders)
    if rest > 0:  # then none but reminders is due any more
        claimed += await _claim(tx, CLAIM, channel, now, lease, most=rest)
    return claimed


async def probe(
    tx: Transaction, channel: Channel, now: datetime, lease: timedelta
) -> list[Delivery]:
    """Claim the delivery that shows best whether the far end takes anything at all; as `claim`."""
    return await _claim(tx, PROBE, channel, now, lease)


async def _claim(
    tx: Transaction,
    sql: str,
    channel: Channel,
    now: datetime,
    lease: timedelta,
    **bounds: int,
) -> list[Delivery]:
    until = to_text(now + lease)
    while rows := await tx.all(sql, channel=channel, now=to_text(now), lease=until, **bounds):
        rows.sort(key=lambda row: (row["next_at"], row["id"]))
        claimed = await _readable(tx, [row["id"] for row in rows], now)
        if claimed:
            return claimed
    return []


async def _readable(tx: Transaction, ids: Sequence[int], now: datetime) -> list[Delivery]:
    """Return those that can be read; the others are given up."""
    found = await deliveries_of(tx, ids, now)
    for delivery_id in ids:
        if found[delivery_id] is None:
            await give_up(tx, delivery_id, now)
    return [each for each in found.values() if each is not None]


MARK = f"""
UPDATE deliveries SET state = 'in_flight' FROM json_each(:leaving)
WHERE deliveries.id = json_extract(value, '$.id')
AND token = json_extract(value, '$.token')
AND attempt = json_extract(value, '$.attempt') AND state = 'claimed'
AND (channel <> 'email' OR EXISTS (SELECT 1 FROM addresses a
    WHERE a.id = json_extract(value, '$.mail_to') AND {MAY_BE_MAILED}))
RETURNING token, attempt
"""


async def mark_in_flight(tx: Transaction, leaving: Sequence[Delivery]) -> set[Fence]:
    """Note that the bytes of attempts are about to leave; returns the fences of those that may.

    Those that must not are no longer ours, or their mail would go where nobody has consented to it:
    the last gate, whatever other parts made of the outbox.
    """
    entries = [
        {**_fenced(each), "mail_to": each.mail_to.id if each.mail_to else None} for each in leaving
    ]
    marked = await _fences(tx, MARK, leaving=json.dumps(entries))
    for each in leaving:
        if each.fence not in marked:
            await outbox.withhold(tx, each.id)
    return marked


RELEASE = """
UPDATE deliveries SET state = 'retry', attempt = attempt - 1, lease_until = NULL
FROM json_each(:unsent)
WHERE deliveries.id = json_extract(value, '$.id') AND token = json_extract(value, '$.token')
AND attempt = json_extract(value, '$.attempt') AND state = 'claimed'
"""


async def release(tx: Transaction, unsent: Sequence[Delivery]) -> None:
    """Put back what was claimed and not begun, as if it had never been claimed."""
    await tx.run(RELEASE, unsent=json.dumps([_fenced(each) for each in unsent]))


SETTLE = """
UPDATE deliveries SET state = json_extract(value, '$.state'), lease_until = NULL,
    next_at = max(coalesce(json_extract(value, '$.next_at'), next_at), due_at),
    failures = json_extract(value, '$.failures'),
    doubts = json_extract(value, '$.doubts'),
    parts_sent = json_extract(value, '$.parts_sent'),
    unjudged = json_extract(value, '$.unjudged'),
    reason = json_extract(value, '$.reason'),
    sent_at = CASE json_extract(value, '$.state') WHEN 'sent'
        THEN json_extract(value, '$.at') END,
    failed_at = CASE json_extract(value, '$.state') WHEN 'failed'
        THEN json_extract(value, '$.at') END
FROM json_each(:ends)
WHERE deliveries.id = json_extract(value, '$.id')
AND token = json_extract(value, '$.token')
AND attempt = json_extract(value, '$.attempt') AND state IN ('claimed', 'in_flight')
RETURNING token, attempt
"""


async def settle(tx: Transaction, ends: Sequence[tuple[Delivery, Settlement]]) -> set[Fence]:
    """Note how attempts ended; returns the fences of those that were still ours.

    Nothing changes of the others. A retry waits for its due time too, should the clock have been
    put back meanwhile.
    """
    entries = [
        {
            **_fenced(delivery),
            "state": end.state,
            "at": to_text(end.at),
            "next_at": to_text(end.next_at) if end.next_at else None,
            "failures": end.failures,
            "doubts": end.doubts,
            "parts_sent": end.parts_sent,
            "unjudged": end.unjudged,
            "reason": end.reason,
        }
        for delivery, end in ends
    ]
    return await _fences(tx, SETTLE, ends=json.dumps(entries))


def _fenced(delivery: Delivery) -> dict[str, str | int]:
    return {"id": delivery.id, "token": delivery.token, "attempt": delivery.attempt}


async def _fences(tx: Transaction, sql: str, **values: str) -> set[Fence]:
    return {Fence(row["token"], row["attempt"]) for row in await tx.all(sql, **values)}


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
