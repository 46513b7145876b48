"""Shows a letter that may not have come."""

from bot.chat import prompts
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.messages.note_in_doubt import SHOW
from bot.store import letters


async def show(exchange: Exchange) -> None:
    """Show the letter that a delivery was to bring, if it is the sender's and still there."""
    words = await letters.words_brought(exchange.tx, exchange.payload, owner=exchange.person_id)
    if words is None or not words.text:
        prompts.say_stale(exchange)
        return
    for piece in words.pieces():
        exchange.reply(piece)


FEATURE = Feature(presses={SHOW: show})
