"""When to try again."""

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Waits that grow from minutes to hours and end after days (RFC 5321, section 4.5.4.1).

    The first wait outlasts greylisting; `soon` is instead of it where a far end was started anew,
    and asked for no wait. The policy counts only its own waits: time during which
    nothing could be tried at all, by the operator's or the machine's fault, uses nothing up.
    """

    soon: timedelta = timedelta(seconds=5)
    first: timedelta = timedelta(minutes=5)
    second: timedelta = timedelta(minutes=30)
    ceiling: timedelta = timedelta(hours=4)
    give_up: timedelta = timedelta(days=5)
    jitter: float = 0.1

    def wait(self, failures: int) -> timedelta | None:
        """Return the wait after so many failures, without jitter; None when it is time to give up.

        Raises ValueError for less than one failure.
        """
        if failures < 1:
            raise ValueError("a wait follows a failure")
        waited = timedelta()
        for failure in range(1, failures):
            waited += self._step(failure)
        return self._step(failures) if waited < self.give_up else None

    def delay(self, failures: int, randomness: random.Random) -> timedelta | None:
        """Return the wait after so many failures with its jitter; None to give up."""
        wait = self.wait(failures)
        if wait is None:
            return None
        return wait * (1 + randomness.uniform(-self.jitter, self.jitter))

    @property
    def longest(self) -> timedelta:
        """Return the longest wait that `delay` can return."""
        return self.ceiling * (1 + self.jitter)

    def _step(self, failure: int) -> timedelta:
        if failure == 1:
            return self.first
        doublings = min(failure - 2, 16)  # beyond, the ceiling is long reached
        return min(self.second * (1 << doublings), self.ceiling)
