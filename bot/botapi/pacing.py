"""Paces what may be done only so often; replies go before reminders."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from bot.clock import Clock

T = TypeVar("T")


class Wait(Protocol):
    """How many seconds a reminder, or a reply, that is next must wait."""

    def __call__(self, *, reminder: bool) -> float:
        """Return zero, or less, for at once."""


class Pacer(Generic[T]):
    """Admits callers one at a time: replies in the order in which they ask, then reminders.

    `take` is called at each admission and returns what the caller gets.
    """

    def __init__(self, clock: Clock, wait: Wait, take: Callable[[], T]) -> None:
        self._clock = clock
        self._wait = wait
        self._take = take
        self._replies: deque[asyncio.Future[T]] = deque()
        self._reminders: deque[asyncio.Future[T]] = deque()
        self._dispatcher: asyncio.Task[None] | None = None

    async def admit(self, *, reminder: bool) -> T:
        """Return what `take` gives once the caller is admitted."""
        if not (self._replies or self._reminders) and self._wait(reminder=reminder) <= 0:
            return self._take()
        place: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        (self._reminders if reminder else self._replies).append(place)
        self._dispatch_anew()
        return await place

    def _dispatch_anew(self) -> None:
        """Have the dispatcher see who is first now: a reply's wait may be shorter."""
        if self._dispatcher is not None:
            self._dispatcher.cancel()
        self._dispatcher = asyncio.create_task(self._dispatch(), name="pacer")

    async def _dispatch(self) -> None:
        while line := self._first_line():
            reminder = line is self._reminders
            if (wait := self._wait(reminder=reminder)) > 0:
                await self._clock.sleep(wait)
            else:
                line.popleft().set_result(self._take())

    def _first_line(self) -> deque[asyncio.Future[T]]:
        """Return the line whose first is next; an empty one where nobody waits."""
        for line in (self._replies, self._reminders):
            while line and line[0].done():
                line.popleft()
        return self._replies or self._reminders
