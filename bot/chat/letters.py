"""What a person can do with a sealed letter: show it, keep it, erase its words; not edit it."""

from bot.botapi.entities import words_of
from bot.chat import prompts
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.messages.note_in_doubt import SHOW
from bot.messages.reminder import KEEP, LET_GO
from bot.store import letters
from bot.text import Words


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


async def take_edited(exchange: Exchange) -> None:
    """Say that an edit reaches no sealed letter; of one that begins as the message, nothing.

    Telegram tells of more than edits as of one, of a reaction say, and not of which changed the
    text (https://core.telegram.org/bots/api#update).
    """
    message = exchange.message
    sealed = await letters.sealed_from(exchange.tx, message.chat_id, message.message_id)
    if sealed is None:
        exchange.say("edit-without-effect")
    elif not _begins(sealed.letter.words, words_of(message).trimmed()):
        exchange.say("edit-of-sealed")


def _begins(letter: Words, words: Words) -> bool:
    """Return whether words are a letter's, or those of its first message."""
    return letter == words or letter.text.startswith(f"{words.text}\n")


def _say_kept(exchange: Exchange) -> None:
    retention = exchange.services.retention
    if retention is None:
        exchange.say("letter-kept")
    else:
        exchange.count("letter-kept-for", retention.days)


FEATURE = Feature(presses={SHOW: show, KEEP: keep, LET_GO: let_go})
