"""What the operator's report counts of the deliveries."""

import sqlite3
from datetime import datetime

from bot.letters import Channel
from bot.store.database import Session, to_text

# The conditions on `state` are word for word those of the indexes: so SQLite needs no row for them.
_IN_TURN = "FROM deliveries INDEXED BY deliveries_waiting WHERE state IN ('due', 'retry')"
_CHANNELS = ", ".join(f"'{channel}'" for channel in Channel)

COUNTS = f"""
WITH waiting AS (
    SELECT
        (SELECT count(*) {_IN_TURN}) AS number,
        (SELECT count(*) {_IN_TURN} AND channel IN ({_CHANNELS}) AND next_at <= :now)
        + (SELECT count(*) FROM deliveries INDEXED BY deliveries_retrying
            WHERE state = 'retry' AND channel IN ({_CHANNELS}) AND next_at > :now
            AND due_at <= :now) AS overdue
)
SELECT
    (SELECT count(*) FROM deliveries WHERE sent_at >= :since) AS sent,
    (SELECT count(*) FROM deliveries WHERE failed_at >= :since) AS failed,
    waiting.overdue,
    waiting.number - waiting.overdue AS waiting,
    (SELECT count(DISTINCT letter_id || ':' || day) FROM deliveries d
        WHERE failed_at >= :since AND day IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM deliveries other WHERE other.letter_id = d.letter_id
            AND other.day = d.day AND other.state <> 'failed')) AS unreachable
FROM waiting
"""


async def counts(session: Session, *, since: datetime, now: datetime) -> sqlite3.Row:
    """Return those figures of the operator's report that are counted from deliveries."""
    return await session.row(COUNTS, since=to_text(since), now=to_text(now))
