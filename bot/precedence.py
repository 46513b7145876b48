"""Whoever waits for an answer comes before letters: both sides' work shares one event loop."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LONGEST = 0.05
"""Seconds that each attempt gives way at most, however many people talk."""


class Precedence:
    """Knows whether somebody is being answered."""

    def __init__(self) -> None:
        self._answering = 0
        self._nobody = asyncio.Event()
        self._nobody.set()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Have the posting side begin no attempt within the block, for `LONGEST`."""
        self._answering += 1
        self._nobody.clear()
        try:
            yield
        finally:
            self._answering -= 1
            if not self._answering:
                self._nobody.set()

    async def give_way(self) -> None:
        """Return once nobody is being answered, or after `LONGEST`."""
        if self._answering:
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST):
                    await self._nobody.wait()
