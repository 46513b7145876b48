"""The seconds in which messages leave, on a clock moved by hand."""

import asyncio
import itertools
from datetime import timedelta

import httpcore
import httpx
import pytest

from bot.botapi.departures import GUARD, Departures, hook, reminding
from tests.support.clock import ManualClock

WINDOW = timedelta(seconds=1 + GUARD)
MOMENT = timedelta(milliseconds=1)
MESSAGE = "https://api.telegram.org/bot1:test/sendMessage"
BEGINS, IS_WRITTEN = "http11.send_request_headers.started", "http11.send_request_body.complete"


async def _let_run() -> None:
    for _ in range(6):
        await asyncio.sleep(0)


@pytest.fixture
def departures(clock: ManualClock) -> Departures:
    return Departures(clock, 2)


async def test_one_more_than_may_leave_in_a_second_waits_until_it_is_over(
    clock: ManualClock, departures: Departures
) -> None:
    await departures.begin()
    clock.advance(WINDOW / 4)
    await departures.begin()
    third = asyncio.create_task(departures.begin())
    await clock.asleep()
    clock.advance(WINDOW * 3 / 4 - MOMENT)
    await _let_run()
    assert not third.done()
    clock.advance(MOMENT)
    await third
    assert clock.monotonic() == WINDOW.total_seconds()


async def test_a_message_written_late_counts_from_then(
    clock: ManualClock, departures: Departures
) -> None:
    slow = await departures.begin()
    await departures.begin()
    clock.advance(WINDOW / 4)
    departures.end(slow)
    third = asyncio.create_task(departures.begin())
    await clock.asleep()
    clock.advance(WINDOW * 3 / 4)
    await third
    fourth = asyncio.create_task(departures.begin())
    await clock.asleep()
    clock.advance(WINDOW / 4)
    await fourth
    assert clock.monotonic() == pytest.approx(WINDOW.total_seconds() * 5 / 4)


async def test_a_message_written_late_holds_up_who_waits_already(
    clock: ManualClock,
) -> None:
    departures = Departures(clock, 1)
    slow = await departures.begin()
    second = asyncio.create_task(departures.begin())
    await clock.asleep()
    clock.advance(WINDOW / 4)
    departures.end(slow)
    clock.advance(WINDOW * 3 / 4)
    await _let_run()
    assert not second.done()
    clock.advance(WINDOW / 4)
    await second


async def test_nobody_overtakes_who_waits(clock: ManualClock) -> None:
    departures, left = Departures(clock, 1), list[str]()

    async def leave(name: str) -> None:
        await departures.begin()
        left.append(name)

    async def pass_time() -> None:
        await clock.asleep()
        clock.advance(WINDOW)

    await leave("first")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(leave("second"))
        await clock.asleep()
        clock.advance(WINDOW)
        tasks.create_task(pass_time())
        await leave("third")
    assert left == ["first", "second", "third"]


async def test_who_gives_up_waiting_takes_nobodys_place(clock: ManualClock) -> None:
    departures = Departures(clock, 1)
    await departures.begin()
    impatient = asyncio.create_task(departures.begin())
    await clock.asleep()
    impatient.cancel()
    patient = asyncio.create_task(departures.begin())
    await asyncio.wait({impatient})
    await clock.asleep()
    clock.advance(WINDOW)
    await patient


@pytest.mark.parametrize("method", ["getMe", "answerCallbackQuery", "setMyCommands"])
async def test_what_says_nothing_leaves_at_any_time(departures: Departures, method: str) -> None:
    request = httpx.Request("POST", f"https://api.telegram.org/bot1:test/{method}")
    await hook(departures)(request)
    assert "trace" not in request.extensions


async def test_a_request_leaves_when_its_body_is_written(clock: ManualClock) -> None:
    departures = Departures(clock, 1)
    request = httpx.Request("POST", MESSAGE)
    await hook(departures)(request)
    trace = request.extensions["trace"]
    await trace(BEGINS, {"request": httpcore.Request("POST", MESSAGE)})
    clock.advance(WINDOW / 4)
    await trace(IS_WRITTEN, {"return_value": None})
    following = asyncio.create_task(departures.begin())
    await clock.asleep()
    clock.advance(WINDOW * 3 / 4)
    await _let_run()
    assert not following.done()
    clock.advance(WINDOW / 4)
    await following


async def test_asking_a_proxy_for_the_way_is_no_departure(clock: ManualClock) -> None:
    departures = Departures(clock, 1)
    request = httpx.Request("POST", MESSAGE)
    await hook(departures)(request)
    for method in ("CONNECT", "POST"):
        about = {"request": httpcore.Request(method, MESSAGE)}
        await request.extensions["trace"](BEGINS, about)
        await request.extensions["trace"](IS_WRITTEN, {"return_value": None})
    following = asyncio.create_task(departures.begin())
    await clock.asleep()
    clock.advance(WINDOW)
    await following


async def test_reminders_leave_no_hole_in_which_a_reply_would_wait(clock: ManualClock) -> None:
    departures, left, most = Departures(clock, 4), dict[str, float](), 4

    async def leave(name: str) -> None:
        await departures.begin()
        left[name] = clock.monotonic()

    async def remind(name: str) -> None:
        with reminding():
            await leave(name)

    async with asyncio.TaskGroup() as tasks:
        for number in range(2 * most):
            tasks.create_task(remind(f"reminder {number}"))
        for number in range(3):  # in the first moment: the window has room for them
            tasks.create_task(leave(f"reply {number}"))
        while len(left) < 2 * most + 3:
            await _let_run()
            clock.advance(WINDOW / 100)
    assert [left[f"reply {number}"] for number in range(3)] == [0, 0, 0]
    reminders = sorted(moment for name, moment in left.items() if name.startswith("reminder"))
    apart = [later - before for before, later in itertools.pairwise(reminders[1:])]
    assert max(apart) < 1.2 * WINDOW.total_seconds() / most


async def test_a_reply_leaves_before_reminders_that_wait(clock: ManualClock) -> None:
    departures, left = Departures(clock, 1), list[str]()

    async def leave(name: str) -> None:
        await departures.begin()
        left.append(name)

    async def remind() -> None:
        with reminding():
            await leave("reminder")

    async with asyncio.TaskGroup() as tasks:
        for _ in range(3):
            tasks.create_task(remind())
        await _let_run()
        tasks.create_task(leave("reply"))
        while len(left) < 4:
            await _let_run()
            clock.advance(WINDOW / 4)
    assert left == ["reminder", "reply", "reminder", "reminder"]
