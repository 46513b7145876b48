"""The jobs run by the wall clock as it is, also when it was put back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.scheduler import WakeUp, follow, schedule
from tests.support.clock import ManualClock
from tests.support.sealed_letters import SEOUL
from tests.support.watched import Tally

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SOON, NOT_SO_SOON = timedelta(milliseconds=50), timedelta(milliseconds=150)
PATIENCE = 10  # seconds


async def nothing() -> None:
    """DeliveryRow for a job."""


def put_on(scheduler: AsyncIOScheduler) -> None:
    schedule(
        scheduler,
        sweep=nothing,
        end_erasures=nothing,
        tidy=nothing,
        report=nothing,
        open_coming=nothing,
        zone=SEOUL,
    )


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
    assert len(scheduler.get_jobs()) == 5
    scheduler.shutdown(wait=False)


# ---- The next due moment ----


class Woken:
    """What a wake-up rings for, and how often it has."""

    def __init__(self) -> None:
        self.times = Tally()

    async def ring(self) -> None:
        self.times.add()

    async def has_rung(self, number: int) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.times.reach(number)


@pytest.fixture
async def scheduler() -> AsyncIterator[AsyncIOScheduler]:
    scheduler = AsyncIOScheduler(timezone=SEOUL)
    scheduler.start()
    yield scheduler
    scheduler.shutdown(wait=False)


@pytest.fixture
def woken() -> Woken:
    return Woken()


@pytest.fixture
def wake_up(clock: ManualClock, scheduler: AsyncIOScheduler, woken: Woken) -> WakeUp:
    wake_up = WakeUp("next-due", clock)
    wake_up.put_on(scheduler, woken.ring)
    return wake_up


async def test_a_wake_up_rings_once_at_its_moment_by_the_programs_clock(
    wake_up: WakeUp, woken: Woken, clock: ManualClock, scheduler: AsyncIOScheduler
) -> None:
    before = datetime.now(UTC)
    wake_up.set(clock.now() + SOON)
    await woken.has_rung(1)
    assert datetime.now(UTC) - before >= SOON
    assert scheduler.get_jobs() == []


async def test_the_nearest_of_the_moments_is_what_it_rings_at(
    wake_up: WakeUp, woken: Woken, clock: ManualClock, scheduler: AsyncIOScheduler
) -> None:
    for span in (DAY, SOON, MINUTE):
        wake_up.set(clock.now() + span)
    assert len(scheduler.get_jobs()) == 1
    await woken.has_rung(1)
    wake_up.set(clock.now() + NOT_SO_SOON)
    await woken.has_rung(2)


async def test_a_moment_that_the_clock_has_come_nearer_to_is_set_for_anew(
    wake_up: WakeUp, woken: Woken, clock: ManualClock
) -> None:
    moment = clock.now() + DAY
    wake_up.set(moment)
    clock.set(moment - SOON)
    wake_up.set(moment)
    await woken.has_rung(1)


async def test_before_it_is_put_on_a_moment_is_no_job(
    clock: ManualClock, scheduler: AsyncIOScheduler
) -> None:
    WakeUp("next-due", clock).set(clock.now() + SOON)
    assert scheduler.get_jobs() == []
