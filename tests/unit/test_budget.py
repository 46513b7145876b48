"""Telegram's limits, on a clock moved by hand."""

import asyncio
import math
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import pytest

from bot.botapi.budget import EVERYBODY, MARGIN, CallBudget, Rates
from tests.support.clock import ManualClock

TWO_A_SECOND = Rates(overall=2 / (1 - MARGIN), per_chat=1, burst=2)
STEP = timedelta(milliseconds=250)
SECOND = timedelta(seconds=1)
NOTHING = timedelta()


class Line:
    """Takes slots and remembers to whom each was given, and when."""

    def __init__(self, clock: ManualClock, rates: Rates = TWO_A_SECOND) -> None:
        self.clock = clock
        self.budget = CallBudget(clock, rates)
        self.given: list[tuple[object, float]] = []

    async def reply(self, chat_id: int) -> None:
        assert await self.budget.reply_slot(chat_id) == NOTHING
        self.given.append((chat_id, self.clock.monotonic()))

    async def reminder(self, name: str) -> None:
        assert await self.budget.reminder_slot() == NOTHING
        self.given.append((name, self.clock.monotonic()))

    async def run(self, *asking: Coroutine[Any, Any, None]) -> list[tuple[object, float]]:
        """Let all ask in this order, at one moment, and time pass until all slots are given."""
        number = len(self.given) + len(asking)
        async with asyncio.TaskGroup() as tasks:
            for each in asking:
                tasks.create_task(each)
            await _let_run()
            while len(self.given) < number:
                self.clock.advance(STEP)
                await _let_run()
        return self.given


async def _let_run() -> None:
    for _ in range(6):
        await asyncio.sleep(0)


@pytest.fixture
def line(clock: ManualClock) -> Line:
    return Line(clock)


async def test_the_first_slot_is_free_at_once(clock: ManualClock, line: Line) -> None:
    await line.reply(1)
    assert clock.monotonic() == 0


async def test_slots_are_spread_over_time_but_for_what_was_saved_up(line: Line) -> None:
    given = await line.run(*(line.reply(chat) for chat in (1, 2, 3, 4)))
    assert given == [(1, 0), (2, 0.25), (3, 0.75), (4, 1.25)]


async def test_replies_go_first_and_reminders_fill_what_is_left(line: Line) -> None:
    reminders = [line.reminder(name) for name in "abc"]
    given = await line.run(*reminders, line.reply(1), line.reply(2))
    assert [name for name, _ in given] == ["a", 1, 2, "b", "c"]


async def test_a_chat_gets_a_short_burst_of_replies_and_then_one_a_second(
    clock: ManualClock,
) -> None:
    line = Line(clock, Rates(overall=math.inf, per_chat=1, burst=3))
    given = await line.run(*(line.reply(1) for _ in range(5)), line.reply(2))
    assert sorted(given, key=lambda each: each[1]) == [
        (1, 0), (1, 0), (1, 0), (2, 0), (1, 1), (1, 2)
    ]  # fmt: skip


async def test_a_reminder_waits_until_its_chat_was_sent_nothing_for_a_second(
    clock: ManualClock, line: Line
) -> None:
    assert line.budget.chat_wait(1) == NOTHING
    clock.advance(SECOND / 4)
    assert line.budget.chat_wait(1) == SECOND * 3 / 4
    assert line.budget.chat_wait(2) == NOTHING
    clock.advance(SECOND * 3 / 4)
    assert line.budget.chat_wait(1) == NOTHING


async def test_after_a_rest_however_long_no_more_is_saved_up_than_a_quarter_of_a_second(
    clock: ManualClock, line: Line
) -> None:
    await line.reply(1)
    clock.advance(timedelta(minutes=1))
    given = await line.run(*(line.reply(chat) for chat in (1, 2, 3)))
    assert given == [(1, 0), (1, 60), (2, 60.25), (3, 60.75)]


async def test_slots_not_taken_for_a_while_are_made_up_for(clock: ManualClock) -> None:
    line = Line(clock, Rates(overall=10 / (1 - MARGIN), per_chat=math.inf))
    await line.run(*(line.reply(1) for _ in range(4)))
    begun = clock.monotonic()
    clock.advance(timedelta(milliseconds=300))
    await asyncio.gather(*(line.reply(1) for _ in range(3)))
    waiting = asyncio.create_task(line.reply(1))
    await clock.asleep()
    assert [moment - begun for _, moment in line.given[4:]] == pytest.approx([0.3, 0.3, 0.3])
    waiting.cancel()


async def test_who_gives_up_waiting_takes_no_slot(clock: ManualClock, line: Line) -> None:
    await line.reply(1)
    impatient = asyncio.create_task(line.reply(2))
    await clock.asleep()
    impatient.cancel()
    assert await line.run(line.reply(3)) == [(1, 0), (3, 0.25)]


async def test_a_wait_that_telegram_asks_of_a_chat_holds_that_chat_alone(
    clock: ManualClock, line: Line
) -> None:
    line.budget.flood(1, 9 * SECOND)
    assert await line.budget.reply_slot(1) == 9 * SECOND
    assert line.budget.chat_wait(1) == 9 * SECOND
    assert line.budget.held_for(2) == NOTHING
    assert line.budget.held_for(EVERYBODY) == NOTHING
    clock.advance(9 * SECOND)
    assert line.budget.held_for(1) == NOTHING


async def test_two_chats_told_to_wait_with_no_message_through_between_mean_everybody(
    line: Line,
) -> None:
    line.budget.flood(1, 30 * SECOND)
    line.budget.flood(2, 20 * SECOND)
    assert line.budget.held_for(1) == 30 * SECOND
    assert line.budget.held_for(3) == 20 * SECOND
    assert await line.budget.reminder_slot() == 20 * SECOND


async def test_two_chats_told_to_wait_with_a_message_through_between_are_two_chats(
    line: Line,
) -> None:
    line.budget.flood(1, 30 * SECOND)
    line.budget.success()
    line.budget.flood(2, 20 * SECOND)
    assert line.budget.held_for(3) == NOTHING


async def test_the_same_chat_told_twice_is_one_chat(line: Line) -> None:
    line.budget.flood(1, 30 * SECOND)
    line.budget.flood(1, 30 * SECOND)
    assert line.budget.held_for(EVERYBODY) == NOTHING


async def test_whoever_gets_a_slot_in_a_hold_is_told_how_long_it_lasts(
    clock: ManualClock, line: Line
) -> None:
    await line.reply(1)
    waiting = asyncio.create_task(line.budget.reply_slot(2))
    await clock.asleep()
    line.budget.hold(EVERYBODY, 9 * SECOND)
    line.budget.hold(EVERYBODY, 2 * SECOND)
    clock.advance(SECOND)
    assert await waiting == 8 * SECOND


async def test_each_wait_is_told_of_so_that_it_can_be_kept(clock: ManualClock) -> None:
    told: list[tuple[int, timedelta]] = []
    budget = CallBudget(clock, TWO_A_SECOND, lambda *hold: told.append(hold))
    budget.flood(1, 9 * SECOND)
    budget.flood(2, 8 * SECOND)
    assert told == [(1, 9 * SECOND), (2, 8 * SECOND), (EVERYBODY, 8 * SECOND)]


async def test_chats_served_long_ago_are_forgotten(clock: ManualClock) -> None:
    budget = CallBudget(clock, Rates(overall=math.inf))
    for chat_id in range(1, 3000):
        budget.chat_wait(chat_id)
        clock.advance(SECOND)
    assert len(budget._chats) <= 1001
