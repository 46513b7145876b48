"""The chat lane's slots in time, on a clock moved by hand."""

import asyncio
from datetime import timedelta

from bot.delivery.pace import Pace, Rates
from tests.support.clock import ManualClock

TWO_A_SECOND = Rates(overall=2, per_chat=1)


class Queue:
    """Takes slots and remembers when each was given."""

    def __init__(self, clock: ManualClock, rates: Rates) -> None:
        self.clock = clock
        self.pace = Pace(clock, rates)
        self.given: list[tuple[int, float]] = []

    async def slot(self, chat_id: int) -> None:
        assert not await self.pace.slot(chat_id)
        self.given.append((chat_id, self.clock.monotonic()))

    async def run(self, *chats: int) -> list[tuple[int, float]]:
        """Ask for slots in this order, at one moment, and let time pass until all are given."""
        number = len(self.given) + len(chats)
        async with asyncio.TaskGroup() as tasks:
            for chat_id in chats:
                tasks.create_task(self.slot(chat_id))
            for _ in range(4):
                await asyncio.sleep(0)
            while len(self.given) < number:
                self.clock.advance(timedelta(milliseconds=250))
                for _ in range(4):
                    await asyncio.sleep(0)
        return self.given


async def test_the_first_slot_is_free_at_once(clock: ManualClock) -> None:
    await Pace(clock, TWO_A_SECOND).slot(1)
    assert clock.monotonic() == 0


async def test_slots_are_spread_over_time(clock: ManualClock) -> None:
    given = await Queue(clock, TWO_A_SECOND).run(1, 2, 3, 4)
    assert given == [(1, 0), (2, 0.5), (3, 1), (4, 1.5)]


async def test_one_chat_gets_a_message_a_second_and_holds_up_no_other(clock: ManualClock) -> None:
    given = await Queue(clock, TWO_A_SECOND).run(1, 1, 1, 2)
    assert sorted(given) == [(1, 0), (1, 1), (1, 2), (2, 1.5)]


async def test_after_a_rest_a_slot_is_free_at_once_and_none_was_saved_up(
    clock: ManualClock,
) -> None:
    queue = Queue(clock, TWO_A_SECOND)
    await queue.slot(1)
    clock.advance(timedelta(minutes=1))
    assert await queue.run(1, 2, 3) == [(1, 0), (1, 60), (2, 60.5), (3, 61)]


async def test_chats_served_long_ago_are_forgotten(clock: ManualClock) -> None:
    pace = Pace(clock, TWO_A_SECOND)
    for chat_id in range(1, 200):
        await pace.slot(chat_id)
        clock.advance(timedelta(seconds=2))
    assert len(pace._next_of_chat) <= 21


async def test_whoever_gets_a_slot_in_a_hold_is_told_how_long_it_lasts(clock: ManualClock) -> None:
    pace = Pace(clock, TWO_A_SECOND)
    await pace.slot(1)
    waiting = asyncio.create_task(pace.slot(1))
    await clock.asleep()
    pace.hold(timedelta(seconds=9))
    pace.hold(timedelta(seconds=2))
    clock.advance(timedelta(seconds=1))
    assert await waiting == timedelta(seconds=8)
    clock.advance(timedelta(seconds=8))
    assert await pace.slot(2) == timedelta()
