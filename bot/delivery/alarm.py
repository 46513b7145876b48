"""Wakes the lanes once a wait is over that the lane itself doesn't sleep through."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from bot.clock import Clock


class Alarm:
    """Calls `wake` after each span it is set for."""

    def __init__(self, clock: Clock, wake: Callable[[], None]) -> None:
        self._clock = clock
        self._wake = wake
        self._tasks: set[asyncio.Task[None]] = set()

    def set(self, span: timedelta) -> None:
        """Wake the lanes after a span."""
        task = asyncio.create_task(self._ring(span), name="alarm")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Wake nobody any more."""
        for task in self._tasks:
            task.cancel()

    async def _ring(self, span: timedelta) -> None:
        await self._clock.sleep(span.total_seconds())
        self._wake()
