"""Whether a lane can go on, when to try its far end again, and what wakes it then."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock
from bot.delivery.outcome import Cause, LaneFault
from bot.letters import Channel

logger = logging.getLogger(__name__)

_FIRST_PAUSE = timedelta(minutes=1)
_FIRST_PAUSE_IF_AWAY = timedelta(seconds=1)  # it may be back as soon as it was gone
_LONGEST_PAUSE = timedelta(minutes=15)
_PATIENCE = timedelta(minutes=30)


@dataclass(slots=True)
class Health:
    """Whether a lane works; `trouble` is the reason of a fault that is not mended yet.

    `refuses`: the fault is that the far end refuses everybody. Spans are monotonic, so that a jump
    of the wall clock holds nothing up.
    """

    channel: Channel
    clock: Clock
    trouble: str | None = None
    refuses: bool = False
    _since: float = 0.0
    _held_until: float = 0.0
    _paused_until: float = 0.0
    _pause: timedelta = _FIRST_PAUSE
    _told: bool = False

    @property
    def held_for(self) -> float:
        """Return the seconds for which nothing may be tried; 0 when the lane is free."""
        now = self.clock.monotonic()
        return max(self._held_until - now, self._paused_until - now, 0.0)

    def hold(self, span: timedelta) -> None:
        """Stand still as long as the far end asked for."""
        until = self.clock.monotonic() + span.total_seconds()
        self._held_until = max(self._held_until, until)

    def fault(self, fault: LaneFault, *, refuses: bool = False) -> timedelta:
        """Note a fault; returns how long the lane stands still.

        Attempts that were under way when the lane came to a stand add nothing to its pause.
        """
        now = self.clock.monotonic()
        if self.trouble is not None and self._paused_until > now:
            return timedelta(seconds=self._paused_until - now)
        if self.trouble is None:
            self._since, self._pause, self._told = now, timedelta(), False
            about = {"channel": self.channel, "reason": fault.reason}
            if fault.cause is not Cause.UNKNOWN:
                about |= {"cause": fault.cause}
            logger.warning("the lane stands still", extra=about)
        self.trouble, self.refuses = fault.reason, refuses
        away = fault.cause is Cause.UNREACHABLE
        pause = max(self._pause, _FIRST_PAUSE_IF_AWAY if away else _FIRST_PAUSE)
        self._pause = min(pause * 2, _LONGEST_PAUSE)
        self._paused_until = now + pause.total_seconds()
        return pause

    def success(self) -> bool:
        """Note that something got through, which ends a fault's pause.

        True when the operator was told of the fault that is mended now.
        """
        if self.trouble is None:
            return False
        logger.warning("the lane goes on", extra={"channel": self.channel})
        self.trouble, self.refuses = None, False
        told, self._told = self._told, False
        self._paused_until = 0.0
        return told

    def reached(self) -> bool:
        """Note that the far end answered of one delivery; returns as `success`.

        That ends every fault but that it refuses everybody.
        """
        return not self.refuses and self.success()

    def note_told(self) -> None:
        """Note that the operator is told of the fault, and so of its end."""
        self._told = True

    def should_tell(self, fault: LaneFault) -> bool:
        """Return whether it is time to tell the operator of a fault; True once for each."""
        lasted = self.clock.monotonic() - self._since >= _PATIENCE.total_seconds()
        tell = not self._told and (fault.urgent or lasted)
        self._told = self._told or tell
        return tell


class Alarm:
    """Calls `wake` after each span it is set for: of those that the lane doesn't sleep through."""

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
