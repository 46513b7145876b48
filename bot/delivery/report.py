"""The operator's daily report: the day's figures, and how the lanes stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.delivery.health import Health
from bot.locales import Catalog, Language, catalog
from bot.messages.operator_notes import Report, channel_named
from bot.operator import Operator
from bot.store import letters, report_counts
from bot.store.database import Database, Session

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How the program did since a moment, and how it stands; nothing of what people wrote.

    `unreachable` counts reminders that failed on every channel,
    `overdue` counts deliveries whose time has come and that wait for a try.
    """

    sealed: int
    sent: int
    failed: int
    overdue: int
    waiting: int
    unreachable: int


class Reporter:
    """A job that may run twice: a day has one report."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        operator: Operator,
        language: Language,
        lanes: Sequence[Health],
    ) -> None:
        self._database = database
        self._clock = clock
        self._operator = operator
        self._language = language
        self._lanes = lanes

    async def report(self) -> None:
        """Owe the operator the report of the day that ends now."""
        now = self._clock.now()
        async with self._database.long_reader() as session:
            counted = await figures(session, since=now - _DAY, now=now)
        day = now.astimezone(self._operator.zone).date().isoformat()
        async with self._database.transaction() as tx:
            await self._operator.tell(tx, self._report_of(counted), day, now)

    def _report_of(self, counted: Figures) -> Report:
        speech = catalog(self._language)
        return Report(
            date=speech.date(self._clock.now(), self._operator.zone),
            sealed=f"{counted.sealed:,}",
            sent=f"{counted.sent:,}",
            failed=f"{counted.failed:,}",
            overdue=f"{counted.overdue:,}",
            waiting=f"{counted.waiting:,}",
            unreachable=f"{counted.unreachable:,}",
            lanes=self._lanes_now(speech),
        )

    def _lanes_now(self, speech: Catalog) -> str:
        down = [
            f"{channel_named(each.channel, speech)} ({each.trouble})"
            for each in self._lanes
            if each.trouble
        ]
        if not down:
            return speech.say("report-lanes-running")
        return speech.say("report-lanes-down", lanes=", ".join(down))


async def figures(session: Session, *, since: datetime, now: datetime) -> Figures:
    """Count what happened since a moment."""
    sealed = await letters.sealed_since(session, since)
    return Figures(sealed=sealed, **dict(await report_counts.counts(session, since=since, now=now)))
