"""The jobs and their hours, on the one scheduler, which shares the bot's event loop.

Reminders are rows in the outbox and never jobs, so a restart loses none. A job that runs late, or
twice, does what is to be done then and no more.
"""

import logging
from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import Clock

Job = Callable[[], Awaitable[None]]

logger = logging.getLogger(__name__)

_LOOK = 60.0  # seconds between two looks at the clock
REPORT_HOUR = 9
REWRITE_HOUR = 4  # when the fewest are awake, for it keeps others from the store


def schedule(
    scheduler: AsyncIOScheduler, *, sweep: Job, tidy: Job, rewrite: Job, report: Job, zone: ZoneInfo
) -> None:
    """Put the jobs on the scheduler, each under its fixed id."""
    _add(scheduler, "sweep", sweep, IntervalTrigger(minutes=1, timezone=zone))
    _add(scheduler, "housekeeping", tidy, IntervalTrigger(minutes=10, timezone=zone))
    _add(scheduler, "rewrite", rewrite, CronTrigger(hour=REWRITE_HOUR, timezone=zone))
    _add(scheduler, "report", report, CronTrigger(hour=REPORT_HOUR, timezone=zone))


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
