"""A clock that stands still until a test moves it."""

import asyncio
from datetime import UTC, datetime, timedelta

from tests.support.watched import Tally

A_MORNING = datetime(2026, 1, 1, 9, tzinfo=UTC)


class ManualClock:
    """A `bot.clock.Clock` moved by hand; who sleeps on it wakes when it has moved far enough."""

    def __init__(self, start: datetime = A_MORNING) -> None:
        self._now = _aware(start)
        self._elapsed = timedelta()
        self._sleepers: dict[asyncio.Future[None], timedelta] = {}
        self._sleeping = Tally()

    def now(self) -> datetime:
        """Return the moment the clock was moved to, aware, in UTC."""
        return self._now

    def monotonic(self) -> float:
        """Return the seconds the clock was advanced by; `set` doesn't touch them."""
        return self._elapsed.total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Return once the clock has been advanced by `seconds`."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waking = asyncio.get_running_loop().create_future()
        self._sleepers[waking] = self._elapsed + timedelta(seconds=seconds)
        self._sleeping.add()
        try:
            await waking
        finally:
            del self._sleepers[waking]
            self._sleeping.add(-1)

    async def asleep(self, number: int = 1) -> None:
        """Return once at least so many tasks sleep on the clock."""
        await self._sleeping.reach(number)

    async def awake_but(self, number: int) -> None:
        """Return once at most so many tasks sleep on the clock."""
        await self._sleeping.until(lambda value: value <= number)

    def advance(self, by: timedelta) -> None:
        """Let time pass and wake, earliest first, those whose time has come."""
        if by < timedelta():
            raise ValueError("time doesn't pass backwards; set() puts the clock back")
        self._now += by
        self._elapsed += by
        for waking, at in sorted(self._sleepers.items(), key=lambda sleeper: sleeper[1]):
            if at <= self._elapsed and not waking.done():
                waking.set_result(None)

    def set(self, moment: datetime) -> None:
        """Set the clock, also back, as a person or NTP may; nobody has slept any longer by it."""
        self._now = _aware(moment)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("the moment must be aware")
    return moment.astimezone(UTC)
