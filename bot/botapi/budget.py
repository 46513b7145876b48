"""One budget for Telegram's limits, which replies and reminders share.

About 30 messages a second overall and one a second to one chat, where short bursts are let pass
(https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this). Replies go
first, reminders fill what is left. What Telegram itself asks for by a 429 stands above both. That a
slot's message then leaves later than others do is what `bot.botapi.departures` is for.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.botapi.pacing import Pacer
from bot.clock import Clock

EVERYBODY = 0
"""Stands where a chat's id would, for a wait that Telegram asks of the whole bot."""

MARGIN = 0.017  # of the rate: slots come no closer than `Departures` lets messages leave
_SAVED = 0.25  # seconds: slots not taken for so long are made up for, after a slow commit say
_AHEAD = 0.1  # seconds that a reply's slot may come before its time; the next ones come later
_NO_WAIT = timedelta()
_CHATS_KEPT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Messages a second overall and to one chat; `burst` is how many replies may come at once."""

    overall: float = 28
    per_chat: float = 1
    burst: int = 5


class CallBudget:
    """Hands out the slots in which messages are made ready to leave.

    `on_hold` is told of each wait that Telegram asks for, by the chat's id or `EVERYBODY`.
    """

    def __init__(
        self, clock: Clock, rates: Rates, on_hold: Callable[[int, timedelta], None] | None = None
    ) -> None:
        self._clock = clock
        self._interval = 1 / (rates.overall * (1 - MARGIN))
        self._period = 1 / rates.per_chat
        self._burst = rates.burst
        self._on_hold = on_hold
        self._next = -math.inf
        self._pacer = Pacer(clock, self._wait, self._take)
        self._chats: dict[int, float] = {}
        self._held: dict[int, float] = {}
        self._flooded: dict[int, float] = {}

    async def reply_slot(self, chat_id: int) -> timedelta:
        """Wait for a reply's slot; returns how long Telegram holds the chat, or zero."""
        if wait := self._reserve(chat_id, self._burst):
            await self._clock.sleep(wait)
        await self._pacer.admit(reminder=False)
        return self.held_for(chat_id)

    async def reminder_slot(self) -> timedelta:
        """Wait for a reminder's slot; returns how long Telegram holds all chats, or zero."""
        if held := self.held_for(EVERYBODY):
            return held
        await self._pacer.admit(reminder=True)
        return self.held_for(EVERYBODY)

    def chat_wait(self, chat_id: int) -> timedelta:
        """Return how long a reminder to that chat must wait; zero takes the chat's slot."""
        if held := self.held_for(chat_id):
            return held
        wait = self._chats.get(chat_id, 0.0) - self._clock.monotonic()
        if wait <= 0:
            self._reserve(chat_id, 1)
        return timedelta(seconds=max(wait, 0.0))

    def held_for(self, chat_id: int) -> timedelta:
        """Return how long Telegram asked to send nothing more to that chat."""
        until = max(self._held.get(chat_id, 0.0), self._held.get(EVERYBODY, 0.0))
        return timedelta(seconds=max(until - self._clock.monotonic(), 0.0))

    def flood(self, chat_id: int, span: timedelta) -> None:
        """Note that Telegram asked to wait.

        Telegram doesn't say of whom. It is that chat, unless another was told so as well and no
        message got through between: then it is everybody, for the shorter of the two waits.
        """
        now = self._clock.monotonic()
        others = [until for chat, until in self._flooded.items() if chat != chat_id and until > now]
        self._flooded[chat_id] = now + span.total_seconds()
        self._hold(chat_id, span)
        if others:
            self._hold(EVERYBODY, min(span, timedelta(seconds=max(others) - now)))

    def hold(self, chat_id: int, span: timedelta) -> None:
        """Let nothing leave to that chat, or to `EVERYBODY`, for so long."""
        now = self._clock.monotonic()
        self._held = {chat: until for chat, until in self._held.items() if until > now}
        self._held[chat_id] = max(self._held.get(chat_id, 0.0), now + span.total_seconds())

    def success(self) -> None:
        """Note that Telegram took a message."""
        self._flooded.clear()

    def _hold(self, chat_id: int, span: timedelta) -> None:
        self.hold(chat_id, span)
        if self._on_hold is not None:
            self._on_hold(chat_id, span)

    def _reserve(self, chat_id: int, burst: int) -> float:
        """Return the seconds until the chat's next slot, which is taken with it."""
        now = self._clock.monotonic()
        if len(self._chats) > _CHATS_KEPT:
            self._chats = {chat: slot for chat, slot in self._chats.items() if slot > now}
        slot = max(self._chats.get(chat_id, 0.0), now)
        self._chats[chat_id] = slot + self._period
        return max(slot - now - (burst - 1) * self._period, 0.0)

    def _wait(self, *, reminder: bool) -> float:
        ahead = 0.0 if reminder else _AHEAD
        return self._next - ahead - self._clock.monotonic()

    def _take(self) -> None:
        """Take a slot; the next one comes an interval later, or makes up for lag."""
        self._next = max(self._next, self._clock.monotonic() - _SAVED) + self._interval
