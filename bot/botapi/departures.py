"""When messages leave for Telegram: counted where they are written to their connection.

Between the slot that the call budget gives and the write lie two commits and perhaps the making of
a connection, each time of another length: slots a second apart may leave closer together.
"""

import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpx

from bot.botapi.pacing import Pacer
from bot.clock import Clock

GUARD = 0.017
"""Seconds beyond one in which no more may leave: the network may bring them as much closer."""

_APART = 0.97
"""Of their even distance: how close to each other reminders may leave."""

_BEGINS, _IS_WRITTEN = "http11.send_request_headers.started", "http11.send_request_body.complete"
_MESSAGES = ("send", "edit")  # how the names of the methods begin that say something

Hook = Callable[[httpx.Request], Awaitable[None]]
_Trace = Callable[[str, Mapping[str, Any]], Awaitable[None]]


_is_reminder = ContextVar("_is_reminder", default=False)


@contextmanager
def reminding() -> Iterator[None]:
    """Let what leaves within the block be reminders, which replies go before."""
    token = _is_reminder.set(True)
    try:
        yield
    finally:
        _is_reminder.reset(token)


class Departures:
    """Lets at most so many messages leave in any second, replies in the order in which they ask.

    Reminders leave evenly, for a reply would wait out the rest of a second in which too many did.
    """

    def __init__(self, clock: Clock, most: int) -> None:
        self._clock = clock
        self._most = most
        self._apart = _APART * (1 + GUARD) / most
        self._latest = OrderedDict[object, float]()
        self._next_reminder = -math.inf
        self._pacer = Pacer(clock, self._wait, self._take)

    async def begin(self) -> object:
        """Wait until a message may leave; returns what to end its departure by."""
        return await self._pacer.admit(reminder=_is_reminder.get())

    def end(self, departure: object) -> None:
        """Note that a message is written: it counts from now on."""
        self._latest[departure] = self._clock.monotonic()
        self._latest.move_to_end(departure)
        if len(self._latest) > self._most:
            self._latest.popitem(last=False)

    def _take(self) -> object:
        self._next_reminder = max(self._next_reminder, self._clock.monotonic()) + self._apart
        departure = object()
        self.end(departure)
        return departure

    def _wait(self, *, reminder: bool) -> float:
        now = self._clock.monotonic()
        begins = self._next_reminder if reminder else now
        if len(self._latest) == self._most:
            begins = max(begins, next(iter(self._latest.values())) + 1 + GUARD)
        return begins - now


def hook(departures: Departures) -> Hook:
    """Return what httpx is to call with each request, so that it leaves when it may.

    https://www.encode.io/httpcore/extensions/#trace
    """

    async def watch(request: httpx.Request) -> None:
        if request.url.path.rpartition("/")[2].startswith(_MESSAGES):
            request.extensions["trace"] = _trace(departures)

    return watch


def _trace(departures: Departures) -> _Trace:
    departure: object | None = None

    async def trace(event: str, about: Mapping[str, Any]) -> None:
        nonlocal departure
        if event == _BEGINS and about["request"].method != b"CONNECT":  # which asks a proxy
            departure = await departures.begin()
        elif event == _IS_WRITTEN and departure is not None:
            departures.end(departure)

    return trace
