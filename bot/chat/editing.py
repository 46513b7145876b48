"""Edits that reach no letter.

Telegram tells of more than edits as of one, of a reaction say, and not of which changed the text
(https://core.telegram.org/bots/api#update).
"""

from bot.botapi.entities import words_of
from bot.chat.exchange import Exchange
from bot.store import letters
from bot.text import Words


async def edited(exchange: Exchange) -> None:
    """Say that an edit reaches no sealed letter; of one that begins as the message, nothing."""
    message = exchange.message
    sealed = await letters.sealed_from(exchange.tx, message.chat_id, message.message_id)
    if sealed is None or not _begins(sealed.letter.words, words_of(message).trimmed()):
        exchange.say("edit-without-effect")


def _begins(letter: Words, words: Words) -> bool:
    """Return whether words are a letter's, or those of its first message."""
    return letter == words or letter.text.startswith(f"{words.text}\n")
