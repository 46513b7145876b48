"""Bounds what is answered to one person in a minute; the rest of a flood is dropped."""

from dataclasses import dataclass
from enum import Enum

from bot.clock import Clock

ANSWERS_A_MINUTE = 30
"""More than a person types in a minute, and more messages than an app makes of a long paste."""

_MINUTE = 60.0


class Verdict(Enum):
    """What becomes of an update."""

    PASS = "pass"  # noqa: S105 - a verdict
    WARN = "warn"
    """The first one too many: it is dropped, and its sender is told so."""
    DROP = "drop"


@dataclass(slots=True)
class _Minute:
    """How many updates one person sent since `began`, in the clock's monotonic seconds."""

    began: float
    updates: int = 0


class RateLimiter:
    """Counts each person's updates by the minute that begins with the first of them."""

    def __init__(self, clock: Clock, most: float = ANSWERS_A_MINUTE) -> None:
        self._clock = clock
        self._most = most
        self._minutes: dict[int, _Minute] = {}

    def judge(self, person_id: int) -> Verdict:
        """Return what becomes of one more update of that person's, and count it."""
        excess = self._count(person_id) - self._most
        if excess <= 0:
            return Verdict.PASS
        return Verdict.WARN if excess <= 1 else Verdict.DROP

    def _count(self, person_id: int) -> int:
        now = self._clock.monotonic()
        self._forget_before(now - _MINUTE)
        minute = self._minutes.setdefault(person_id, _Minute(began=now))
        minute.updates += 1
        return minute.updates

    def _forget_before(self, moment: float) -> None:
        """Forget the minutes that are over; they stand in the order in which they began."""
        while self._minutes:
            person_id, minute = next(iter(self._minutes.items()))
            if minute.began > moment:
                return
            del self._minutes[person_id]
