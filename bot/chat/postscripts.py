"""Adds to a sealed letter what its person sends when asked for it: a postscript.

Its message can be edited as long as a letter can be changed after its sealing.
"""

from dataclasses import replace

from bot.botapi.buttons import Button
from bot.botapi.entities import words_of
from bot.chat import letter_question
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.letter_page import ADD_POSTSCRIPT, find, show_letter
from bot.chat.letter_question import Question
from bot.letters import (
    CHANGEABLE_FOR,
    LARGEST_LETTER,
    LONGEST_POSTSCRIPT,
    MOST_POSTSCRIPTS,
    Postscript,
)
from bot.store import letter_list, postscripts
from bot.store.letter_list import OwnLetter
from bot.text import Words
from bot.visibility import shows_nothing

ABOUT = "postscript"


async def ask(exchange: Exchange) -> None:
    """Ask for what is to be added to a letter of the sender's, if there is room for more."""
    own = await find(exchange, ADD_POSTSCRIPT.read(exchange.payload))
    if own is None:
        return
    if flaw := _no_room(own):
        exchange.say(flaw)
        return
    exchange.leave_buttons()
    await letter_question.ask(exchange, Question(ABOUT, own.message_id))
    exchange.reply(
        exchange.catalog.say("ask-postscript"), hint=exchange.catalog.say("hint-postscript")
    )


async def take(exchange: Exchange, _: Question, own: OwnLetter) -> None:
    """Add the sender's text to a letter, or say what keeps it from being a postscript."""
    words = words_of(exchange.message).trimmed()
    if flaw := _flaw_of(words, own):
        exchange.say(flaw)
        return
    await letter_question.end(exchange)
    message_id = exchange.message.message_id
    await postscripts.add(exchange.tx, own.letter.id, message_id, words, exchange.now)
    after = await letter_list.find(exchange.tx, exchange.person_id, own.message_id)
    if after is not None:
        said = exchange.catalog.say_words("postscript-added")
        await show_letter(exchange, after, said=said)


async def takes_edit(exchange: Exchange) -> bool:
    """Take the edit of a message that is a postscript; returns whether it is one."""
    tx, message = exchange.tx, exchange.message
    letter_id = await postscripts.letter_of(tx, exchange.person_id, message.message_id)
    own = await letter_list.numbered(tx, exchange.person_id, letter_id) if letter_id else None
    if own is None:
        return False
    [before] = (each for each in own.postscripts if each.message_id == message.message_id)
    words = words_of(message).trimmed()
    if words != before.words:
        await _change(exchange, own, before, words)
    return True


async def _change(exchange: Exchange, own: OwnLetter, before: Postscript, words: Words) -> None:
    left = tuple(each for each in own.postscripts if each != before)
    if exchange.now - before.added_at >= CHANGEABLE_FOR:
        exchange.say("postscript-sealed", *_another(exchange, own))
    elif flaw := _flaw_of(words, replace(own, postscripts=left)):
        exchange.say(flaw)
    else:
        await postscripts.change(exchange.tx, own.letter.id, before.message_id, words)
        exchange.say("postscript-changed")


def _another(exchange: Exchange, own: OwnLetter) -> list[Button]:
    """Return the button for another postscript, if there is room for one."""
    if _no_room(own):
        return []
    label = exchange.catalog.say("button-add-postscript")
    return [ADD_POSTSCRIPT.labelled(label, own.message_id)]


def _no_room(own: OwnLetter) -> str | None:
    """Return the name of what is said of a letter to which nothing can be added."""
    if not own.to_come:
        return "postscript-too-late"
    return "postscripts-full" if len(own.postscripts) >= MOST_POSTSCRIPTS else None


def _flaw_of(words: Words, own: OwnLetter) -> str | None:
    """Return the name of what is said of words that can't be added; None of those that can."""
    if shows_nothing(words.text):
        return "postscript-empty"
    size = sum(each.words.size for each in own.postscripts) + own.letter.words.size + words.size
    if len(words.text) > LONGEST_POSTSCRIPT or size > LARGEST_LETTER:
        return "postscript-too-long"
    return _no_room(own)


FEATURE = Feature(presses={ADD_POSTSCRIPT: ask})
