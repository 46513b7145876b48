import asyncio
from datetime import datetime, timedelta

import pytest

from bot.clock import Clock
from tests.support.clock import A_MORNING, ManualClock

MINUTE = timedelta(minutes=1)


def test_it_is_a_clock(clock: ManualClock) -> None:
    a_clock: Clock = clock
    assert a_clock.now() == A_MORNING


def test_it_moves_only_by_hand(clock: ManualClock) -> None:
    clock.advance(MINUTE)
    assert (clock.now() - A_MORNING, clock.monotonic()) == (MINUTE, 60)


def test_setting_it_back_never_turns_the_monotonic_time_back(clock: ManualClock) -> None:
    clock.advance(MINUTE)
    clock.set(A_MORNING - timedelta(days=1))
    assert (clock.now(), clock.monotonic()) == (A_MORNING - timedelta(days=1), 60)


def test_a_naive_moment_is_refused(clock: ManualClock) -> None:
    with pytest.raises(ValueError, match="aware"):
        clock.set(datetime(2026, 1, 1))  # noqa: DTZ001 - a naive moment is what's tested


async def test_sleepers_wake_in_the_order_of_their_time(clock: ManualClock) -> None:
    woken: list[float] = []

    async def sleeper(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    async with asyncio.TaskGroup() as group:
        for seconds in (30, 10, 90):
            group.create_task(sleeper(seconds))
        await clock.asleep(3)
        clock.advance(timedelta(seconds=29))
        await clock.awake_but(2)
        assert woken == [10]
        clock.advance(MINUTE)
        await clock.awake_but(1)
        assert woken == [10, 30]
        clock.advance(MINUTE)
    assert woken == [10, 30, 90]


async def test_a_cancelled_sleeper_is_forgotten(clock: ManualClock) -> None:
    sleeping = asyncio.create_task(clock.sleep(10))
    await clock.asleep()
    sleeping.cancel()
    await clock.awake_but(0)
    clock.advance(MINUTE)
    assert sleeping.cancelled()
