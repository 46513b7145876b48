"""The updates on their way to the bot (https://core.telegram.org/bots/api#getupdates)."""

import asyncio
from collections.abc import Callable

from bot.local.messages import Wire
from bot.local.parameters import Parameters
from bot.local.state import TelegramState

MOST_AT_ONCE = 100
ONLY_IF_ASKED_FOR = {"chat_member", "message_reaction", "message_reaction_count"}


class Updates:
    """A queue the bot reads by long polling and confirms by its next offset."""

    def __init__(self, state: TelegramState) -> None:
        self._state = state
        self._change = asyncio.Event()

    def put(self, kind: str, content: Wire) -> int:
        """Queue an update, if the bot asked for its kind; returns its id.

        It is saved with the state's next `save`.
        """
        update_id = self._state.new_update_id()
        if self._is_asked_for(kind):
            self._state.updates.append({"update_id": update_id, kind: content})
            self._changed()
        return update_id

    async def get(self, parameters: Parameters) -> list[Wire]:
        """Answer `getUpdates`: confirm what lies before `offset`, wait up to `timeout` seconds."""
        self._confirm(parameters.number("offset", 0))
        if (allowed := parameters.tree("allowed_updates")) is not None:
            self._allow(allowed)
        try:
            async with asyncio.timeout(max(parameters.number("timeout", 0), 0)):
                await self._until(lambda: bool(self._state.updates))
        except TimeoutError:
            return []
        return self._state.updates[:MOST_AT_ONCE]

    async def confirmed(self, update_id: int) -> None:
        """Return once the bot has confirmed this update and all before it."""
        await self._until(lambda: self._oldest() > update_id)

    def _is_asked_for(self, kind: str) -> bool:
        allowed = self._state.allowed
        return kind in allowed if allowed else kind not in ONLY_IF_ASKED_FOR

    def _allow(self, kinds: list[str]) -> None:
        if kinds != self._state.allowed:
            self._state.allowed = kinds
            self._state.save()

    def _confirm(self, offset: int) -> None:
        if self._oldest() < offset:
            waiting = self._state.updates
            waiting[:] = [update for update in waiting if update["update_id"] >= offset]
            self._state.save()
            self._changed()

    def _oldest(self) -> float:
        return min((update["update_id"] for update in self._state.updates), default=float("inf"))

    async def _until(self, true: Callable[[], bool]) -> None:
        while not true():
            await self._change.wait()

    def _changed(self) -> None:
        change, self._change = self._change, asyncio.Event()
        change.set()
