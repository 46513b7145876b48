"""The jobs run by the wall clock as it is, also when it was put back."""

import asyncio
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.scheduler import follow, schedule
from tests.support.clock import ManualClock
from tests.support.sealed_letters import SEOUL
from tests.support.watched import Tally

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


async def nothing() -> None:
    """DeliveryRow for a job."""


def put_on(scheduler: AsyncIOScheduler) -> None:
    schedule(scheduler, sweep=nothing, tidy=nothing, rewrite=nothing, report=nothing, zone=SEOUL)


async def test_a_clock_put_back_has_the_jobs_put_on_anew_and_one_that_goes_on_has_not(
    clock: ManualClock,
) -> None:
    anew = Tally()
    following = asyncio.create_task(follow(clock, anew.add))
    for jump, expected in ((DAY, 0), (-2 * DAY, 1), (timedelta(), 1), (-2 * MINUTE, 2)):
        await clock.asleep()
        clock.set(clock.now() + jump)
        clock.advance(MINUTE)
        await asyncio.sleep(0)  # it wakes, looks
        await asyncio.sleep(0)  # and sleeps again
        assert anew.value == expected
    following.cancel()


async def test_jobs_put_on_anew_no_longer_wait_for_when_it_was() -> None:
    scheduler = AsyncIOScheduler(timezone=SEOUL)
    scheduler.start()
    put_on(scheduler)
    ahead = datetime.now(UTC) + 2 * DAY
    for job in scheduler.get_jobs():
        job.modify(next_run_time=ahead)
    put_on(scheduler)
    sweep = scheduler.get_job("sweep")
    assert sweep.next_run_time <= datetime.now(UTC) + MINUTE
    assert len(scheduler.get_jobs()) == 4
    scheduler.shutdown(wait=False)
