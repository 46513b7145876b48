"""One message sent to a chat; what Telegram says against it is raised as TelegramError."""

from collections.abc import Sequence

from telegram import Bot
from telegram.constants import ChatAction
from telegram.error import BadRequest

from bot.botapi.buttons import Button, keyboard
from bot.botapi.entities import entities_of
from bot.botapi.errors import refuses_formatting
from bot.text import Words


async def send(bot: Bot, chat_id: int, words: Words, buttons: Sequence[Button] = ()) -> None:
    """Send a text; without its formatting, if it is the formatting that Telegram refuses."""
    markup = keyboard(buttons)
    try:
        await bot.send_message(
            chat_id, words.text, entities=entities_of(words), reply_markup=markup
        )
    except BadRequest as error:
        if not (words.entities and refuses_formatting(error)):
            raise
        await bot.send_message(chat_id, words.text, reply_markup=markup)


async def probe(bot: Bot, chat_id: int) -> None:
    """Make sure that Telegram answers, before a message that may be the second is sent."""
    await bot.send_chat_action(chat_id, ChatAction.TYPING)
