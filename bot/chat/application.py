"""Builds python-telegram-bot's application, with a queue of updates for each person."""

import asyncio
from collections.abc import Awaitable
from typing import Any, cast
from weakref import WeakValueDictionary

from telegram import Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    BaseUpdateProcessor,
    ContextTypes,
    ExtBot,
    JobQueue,
)

from bot.botapi.client import LastingBot
from bot.chat.handlers import register
from bot.chat.inbox import MOST_OPEN, Inbox
from bot.chat.services import Context, Nothing, Services

Jobs = JobQueue[Context]


class MailboxApplication(Application[ExtBot[None], Context, Nothing, Nothing, Services, Jobs]):
    """python-telegram-bot's application, which notes in its inbox what it has handled."""

    async def process_update(self, update: object) -> None:
        """Handle an update to its end."""
        if not isinstance(update, Update) or not isinstance(self.update_queue, Inbox):
            await super().process_update(update)
            return
        async with self.update_queue.handling(update) as to_be_answered:
            if to_be_answered:
                await super().process_update(update)


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


def application_of(bot: LastingBot, services: Services) -> MailboxApplication:
    """Return the application, its handlers registered."""
    types = ContextTypes(context=Context, bot_data=cast("type[Services]", lambda: services))
    application = (
        ApplicationBuilder()
        .application_class(MailboxApplication)
        .bot(bot)
        .update_queue(services.inbox)
        .concurrent_updates(PersonByPerson())
        .context_types(types)
        .build()
    )
    mailbox = cast("MailboxApplication", application)
    register(mailbox)
    return mailbox
