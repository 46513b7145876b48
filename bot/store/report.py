"""Figures for the operator: counts only, nothing of what people wrote."""

from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Session, to_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How the program did since a moment, and how it stands.

    `unreachable` counts reminders that failed on both channels,
    `overdue` counts deliveries whose time has come and that wait for a try.
    """

    sealed: int
    sent: int
    failed: int
    overdue: int
    waiting: int
    unreachable: int


async def figures(session: Session, *, since: datetime, now: datetime) -> Figures:
    """Count what happened since a moment."""
    [row] = await session.all(
        """
        SELECT
            (SELECT count(*) FROM letters WHERE sealed_at >= :since) AS sealed,
            (SELECT count(*) FROM deliveries WHERE sent_at >= :since) AS sent,
            (SELECT count(*) FROM deliveries WHERE failed_at >= :since) AS failed,
            (SELECT count(*) FROM deliveries
                WHERE state IN ('due', 'retry') AND due_at <= :now) AS overdue,
            (SELECT count(*) FROM deliveries
                WHERE state IN ('due', 'retry') AND due_at > :now) AS waiting,
            (SELECT count(*) FROM deliveries mail JOIN deliveries chat
                ON chat.letter_id = mail.letter_id AND chat.day = mail.day
                WHERE mail.channel = 'email' AND chat.channel = 'chat'
                AND mail.state = 'failed' AND chat.state = 'failed'
                AND max(mail.failed_at, chat.failed_at) >= :since) AS unreachable
        """,
        since=to_text(since),
        now=to_text(now),
    )
    return Figures(**dict(row))
