"""What a person can do with a sealed letter: show it, keep it, erase its words."""

from bot.chat import prompts
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.messages.note_in_doubt import SHOW
from bot.messages.reminder import KEEP, LET_GO
from bot.store import letters


async def show(exchange: Exchange) -> None:
    """Show the letter that a delivery was to bring, if it is the sender's and still there."""
    words = await letters.words_brought(exchange.tx, exchange.payload, owner=exchange.person_id)
    if words is None or not words.text:
        prompts.say_stale(exchange)
        return
    for piece in words.pieces():
        exchange.reply(piece)


async def keep(exchange: Exchange) -> None:
    """Say that the letter stays."""
    brought = await letters.brought(exchange.tx, exchange.payload, owner=exchange.person_id)
    if brought is None:
        prompts.say_stale(exchange)
    elif brought.erased:
        exchange.leave_buttons()
        exchange.say("letter-gone-already")
    else:
        exchange.leave_buttons(LET_GO.button(exchange.catalog, exchange.payload))
        _say_kept(exchange)


async def let_go(exchange: Exchange) -> None:
    """Erase the letter's words."""
    brought = await letters.brought(exchange.tx, exchange.payload, owner=exchange.person_id)
    if brought is None:
        prompts.say_stale(exchange)
        return
    await letters.erase_text(exchange.tx, brought.letter_id, exchange.now)
    exchange.leave_buttons()
    exchange.say("letter-let-go")


def _say_kept(exchange: Exchange) -> None:
    retention = exchange.services.retention
    if retention is None:
        exchange.say("letter-kept")
    else:
        exchange.count("letter-kept-for", retention.days)


FEATURE = Feature(presses={SHOW: show, KEEP: keep, LET_GO: let_go})
