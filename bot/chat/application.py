"""The writing side put together: python-telegram-bot's application on services and inbox."""

from typing import cast

from telegram import Update
from telegram.ext import Application, ApplicationBuilder, ContextTypes, ExtBot, JobQueue

from bot.botapi.client import LastingBot
from bot.chat.handlers import register
from bot.chat.inbox import Inbox
from bot.chat.processor import PersonByPerson
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
