"""The updates on their way to the bot (https://core.telegram.org/bots/api#getupdates)."""

import asyncio
from collections.abc import Callable

from bot.local.ledger import Ledger
from bot.local.messages import Wire
from bot.local.parameters import Parameters

MOST_AT_ONCE = 100


class Updates:
    """A queue the bot reads by long polling and confirms by its next offset."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._change = asyncio.Event()

    def put(self, kind: str, content: Wire) -> int:
        """Queue an update and give its id; it is saved with the ledger's next `save`."""
        update_id = self._ledger.new_update_id()
        self._ledger.updates.append({"update_id": update_id, kind: content})
        self._changed()
        return update_id

    async def get(self, parameters: Parameters) -> list[Wire]:
        """Answer `getUpdates`: confirm what lies before `offset`, wait up to `timeout` seconds."""
        self._confirm(parameters.number("offset", 0))
        try:
            async with asyncio.timeout(max(parameters.number("timeout", 0), 0)):
                await self._until(lambda: bool(self._ledger.updates))
        except TimeoutError:
            return []
        return self._ledger.updates[:MOST_AT_ONCE]

    async def confirmed(self, update_id: int) -> None:
        """Return once the bot has confirmed this update and all before it."""
        await self._until(lambda: self._oldest() > update_id)

    def _confirm(self, offset: int) -> None:
        if self._oldest() < offset:
            waiting = self._ledger.updates
            waiting[:] = [update for update in waiting if update["update_id"] >= offset]
            self._ledger.save()
            self._changed()

    def _oldest(self) -> float:
        return min((update["update_id"] for update in self._ledger.updates), default=float("inf"))

    async def _until(self, true: Callable[[], bool]) -> None:
        while not true():
            await self._change.wait()

    def _changed(self) -> None:
        change, self._change = self._change, asyncio.Event()
        change.set()
