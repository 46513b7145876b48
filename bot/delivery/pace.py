"""Keeps the chat lane below Telegram's limits, so that replies to people find room.

About 30 messages a second overall and one a second to one chat
(https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).
"""

from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Messages a second that reminders may take up."""

    overall: float = 20
    per_chat: float = 1


class Pace:
    """Gives out slots in time."""

    def __init__(self, clock: Clock, rates: Rates) -> None:
        self._clock = clock
        self._rates = rates
        self._next = 0.0
        self._held_until = 0.0
        self._next_of_chat: dict[int, float] = {}

    def hold(self, span: timedelta) -> None:
        """Let nothing leave for as long as Telegram asked."""
        until = self._clock.monotonic() + span.total_seconds()
        self._held_until = max(self._held_until, until)

    async def slot(self, chat_id: int) -> timedelta:
        """Return when a message to that chat may leave.

        Gives how long it must still be held back: Telegram may have asked for it meanwhile.
        """
        now = self._clock.monotonic()
        start = max(now, self._next, self._next_of_chat.get(chat_id, 0.0))
        self._next = max(now, self._next) + 1 / self._rates.overall
        self._forget(now)
        self._next_of_chat[chat_id] = start + 1 / self._rates.per_chat
        if start > now:
            await self._clock.sleep(start - now)
        return timedelta(seconds=max(0.0, self._held_until - self._clock.monotonic()))

    def _forget(self, now: float) -> None:
        if len(self._next_of_chat) > self._rates.overall / self._rates.per_chat * 10:
            still = ((chat, slot) for chat, slot in self._next_of_chat.items() if slot > now)
            self._next_of_chat = dict(still)
