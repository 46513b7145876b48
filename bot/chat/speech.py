"""How the bot answers: always in words, even when a button was pressed; never by raising."""

import logging

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputFile, MessageEntity, Update
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.chat.desk import Buttons, Context, Reply
from bot.chat.sender import sender
from bot.words import Words

logger = logging.getLogger(__name__)


async def say(update: Update, context: Context, text: str, buttons: Buttons = ()) -> None:
    """Answer the sender in their private chat with the bot.

    What Telegram doesn't take is logged and not raised: what the update did is stored already, and
    the conversation goes on from there. It is said before the next answer, as it may have told that
    a letter is sealed.
    """
    await _acknowledge(update)
    person_id, unsaid = sender(update).id, context.desk.unsaid
    earlier, reply = unsaid.pop(person_id, None), Reply(text, buttons)
    try:
        if earlier is not None and earlier != reply:
            await _send(context, person_id, earlier)
        await _send(context, person_id, reply)
    except (BadRequest, Forbidden) as error:
        logger.warning("an answer is refused", extra={"error": type(error).__name__})
    except TelegramError as error:
        unsaid[person_id] = reply
        logger.warning("an answer did not go out", extra={"error": type(error).__name__})


async def _send(context: Context, person_id: int, reply: Reply) -> None:
    rows = [[InlineKeyboardButton(label, callback_data=data)] for label, data in reply.buttons]
    keyboard = InlineKeyboardMarkup(rows) if rows else None
    await context.bot.send_message(person_id, reply.text, reply_markup=keyboard)


async def say_words(update: Update, context: Context, words: Words) -> None:
    """Answer the sender with words of their own, formatted as they were, as `say` does."""
    await _acknowledge(update)
    try:
        for piece in words.pieces():
            entities = [
                MessageEntity(e.type, e.offset, e.length, url=e.url, language=e.language)
                for e in piece.entities
            ]
            await context.bot.send_message(sender(update).id, piece.text, entities=entities)
    except TelegramError as error:
        logger.warning("an answer did not go out", extra={"error": type(error).__name__})


async def hand_over(
    update: Update, context: Context, content: bytes, name: str, caption: str
) -> bool:
    """Answer the sender with a file, which is never on the disk; False if it did not go out."""
    try:
        await context.bot.send_document(
            sender(update).id, InputFile(content, filename=name), caption=caption
        )
    except TelegramError as error:
        logger.warning("a file did not go out", extra={"error": type(error).__name__})
        return False
    return True


async def _acknowledge(update: Update) -> None:
    """Let the pressed button rest; Telegram refuses this for one pressed long ago."""
    if update.callback_query is None:
        return
    try:
        await update.callback_query.answer()
    except TelegramError as error:
        about = {"error": type(error).__name__}
        logger.debug("a button press was not acknowledged", extra=about)
