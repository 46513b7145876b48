"""A flood from one person: answered at most so often, and never at another's cost."""

from dataclasses import dataclass

from telegram import Update
from telegram.ext import ApplicationHandlerStop

from bot.chat.desk import Context
from bot.chat.sender import sender
from bot.chat.speech import say
from bot.clock import Clock

ANSWERS_A_MINUTE = 30
"""More than a person types in a minute, and more messages than an app makes of a long paste."""

_MINUTE = 60.0


@dataclass(slots=True)
class _Minute:
    """What one person sent since `began`, in the clock's monotonic seconds."""

    began: float
    updates: int = 0


class Dam:
    """Counts each person's updates by the minute that begins with the first of them."""

    def __init__(self, clock: Clock, most: float = ANSWERS_A_MINUTE) -> None:
        self._clock = clock
        self._most = most
        self._minutes: dict[int, _Minute] = {}

    async def hold_back(self, update: Update, context: Context) -> None:
        """Let an update pass; of those too many, tell the sender once to wait, and drop the rest.

        What is dropped had no effect, and the sender is told so.
        """
        excess = self._count(sender(update).id) - self._most
        if excess <= 0:
            return
        if excess <= 1:
            await say(update, context, context.desk.catalog(update).say("flood"))
        raise ApplicationHandlerStop

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
