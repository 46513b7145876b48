"""What a test waits for instead of time: tallies that grow, and gates that hold a server."""

import asyncio
from collections.abc import Callable


class Tally:
    """A count that a test may wait on."""

    def __init__(self) -> None:
        self.value = 0
        self._changed = asyncio.Event()

    def add(self, by: int = 1) -> None:
        """Change the count and wake who waits on it."""
        self.value += by
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, holds: Callable[[int], bool]) -> None:
        """Return once `holds` is true of the count."""
        while not holds(self.value):
            await self._changed.wait()

    async def reach(self, number: int) -> None:
        """Return once the count is `number` or more."""
        await self.until(lambda value: value >= number)


class Gate:
    """A place where a server stops until the test lets it go on; open for good once released."""

    def __init__(self) -> None:
        self._arrivals = Tally()
        self._open = asyncio.Event()

    async def reached(self, number: int = 1) -> None:
        """Return once so many conversations have come to the gate."""
        await self._arrivals.reach(number)

    def release(self) -> None:
        """Let those that stand at the gate, and all later ones, go on."""
        self._open.set()

    async def pass_through(self) -> None:
        """Come to the gate and wait for its release: the server's side of it."""
        self._arrivals.add()
        await self._open.wait()
