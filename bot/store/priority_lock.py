"""A lock for the one writer, which the urgent get first."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class PriorityLock:
    """A lock that the urgent get before all others, each kind in order of its coming.

    `keeps` is called at each release with whether somebody waits; if it returns True, the lock
    stays held until `release` is called once more.
    """

    def __init__(self, keeps: Callable[[bool], bool] = lambda _: False) -> None:
        self._keeps = keeps
        self._held = False
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def hold(self, *, urgent: bool = False) -> AsyncIterator[None]:
        """Hold the lock for a block."""
        await self._acquire(self._urgent if urgent else self._others)
        try:
            yield
        finally:
            self.release()

    def release(self) -> None:
        """Hand the lock to the next waiter, unless it is to be kept."""
        line = self._first_line()
        if self._keeps(bool(line)):
            return
        if line:
            line.popleft().set_result(None)
        else:
            self._held = False

    async def _acquire(self, line: deque[asyncio.Future[None]]) -> None:
        if not self._held:
            self._held = True
            return
        waiter = asyncio.get_running_loop().create_future()
        line.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():
                self.release()  # it was passed on to this one already
            raise

    def _first_line(self) -> deque[asyncio.Future[None]]:
        """Return the line whose first waiter is next; an empty one where nobody waits."""
        for line in (self._urgent, self._others):
            while line and line[0].cancelled():
                line.popleft()
        return self._urgent or self._others
