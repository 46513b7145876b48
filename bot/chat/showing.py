"""A letter shown at its person's wish, where a reminder may not have come through."""

from telegram import Update

from bot.chat import prompts
from bot.chat.desk import Context
from bot.chat.presses import carried
from bot.chat.sender import sender
from bot.chat.speech import say_words
from bot.store import letters


async def show(update: Update, context: Context) -> None:
    """Show the letter that a delivery was to bring, if it is the sender's and still there."""
    words = await letters.words_brought(
        context.desk.database.reader, carried(context), owner=sender(update).id
    )
    if words is None or not words.text:
        await prompts.offer_to_write(update, context, name="stale-press")
        return
    await say_words(update, context, words)
