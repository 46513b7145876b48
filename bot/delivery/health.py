"""Whether a lane can go on, and when to try its far end again."""

import logging
from dataclasses import dataclass, field
from datetime import timedelta

from bot.clock import Clock
from bot.delivery.outcome import LaneFault
from bot.letters import Channel

logger = logging.getLogger(__name__)

_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(minutes=15)
_PATIENCE = timedelta(minutes=30)


@dataclass(slots=True)
class Health:
    """A lane's standing; `trouble` is the reason of a fault that is not mended yet.

    Spans are monotonic, so that a jump of the wall clock holds nothing up.
    """

    channel: Channel
    clock: Clock
    trouble: str | None = None
    _since: float = 0.0
    _held_until: float = 0.0
    _paused_until: float = 0.0
    _pause: timedelta = _FIRST_PAUSE
    _suspects: dict[int, int] = field(default_factory=dict)
    _successes: int = 0
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

    def fault(self, fault: LaneFault, *, alone: bool = False) -> timedelta:
        """Note a fault; returns how long the lane, or the delivery if it is alone, stands still.

        Attempts that were under way when the lane came to a stand add nothing to its pause.
        """
        now = self.clock.monotonic()
        if self.trouble is not None and self._paused_until > now:
            return timedelta(seconds=self._paused_until - now)
        if self.trouble is None:
            self._since, self._pause, self._told = now, _FIRST_PAUSE, False
            about = {"channel": self.channel, "reason": fault.reason}
            what = "the lane may have to stand still" if alone else "the lane stands still"
            logger.warning(what, extra=about)
        self.trouble = fault.reason
        pause, self._pause = self._pause, min(self._pause * 2, _LONGEST_PAUSE)
        if not alone:
            self._paused_until = now + pause.total_seconds()
        return pause

    def success(self) -> bool:
        """Note that something went out, which ends a fault's pause.

        True when the operator was told of the fault that is mended now.
        """
        self._successes += 1
        if self.trouble is None:
            return False
        logger.warning("the lane goes on", extra={"channel": self.channel})
        self.trouble, told, self._told = None, self._told, False
        self._paused_until = 0.0
        return told

    def should_tell(self, fault: LaneFault, *, alone: bool = False) -> bool:
        """Tell, once a fault, whether it is time to tell the operator of it."""
        lasted = self.clock.monotonic() - self._since >= _PATIENCE.total_seconds()
        tell = not self._told and ((fault.urgent and not alone) or lasted)
        self._told = self._told or tell
        return tell

    def is_alone(self, delivery_id: int, fault: LaneFault) -> bool:
        """Return whether a fault may be this delivery's own: no other met such since one went out.

        It alone waits then: one person's address must not hold up the mail of all.
        """
        others = (at for suspect, at in self._suspects.items() if suspect != delivery_id)
        return fault.own and self._successes not in others

    def is_own_fault(self, delivery_id: int, fault: LaneFault) -> bool:
        """Return whether a fault is this delivery's own: others went out since it had it before."""
        before = self._suspects.get(delivery_id)
        self._suspects[delivery_id] = self._successes
        own = fault.own and before is not None and before < self._successes
        if own:
            del self._suspects[delivery_id]
        return own
