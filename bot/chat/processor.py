"""Updates of one person one after another, of different people side by side."""

import asyncio
from collections.abc import Awaitable
from typing import Any
from weakref import WeakValueDictionary

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.chat.inbox import MOST_OPEN


class PersonByPerson(BaseUpdateProcessor):
    """python-telegram-bot's update processor, with a queue for each person.

    The inbox bounds how many updates are here at all; none of them waits for Telegram.
    """

    def __init__(self) -> None:
        super().__init__(max_concurrent_updates=MOST_OPEN + 1)
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Handle an update once its sender's earlier ones are."""
        async with self._lock_of(update):
            await coroutine

    async def initialize(self) -> None:
        """Do nothing: there is nothing to prepare."""

    async def shutdown(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def _lock_of(self, update: object) -> asyncio.Lock:
        user = update.effective_user if isinstance(update, Update) else None
        return self._locks.setdefault(user.id if user else 0, asyncio.Lock())
