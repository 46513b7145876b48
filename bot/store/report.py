"""Figures for the operator: counts only, nothing of what people wrote."""

from dataclasses import dataclass
from datetime import datetime

from bot.store import letters, outbox
from bot.store.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How the program did since a moment, and how it stands.

    `unreachable` counts reminders that failed on every channel,
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
    sealed = await letters.sealed_since(session, since)
    return Figures(sealed=sealed, **dict(await outbox.counts(session, since=since, now=now)))
