"""The only place that asks what time it is; everything else is handed a clock."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the program may ask about time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start that never run backwards."""

    async def sleep(self, seconds: float) -> None:
        """Return once so many seconds have passed."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start that never run backwards."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return once so many seconds have passed."""
        await asyncio.sleep(seconds)


class MovableClock(SystemClock):
    """The machine's clock, set forward by hand: the local mode's `:skip`."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self.ahead = ahead

    def now(self) -> datetime:
        """Return the present moment plus what was skipped, aware, in UTC."""
        return super().now() + self.ahead

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start, those that were skipped among them."""
        return super().monotonic() + self.ahead.total_seconds()

    def move_to(self, moment: datetime) -> None:
        """Set the clock forward to `moment`; a moment already past changes nothing."""
        self.ahead = max(self.ahead, moment - super().now())
