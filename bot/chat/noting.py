"""A line that somebody adds to what they answered: it is shown when the letter comes back next.

It is a reply to the reminder at any time, or a text within a day of the reminder or of the answer
while no letter is written. It is some lines long at most, and what wasn't meant is taken out again.
"""

from datetime import timedelta

from telegram import Message

from bot.answers import Line
from bot.botapi.buttons import ID, Button, PressWith
from bot.botapi.entities import words_of
from bot.chat import prompts, what_next
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.reading import asks_something, gives_thanks, is_small_talk
from bot.email_address import looks_like_address
from bot.store import answers, drafts, occasions, outbox
from bot.store.answers import Occasion
from bot.text import Words
from bot.visibility import shows_nothing

LEAVE_OUT = PressWith("note:leave-out:", ID, int, "button-not-a-note")
AS_NOTE = PressWith("note:keep:", ID, int, "button-as-note")
"""They carry the message that is a line of the note, or is to be one."""

_FRESH = timedelta(days=1)


async def takes_reply(exchange: Exchange) -> bool:
    """Take a reply to a message that brought a letter; returns whether it was one."""
    replied_to, tx = exchange.message.reply_to_message, exchange.tx
    if replied_to is None or not _may_be_note(exchange.message):
        return False
    occasion = await occasions.brought_by(tx, exchange.person_id, replied_to.message_id)
    if occasion is None:
        return False
    if not await _takes(exchange, occasion, _line_of(exchange.message)):
        exchange.say("note-full")
    return True


async def takes_text(exchange: Exchange, *buttons: Button) -> bool:
    """Take a text of somebody who writes no letter now; returns whether it was a note.

    Small talk is none, and a question only right behind an answer, where one was asked for.
    `buttons` stand under the word of it.
    """
    text, occasion = exchange.message.text or "", await _fresh(exchange)
    if occasion is None or gives_thanks(text) or is_small_talk(text):
        return False
    said = await answers.answered(exchange.tx, occasion)
    if asks_something(text) and (said.answer is None or said.lines):
        return False
    return await _takes(exchange, occasion, _line_of(exchange.message), *buttons)


async def could_take(exchange: Exchange) -> bool:
    """Return whether a text that wasn't taken could be a note, if its person means it so."""
    return await _fresh(exchange) is not None


async def takes_edit(exchange: Exchange) -> bool:
    """Take the edit of a message that is a line of a note; returns whether it is one."""
    tx, message_id = exchange.tx, exchange.message.message_id
    occasion = await answers.with_line(tx, exchange.person_id, message_id)
    return occasion is not None and await _takes(exchange, occasion, _line_of(exchange.message))


async def give_back(exchange: Exchange, message_id: int) -> bool:
    """Take a message out of the note that it is a line of; returns whether it was one."""
    occasion = await answers.with_line(exchange.tx, exchange.person_id, message_id)
    if occasion is None:
        return False
    noted = await answers.answered(exchange.tx, occasion)
    left = noted.without_line(message_id).lines
    await answers.keep_note(exchange.tx, occasion, left, exchange.now)
    return True


async def leave_out(exchange: Exchange) -> None:
    """Take a line out of the note that wasn't meant as one; a long one may become a letter."""
    message_id = LEAVE_OUT.read(exchange.payload)
    if not await give_back(exchange, message_id):
        prompts.say_stale(exchange)
        return
    draft = await drafts.draft_of(exchange.tx, exchange.person_id)
    can_begin = draft is not None and draft.is_none and draft.held(message_id)
    as_letter = prompts.AS_LETTER.button(exchange.catalog, message_id)
    exchange.edit("note-left-out", *([as_letter] if can_begin else []))


async def take_held(exchange: Exchange) -> None:
    """Take a text as a line of the note that was answered in another way at first."""
    draft = await drafts.draft_of(exchange.tx, exchange.person_id)
    part = draft.held(AS_NOTE.read(exchange.payload)) if draft else None
    occasion = await _newest(exchange)
    if part is None or occasion is None:
        prompts.say_stale(exchange)
    elif not await _takes(exchange, occasion, _line(part.message_id, part.words)):
        exchange.edit("note-full")


async def _fresh(exchange: Exchange) -> Occasion | None:
    """Return the occasion that a text may be a note of."""
    return await _newest(exchange) if _may_be_note(exchange.message) else None


async def _newest(exchange: Exchange) -> Occasion | None:
    return await occasions.newest(exchange.tx, exchange.person_id, exchange.now - _FRESH)


def _may_be_note(message: Message) -> bool:
    text = message.text or ""
    return not shows_nothing(text) and not looks_like_address(text)


def _line_of(message: Message) -> Line:
    return _line(message.message_id, words_of(message))


def _line(message_id: int, words: Words) -> Line:
    return Line(message_id=message_id, words=words.trimmed().unquoted())


async def _takes(exchange: Exchange, occasion: Occasion, line: Line, *buttons: Button) -> bool:
    """Keep a line of the note and say so, if there is room for it."""
    before = await answers.answered(exchange.tx, occasion)
    after = before.with_line(line)
    if after is None or after == before:
        return after is not None
    await answers.keep_note(exchange.tx, occasion, after.lines, exchange.now)
    day = await outbox.next_day(exchange.tx, occasion.letter_id, after=occasion.day)
    catalog = exchange.catalog
    until = catalog.say("note-kept") if day is None else catalog.count("note-kept-until", day)
    leave_out = LEAVE_OUT.button(catalog, line.message_id)
    exchange.reply(until, [*buttons, leave_out], edits=exchange.pressed)
    if day is None and not before.says_anything:
        await _say_what_next(exchange, occasion)
    return True


async def _say_what_next(exchange: Exchange, occasion: Occasion) -> None:
    """Say what can be done with a letter whose person looked back in words of their own."""
    token = await outbox.token_of_day(exchange.tx, occasion.letter_id, occasion.day)
    if token is not None:
        what_next.say_what_next(exchange, token)


FEATURE = Feature(presses={LEAVE_OUT: leave_out, AS_NOTE: take_held})
