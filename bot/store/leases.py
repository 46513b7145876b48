"""What is done with deliveries whose worker is gone, or that a clock put back keeps waiting.

A claim lasts as long as its lease, which ends with the process that held it.
"""

import json
from collections.abc import Collection
from datetime import datetime, timedelta

from bot.letters import Channel
from bot.store import claims
from bot.store.database import Session, Transaction, to_text
from bot.store.deliveries import Delivery, delivery_of
from bot.store.unreadable import Unreadable

# A lease that ends later than any claimed now would was claimed before the clock was put back.
# The states are named as in the partial index, or SQLite wouldn't see that it may use it.
_GONE = """
    state IN ('claimed', 'in_flight') AND channel = :channel
    AND (lease_until <= :now OR lease_until > :longest)
    AND id NOT IN (SELECT value FROM json_each(:live))
"""

RESCUE_CLAIMS = f"""
UPDATE deliveries SET state = 'retry', lease_until = NULL WHERE state = 'claimed' AND {_GONE}
"""

LOST_IN_FLIGHT = f"""
SELECT id FROM deliveries WHERE state = 'in_flight' AND {_GONE}
"""

_TOO_LATE = "channel = :channel AND state = 'retry' AND next_at > :latest AND next_at > due_at"

BRING_FORWARD = f"""
UPDATE deliveries SET next_at = max(:now, due_at) WHERE {_TOO_LATE}
"""

IS_LEFT_BEHIND = f"""
SELECT 1 FROM deliveries WHERE {_GONE} UNION ALL SELECT 1 FROM deliveries WHERE {_TOO_LATE} LIMIT 1
"""


async def is_left_behind(
    session: Session,
    channel: Channel,
    *,
    now: datetime,
    lease: timedelta,
    latest: datetime,
    live: Collection[int],
) -> bool:
    """Return whether the next three would find anything: a look that waits for no writer."""
    bounds = _lease_bounds(channel, now, lease, live)
    return await session.one(IS_LEFT_BEHIND, **bounds, latest=to_text(latest)) is not None


async def rescue_claims(
    tx: Transaction, channel: Channel, now: datetime, lease: timedelta, live: Collection[int]
) -> None:
    """Put back what was claimed by a worker that is gone and had sent nothing yet."""
    await tx.run(RESCUE_CLAIMS, **_lease_bounds(channel, now, lease, live))


async def lost_in_flight(
    tx: Transaction, channel: Channel, now: datetime, lease: timedelta, live: Collection[int]
) -> list[Delivery]:
    """Return the deliveries whose worker is gone and that may have arrived.

    One that can't be read is given up, as by `claim`.
    """
    found = []
    for row in await tx.all(LOST_IN_FLIGHT, **_lease_bounds(channel, now, lease, live)):
        try:
            found.append(await delivery_of(tx, row["id"], now))
        except Unreadable:
            await claims.give_up(tx, row["id"], now)
    return found


async def expire_leases(tx: Transaction, now: datetime) -> None:
    """End every lease: this process holds the data folder, so no other worker is alive."""
    await tx.run(
        "UPDATE deliveries SET lease_until = :now WHERE state IN ('claimed', 'in_flight')",
        now=to_text(now),
    )


async def bring_forward(tx: Transaction, channel: Channel, now: datetime, latest: datetime) -> None:
    """Let retries set later than any policy sets them go at once: the clock was put back.

    None goes before its due time, which a clock that was ahead may have seen pass.
    """
    await tx.run(
        BRING_FORWARD,
        channel=channel,
        now=to_text(now),
        latest=to_text(latest),
    )


def _lease_bounds(
    channel: Channel, now: datetime, lease: timedelta, live: Collection[int]
) -> dict[str, str]:
    return {
        "channel": channel,
        "now": to_text(now),
        "longest": to_text(now + lease),
        "live": json.dumps(list(live)),
    }
