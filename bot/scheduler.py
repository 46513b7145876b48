"""The jobs and their hours, on the one scheduler, which shares the bot's event loop.

Reminders are rows in the outbox and never jobs, so a restart loses none. A job that runs late, or
twice, does what is to be done then and no more.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import Clock, SystemClock

Job = Callable[[], Awaitable[None]]

logger = logging.getLogger(__name__)

_LOOK = 60.0  # seconds between two looks at the clock
_SOONER = timedelta(milliseconds=20)  # what two readings of the clocks may be apart
ERASED_EVERY = 45  # seconds: with what it takes, what is erased is gone within a minute
REPORT_HOUR = 9
OPENING_HOUR = 8


def schedule(
    scheduler: AsyncIOScheduler,
    *,
    sweep: Job,
    end_erasures: Job,
    tidy: Job,
    report: Job,
    open_coming: Job,
    zone: ZoneInfo,
) -> None:
    """Put the jobs on the scheduler, each under its fixed id."""
    _add(scheduler, "sweep", sweep, IntervalTrigger(minutes=1, timezone=zone))
    _add(scheduler, "erasures", end_erasures, IntervalTrigger(seconds=ERASED_EVERY, timezone=zone))
    _add(scheduler, "housekeeping", tidy, IntervalTrigger(minutes=10, timezone=zone))
    _add(scheduler, "report", report, CronTrigger(hour=REPORT_HOUR, timezone=zone))
    _add(scheduler, "opening", open_coming, CronTrigger(hour=OPENING_HOUR, timezone=zone))


async def follow(clock: Clock, put_on: Callable[[], None]) -> None:
    """Put the jobs on anew whenever the clock was put back by more than a minute; never returns.

    The scheduler goes by the wall clock, and would run none until it is again as late as it was.
    """
    while True:
        before = clock.now()
        await clock.sleep(_LOOK)
        if clock.now() < before:
            logger.warning("the clock was put back")
            put_on()


class WakeUp:
    """Runs a job at the next moment it was set for: one job on the scheduler, which runs once.

    Moments are by the program's `clock`. The scheduler goes by the machine's, and looks at it at
    least as often as the sweep runs: after a jump on, the job is no later than that.
    """

    def __init__(self, name: str, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._machine = SystemClock()
        self._scheduler: AsyncIOScheduler | None = None
        self._job: Job | None = None
        self._at: datetime | None = None

    def put_on(self, scheduler: AsyncIOScheduler, job: Job) -> None:
        """Run that job from now on; moments set before are forgotten."""
        self._scheduler, self._job, self._at = scheduler, job, None

    def set(self, moment: datetime) -> None:
        """Run the job at a moment, unless it runs before anyhow: then it is set anew."""
        at = self._machine.now() + (moment - self._clock.now())
        if self._scheduler is None or (self._at is not None and at > self._at - _SOONER):
            return
        self._at = at
        _add(self._scheduler, self._name, self._run, DateTrigger(at))

    async def _run(self) -> None:
        self._at = None
        if self._job is not None:
            await self._job()


def _add(scheduler: AsyncIOScheduler, name: str, job: Job, trigger: BaseTrigger) -> None:
    scheduler.add_job(
        job,
        trigger,
        id=name,
        replace_existing=True,
        misfire_grace_time=None,
        coalesce=True,
        max_instances=1,
    )
