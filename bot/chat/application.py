"""The writing side put together: python-telegram-bot's application on the desk and the inbox."""

from typing import cast

from telegram.ext import ApplicationBuilder, ContextTypes

from bot.chat.client import LastingBot
from bot.chat.desk import Context, Desk
from bot.chat.floods import Dam
from bot.chat.handlers import register
from bot.chat.inbox import Inbox, MailboxApplication
from bot.chat.persistence import DraftPersistence


def application_of(
    bot: LastingBot, *, desk: Desk, inbox: Inbox, answers_a_minute: float
) -> MailboxApplication:
    """Give the application, its handlers registered and its conversations where they stood."""
    application = (
        ApplicationBuilder()
        .application_class(MailboxApplication)
        .bot(bot)
        .update_queue(inbox)
        .context_types(ContextTypes(context=Context, bot_data=cast("type[Desk]", lambda: desk)))
        .persistence(DraftPersistence(desk.database))
        .build()
    )
    mailbox = cast("MailboxApplication", application)
    register(mailbox, Dam(desk.clock, answers_a_minute))
    return mailbox
