"""Edits that reach no letter.

Telegram tells of more than edits as of one, of a reaction say, and not of which changed the text
(https://core.telegram.org/bots/api#update).
"""

from telegram import Update

from bot.chat.desk import Context
from bot.chat.sender import message_of, words_of
from bot.chat.speech import say
from bot.store import letters


async def edited(update: Update, context: Context) -> None:
    """Say that an edit reaches no sealed letter; of one whose words are as sealed, nothing."""
    desk, message = context.desk, message_of(update)
    sealed = await letters.sealed_from(desk.database.reader, message.chat_id, message.message_id)
    if sealed is None or sealed.letter.words != words_of(message).trimmed():
        await say(update, context, desk.catalog(update).say("edit-without-effect"))
