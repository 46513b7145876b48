"""What is said outside the conversation: greeting, help, and a helpful line for anything else."""

import logging

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import TelegramError

from bot.chat import prompts
from bot.chat.desk import Context
from bot.chat.sender import message_of, sender
from bot.chat.speech import say
from bot.store import drafts
from bot.store.database import StoreError

logger = logging.getLogger(__name__)


async def start(update: Update, context: Context) -> None:
    """Greet, say what happens, offer to write."""
    async with context.desk.change(update):
        pass
    after = context.desk.catalog(update).after(context.desk.days)
    await prompts.offer_to_write(update, context, name="start", after=after)


async def help_(update: Update, context: Context) -> None:
    """Say what the bot can do."""
    await say(update, context, context.desk.catalog(update).say("help"))


async def unknown_command(update: Update, context: Context) -> None:
    """Say which commands there are."""
    await say(update, context, context.desk.catalog(update).say("unknown-command"))


async def stray(update: Update, context: Context) -> None:
    """Say how to begin a letter, or how to go on with the one put aside."""
    draft = await drafts.draft_of(context.desk.database.reader, sender(update).id)
    if draft is not None:
        await prompts.offer_draft(update, context, name="draft-waiting")
    else:
        await prompts.offer_to_write(update, context, name="stray")


async def stale_press(update: Update, context: Context) -> None:
    """Say that a button's time is over."""
    await prompts.offer_to_write(update, context, name="stale-press")


async def in_group(update: Update, context: Context) -> None:
    """Point to the private chat; letters are nobody else's business.

    In a group that lets the bot say nothing, it says nothing.
    """
    catalog = context.desk.catalog(update)
    link = f"https://t.me/{context.bot.username}?start=write"
    button = InlineKeyboardButton(catalog.say("button-private"), url=link)
    keyboard = InlineKeyboardMarkup([[button]])
    try:
        await message_of(update).reply_text(catalog.say("in-group"), reply_markup=keyboard)
    except TelegramError as error:
        logger.info("a group was not answered", extra={"error": type(error).__name__})


async def on_error(update: object, context: Context) -> None:
    """Log what went wrong, and say to whom it happened that nothing was changed."""
    store_failed = isinstance(context.error, StoreError)
    logger.error("an update was not handled", exc_info=context.error)
    if isinstance(update, Update) and update.effective_user is not None:
        name = "store-failed" if store_failed else "our-fault"
        await say(update, context, context.desk.catalog(update).say(name))
