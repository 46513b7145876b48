"""Edits that reach no letter.

Telegram tells of more than edits as of one, of a reaction say, and not of which changed the text
(https://core.telegram.org/bots/api#update).
"""

from bot.botapi.entities import words_of
from bot.chat.exchange import Exchange
from bot.store import letters


async def edited(exchange: Exchange) -> None:
    """Say that an edit reaches no sealed letter; of one whose words are as sealed, nothing."""
    message = exchange.message
    sealed = await letters.sealed_from(exchange.tx, message.chat_id, message.message_id)
    if sealed is None or sealed.letter.words != words_of(message).trimmed():
        exchange.say("edit-without-effect")
