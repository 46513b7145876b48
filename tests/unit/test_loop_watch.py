"""A loop that stands still is told of, with where."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.loop_watch import LIMIT, LoopWatch
from tests.support.clock import ManualClock

EVERY, HANGS = 0.005, 60  # seconds
SECRET = "what a person wrote"


class Lines(logging.Handler):
    """The watch's lines; `come` is set by each."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.come = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self.come.set()

    @property
    def events(self) -> list[str]:
        return [record.getMessage() for record in self.records]


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, logger = Lines(), logging.getLogger("bot.loop_watch")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


def stand_still(clock: ManualClock, until: threading.Event, by: float = 3) -> None:
    words = SECRET
    clock.advance(timedelta(seconds=by))
    assert until.wait(HANGS), words


async def test_a_loop_that_stands_still_is_told_of_once_with_where_and_once_when_it_goes_on(
    clock: ManualClock, lines: Lines
) -> None:
    watch = LoopWatch(clock, every=EVERY)
    watch.start()
    stand_still(clock, lines.come)
    lines.come.clear()
    assert await asyncio.to_thread(lines.come.wait, HANGS)
    watch.stop()

    stands, goes_on = lines.records
    assert lines.events == ["the event loop stands still", "the event loop goes on"]
    places = [place.rpartition(" ")[2] for place in vars(stands)["at"].split(" > ")]
    assert places.index("run_forever") < places.index("stand_still") < places.index("wait")
    assert vars(stands)["at"].count(f"{__file__}:") == 2
    assert SECRET not in str(vars(stands))
    assert vars(goes_on)["stood"] == 3


async def test_each_stand_is_told_of(clock: ManualClock, lines: Lines) -> None:
    watch = LoopWatch(clock, every=EVERY)
    watch.start()
    for _ in range(2):
        stand_still(clock, lines.come)
        lines.come.clear()
        assert await asyncio.to_thread(lines.come.wait, HANGS)
        lines.come.clear()
    watch.stop()
    assert lines.events == ["the event loop stands still", "the event loop goes on"] * 2


async def test_a_short_stand_is_not_told_of(clock: ManualClock, lines: Lines) -> None:
    looks = Looks(clock)
    watch = LoopWatch(looks, every=EVERY)
    watch.start()
    looks.made.clear()
    stand_still(clock, looks.made, LIMIT)
    watch.stop()
    assert lines.events == []


async def test_nothing_is_told_of_a_loop_that_was_closed_while_it_was_watched(
    clock: ManualClock, lines: Lines
) -> None:
    watch = LoopWatch(clock, every=EVERY)
    watch.start()
    watch.stop()
    clock.advance(timedelta(hours=1))
    assert not [each for each in threading.enumerate() if each.name == "loop-watch"]
    assert lines.events == []


async def test_what_was_never_started_can_be_stopped(clock: ManualClock) -> None:
    LoopWatch(clock).stop()


class Looks(ManualClock):
    """A clock that says when another thread than the loop's has asked it."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock
        self._loop_thread = threading.get_ident()
        self.made = threading.Event()

    def monotonic(self) -> float:
        if threading.get_ident() != self._loop_thread:
            self.made.set()
        return self._clock.monotonic()
