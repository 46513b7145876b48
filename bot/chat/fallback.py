"""What is said to what nothing else answers, and when something went wrong."""

import logging

from telegram import Update

from bot.botapi import deep_links
from bot.botapi.buttons import Button
from bot.chat import prompts
from bot.chat.exchange import Exchange, answer
from bot.chat.feature import Feature
from bot.chat.services import Context
from bot.store.database import StoreError
from bot.store.replies import Reply
from bot.text import Words

logger = logging.getLogger(__name__)


async def unknown_command(exchange: Exchange) -> None:
    """Say which commands there are."""
    exchange.say("unknown-command")


async def unknown_link(exchange: Exchange) -> None:
    """Say that a link isn't one of this bot's."""
    prompts.offer_to_write(exchange, "link-unknown")


async def stale_press(exchange: Exchange) -> None:
    """Say that a button's time is over."""
    prompts.say_stale(exchange)


async def in_group(exchange: Exchange) -> None:
    """Point to the private chat; letters are nobody else's business."""
    bot_link = deep_links.bot_link(exchange.update.get_bot().username)
    url = deep_links.WRITE.url(bot_link)
    button = Button(exchange.catalog.say("button-private"), url=url)
    exchange.reply_in_chat(exchange.catalog.say("in-group"), button)


async def on_error(update: object, context: Context) -> None:
    """Log what went wrong, and say to whom it happened that nothing was changed."""
    logger.error("an update was not handled", exc_info=context.error)
    if not isinstance(update, Update) or update.effective_user is None:
        return
    name = "store-failed" if isinstance(context.error, StoreError) else "our-fault"

    async def say(exchange: Exchange) -> None:
        exchange.say(name)

    try:
        await answer(update, context.services, say)
    except StoreError:
        reply = Reply(words=Words(context.services.catalog(update).say(name)))
        context.services.replies.send_unkept(update.effective_user.id, reply)


FEATURE = Feature(texts={deep_links.TOO_LONG: unknown_link})
