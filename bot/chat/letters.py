"""Shows a letter that may not have come."""

from bot.chat import prompts
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.messages.note_in_doubt import SHOW
from bot.messages.postscript import with_postscripts
from bot.store import letters


async def show(exchange: Exchange) -> None:
    """Show the letter that a delivery was to bring, if it is the sender's and still there."""
    found = await letters.brought(exchange.tx, exchange.payload, owner=exchange.person_id)
    if found is None or not found[0].words.text:
        prompts.say_stale(exchange)
        return
    for piece in with_postscripts(exchange.catalog, *found, exchange.now).pieces():
        exchange.reply(piece)


FEATURE = Feature(presses={SHOW: show})
