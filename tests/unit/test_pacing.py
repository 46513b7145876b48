"""Who is first where something may be done only so often, on a clock moved by hand."""

import asyncio
from datetime import timedelta

import pytest

from bot.botapi.pacing import Pacer
from tests.support.clock import ManualClock

APART, AHEAD = 4.0, 3.0  # seconds between turns; how much sooner a reply has its own
SECOND = timedelta(seconds=1)


class Line:
    """Takes turns that come some seconds apart, and remembers who had them, and when."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.pacer = Pacer(clock, self._wait, self._take)
        self.had: list[tuple[str, float]] = []
        self._free = 0.0

    def _wait(self, *, reminder: bool) -> float:
        return self._free - (0 if reminder else AHEAD) - self.clock.monotonic()

    def _take(self) -> None:
        self._free = max(self._free, self.clock.monotonic()) + APART

    def ask(self, name: str, *, reminder: bool) -> asyncio.Task[None]:
        """Ask for a turn."""

        async def have() -> None:
            await self.pacer.admit(reminder=reminder)
            self.had.append((name, self.clock.monotonic()))

        return asyncio.create_task(have())

    async def pass_time(self, seconds: int) -> None:
        """Let time pass, a second at a time."""
        for _ in range(seconds):
            await _let_run()
            self.clock.advance(SECOND)
        await _let_run()


async def _let_run() -> None:
    for _ in range(6):
        await asyncio.sleep(0)


@pytest.fixture
def line(clock: ManualClock) -> Line:
    return Line(clock)


async def test_replies_go_before_reminders_that_asked_earlier(line: Line) -> None:
    asked = [line.ask(name, reminder=True) for name in ("a", "b", "c")]
    await _let_run()
    asked += [line.ask(name, reminder=False) for name in ("x", "y")]
    await line.pass_time(20)
    assert [name for name, _ in line.had] == ["a", "x", "y", "b", "c"]
    assert all(task.done() for task in asked)


async def test_a_reply_waits_for_its_own_turn_not_for_the_reminders_before_it(line: Line) -> None:
    asked = [line.ask(name, reminder=True) for name in ("a", "b")]
    await line.pass_time(1)
    asked.append(line.ask("x", reminder=False))
    await line.pass_time(10)
    assert line.had == [("a", 0), ("x", 1), ("b", 8)]
    assert all(task.done() for task in asked)


async def test_who_gives_up_has_no_turn(line: Line) -> None:
    first, impatient = line.ask("a", reminder=True), line.ask("b", reminder=True)
    await _let_run()
    impatient.cancel()
    last = line.ask("c", reminder=True)
    await line.pass_time(4)
    assert line.had == [("a", 0), ("c", 4)]
    assert first.done()
    assert last.done()
