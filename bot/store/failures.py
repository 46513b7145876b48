"""What failed, by its reason, and owing it once more where that was no fault of its recipient's.

Only what surely didn't arrive and still has something to bring: letters whose words are kept,
confirmations that are waited for, and the mails that can lift a suppression.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.letters import State
from bot.store.database import Session, Transaction, to_text
from bot.store.mailboxes import MAY_BE_MAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """How many deliveries failed for one reason."""

    reason: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """How many deliveries are owed again: `due`, and `held` until their address may be mailed."""

    due: int
    held: int


# A reason begins with its code, so that a part of one stands for all that begin so.
_FAILED = """
    SELECT d.id FROM deliveries d LEFT JOIN letters l ON l.id = d.letter_id
    WHERE d.state = 'failed' AND d.doubts = 0 AND d.failed_at >= :since
    AND substr(d.reason, 1, length(:reason)) = :reason
    AND (d.channel <> 'email' OR coalesce(d.address_id, l.address_id) IS NOT NULL)
    AND (l.burned_at IS NULL AND l.id IS NOT NULL
        OR d.kind = 'suppression-notice' OR EXISTS (SELECT 1 FROM confirmations c
            JOIN addresses a ON a.id = c.address_id
            WHERE c.delivery_id = d.id AND a.confirmed_at IS NULL))
"""

_RECIPIENTS = f"""
    SELECT coalesce(d.address_id, l.address_id)
    FROM deliveries d LEFT JOIN letters l ON l.id = d.letter_id
    WHERE d.channel = 'email' AND d.id IN ({_FAILED})
"""

_MAY_GO = f"""
    channel <> 'email' OR EXISTS (
        SELECT 1 FROM addresses a
        WHERE a.id = coalesce(deliveries.address_id,
            (SELECT l.address_id FROM letters l WHERE l.id = deliveries.letter_id))
        AND {MAY_BE_MAILED})
"""


async def by_reason(session: Session, reason: str, since: datetime) -> list[Failures]:
    """Return what can be owed again since a moment, the most frequent reason first.

    `reason` is the beginning of a reason; the empty one is that of all.
    """
    rows = await session.all(
        f"SELECT reason, count(*) AS number FROM deliveries WHERE id IN ({_FAILED})"
        " GROUP BY reason ORDER BY number DESC, reason",
        reason=reason,
        since=to_text(since),
    )
    return [Failures(reason=row["reason"], number=row["number"]) for row in rows]


async def owe_again(tx: Transaction, reason: str, since: datetime, now: datetime) -> Owed:
    """Owe once more what failed for a reason since a moment; returns how much.

    Their addresses count as refused no more. Mail to one that isn't confirmed, or wants none, is
    held.
    """
    given = {"reason": reason, "since": to_text(since)}
    await tx.run(
        "UPDATE addresses SET refused_at = NULL, refusals = 0, refused_day = NULL"
        f" WHERE id IN ({_RECIPIENTS})",
        **given,
    )
    rows = await tx.all(
        f"UPDATE deliveries SET state = CASE WHEN {_MAY_GO} THEN 'due' ELSE 'held' END,"
        " next_at = max(:now, due_at), failures = 0, unjudged = 0, reason = NULL, failed_at = NULL"
        f" WHERE id IN ({_FAILED}) RETURNING state",
        now=to_text(now),
        **given,
    )
    tx.owes = True
    due = sum(row["state"] == State.DUE for row in rows)
    return Owed(due=due, held=len(rows) - due)
