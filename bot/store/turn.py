"""Whose turn it is at the one writer."""

import asyncio
from collections import deque
from typing import Self


class Turn:
    """An `asyncio.Lock` that the urgent get before all others, each kind in order of its coming."""

    def __init__(self) -> None:
        self._taken = False
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    @property
    def first(self) -> "_First":
        """Give the same turn to hold in a block, ahead of all who aren't urgent."""
        return _First(self)

    def locked(self) -> bool:
        """Tell whether somebody has the turn."""
        return self._taken

    async def acquire(self, *, urgent: bool = False) -> None:
        """Return when it is the caller's turn."""
        if not self._taken:
            self._taken = True
            return
        place = asyncio.get_running_loop().create_future()
        (self._urgent if urgent else self._others).append(place)
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():
                self.release()  # the turn had come already
            raise

    def release(self) -> None:
        """Pass the turn on."""
        for line in (self._urgent, self._others):
            while line:
                place = line.popleft()
                if not place.cancelled():
                    place.set_result(None)
                    return
        self._taken = False

    async def __aenter__(self) -> Self:
        """Take the turn."""
        await self.acquire()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Pass the turn on."""
        self.release()


class _First:
    def __init__(self, turn: Turn) -> None:
        self._turn = turn

    async def __aenter__(self) -> None:
        await self._turn.acquire(urgent=True)

    async def __aexit__(self, *_: object) -> None:
        self._turn.release()
