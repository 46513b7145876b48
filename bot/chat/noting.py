"""A line that somebody adds to what they answered: it is shown when the letter comes back next.

It is a reply to the reminder at any time, or a text within a day of the reminder or of the answer
while no letter is written. It is some lines long at most.
"""

from datetime import timedelta

from telegram import Message

from bot.answers import Line
from bot.botapi.buttons import Button
from bot.botapi.entities import words_of
from bot.chat.exchange import Exchange
from bot.chat.reading import gives_thanks
from bot.email_address import looks_like_address
from bot.store import answers, occasions, outbox
from bot.store.answers import Occasion
from bot.visibility import shows_nothing

_FRESH = timedelta(days=1)


async def takes_reply(exchange: Exchange) -> bool:
    """Take a reply to a message that brought a letter; returns whether it was one."""
    replied_to, tx = exchange.message.reply_to_message, exchange.tx
    if replied_to is None or not _may_be_note(exchange.message):
        return False
    occasion = await occasions.brought_by(tx, exchange.person_id, replied_to.message_id)
    if occasion is None:
        return False
    if not await _takes(exchange, occasion):
        exchange.say("note-full")
    return True


async def takes_text(exchange: Exchange, *buttons: Button) -> bool:
    """Take a text of somebody who writes no letter now; returns whether it was a note.

    Bare thanks are one only where nothing was said yet. `buttons` stand under the word of it.
    """
    if not _may_be_note(exchange.message):
        return False
    since = exchange.now - _FRESH
    occasion = await occasions.newest(exchange.tx, exchange.person_id, since)
    if occasion is None:
        return False
    noted = (await answers.answered(exchange.tx, occasion)).lines
    if noted and gives_thanks(exchange.message.text or ""):
        return False
    return await _takes(exchange, occasion, *buttons)


async def takes_edit(exchange: Exchange) -> bool:
    """Take the edit of a message that is a line of a note; returns whether it is one."""
    tx, message_id = exchange.tx, exchange.message.message_id
    occasion = await answers.with_line(tx, exchange.person_id, message_id)
    return occasion is not None and await _takes(exchange, occasion)


async def give_back(exchange: Exchange, message_id: int) -> None:
    """Take a message out of the note that it is a line of, if it is one."""
    occasion = await answers.with_line(exchange.tx, exchange.person_id, message_id)
    if occasion is not None:
        noted = await answers.answered(exchange.tx, occasion)
        left = noted.without_line(message_id).lines
        await answers.keep_note(exchange.tx, occasion, left, exchange.now)


def _may_be_note(message: Message) -> bool:
    text = message.text or ""
    return not shows_nothing(text) and not looks_like_address(text)


async def _takes(exchange: Exchange, occasion: Occasion, *buttons: Button) -> bool:
    """Keep a message as a line of the note and say so, if there is room for it."""
    message = exchange.message
    line = Line(message_id=message.message_id, words=words_of(message).trimmed().unquoted())
    before = await answers.answered(exchange.tx, occasion)
    after = before.with_line(line)
    if after is None or after == before:
        return after is not None
    await answers.keep_note(exchange.tx, occasion, after.lines, exchange.now)
    day = await outbox.next_day(exchange.tx, occasion.letter_id, after=occasion.day)
    if day is None:
        exchange.say("note-kept", *buttons)
    else:
        exchange.count("note-kept-until", day, *buttons)
    return True
