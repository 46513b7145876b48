"""Moves a day on which a letter is to come: by a button, or to one in its person's words."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from bot.botapi.buttons import ID, Button, PressWith, Row
from bot.chat import letter_question, sealed, unclear_day
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.letter_list import SHOW_LETTER
from bot.chat.letter_page import MOVE_DATE, find, show_letter
from bot.chat.letter_question import Question
from bot.dates import Flaw, NoDay, last_day, read_day
from bot.dates.calendar import add_months
from bot.letters import Reminder, reminder_on
from bot.store import letter_list, moving
from bot.store.letter_list import OwnLetter
from bot.store.moving import Moved
from bot.text import Words

_DAY = "[0-9]{1,6}"
_ORDINAL = "[0-9]{1,7}"
ABOUT = "day"


@dataclass(frozen=True, slots=True)
class LetterDay:
    """A day of the letter that a message brought."""

    message_id: int
    day: int

    @classmethod
    def read(cls, payload: str) -> Self:
        """Return what `str` made."""
        return cls(*map(int, payload.split(":")))

    def __str__(self) -> str:
        return f"{self.message_id}:{self.day}"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a letter's day is to move; `ordinal` is the date's (`date.toordinal`)."""

    message_id: int
    day: int
    ordinal: int

    @classmethod
    def read(cls, payload: str) -> Self:
        """Return what `str` made."""
        return cls(*map(int, payload.split(":")))

    def __str__(self) -> str:
        return f"{self.message_id}:{self.day}:{self.ordinal}"


CHOOSE = PressWith("letters:move-day:", f"{ID}:{_DAY}", LetterDay.read)
MOVE_TO = PressWith("letters:move-to:", f"{ID}:{_DAY}:{_ORDINAL}", Target.read)


async def ask(exchange: Exchange) -> None:
    """Ask for a letter's new date; of several still to come, first which of them is to move."""
    own = await find(exchange, MOVE_DATE.read(exchange.payload))
    if own is None:
        return
    coming = _coming(own, exchange.now)
    if not coming:
        await show_letter(exchange, own, said=exchange.catalog.say_words("move-too-late"))
    elif len(coming) == 1:
        await _ask_when(exchange, own, *coming.popitem())
    else:
        await _ask_which(exchange, own, coming)


async def choose(exchange: Exchange) -> None:
    """Ask for the new date of the day that was chosen."""
    chosen = CHOOSE.read(exchange.payload)
    own = await find(exchange, chosen.message_id)
    if own is None:
        return
    due_at = _coming(own, exchange.now).get(chosen.day)
    if due_at is None:
        await show_letter(exchange, own, said=exchange.catalog.say_words("move-too-late"))
    else:
        await _ask_when(exchange, own, chosen.day, due_at)


async def move_to(exchange: Exchange) -> None:
    """Move a letter's day to the date that was chosen."""
    target = MOVE_TO.read(exchange.payload)
    own = await find(exchange, target.message_id)
    if own is None:
        return
    today = await _today(exchange)
    if target.ordinal <= today.toordinal():
        exchange.say(Flaw.TOO_SOON.value)
    elif target.ordinal > last_day(today).toordinal():
        exchange.say(Flaw.TOO_FAR.value)
    else:
        await _move(exchange, own, target.day, date.fromordinal(target.ordinal))


async def take(exchange: Exchange, question: Question, own: OwnLetter) -> None:
    """Take the sender's text as a letter's new date, or ask which of two it is."""
    today, language = await _today(exchange), exchange.catalog.language
    try:
        days = read_day(exchange.message.text or "", today, language)
    except NoDay as problem:
        await unclear_day.say(exchange, question, problem)
        return
    if len(days) == 1:
        await _move(exchange, own, question.detail, *days)
        return
    buttons = [await _button(exchange, own, question.detail, day) for day in days]
    await letter_question.say(exchange, question, exchange.catalog.say("day-which"), buttons)


async def _move(exchange: Exchange, own: OwnLetter, day: int, to: date) -> None:
    tx, catalog = exchange.tx, exchange.catalog
    reminder = await _reminder(exchange, own, to)
    moved = await moving.move(tx, own.letter.id, day, reminder, exchange.now)
    if moved is Moved.TAKEN:
        exchange.say("move-taken")
        return
    await letter_question.end(exchange)
    said = catalog.say_words("move-too-late")
    if moved is Moved.DONE:
        said = catalog.say_words("letter-moved", when=await _when(exchange, reminder.due_at))
        await sealed.say_anew(exchange)
    after = await letter_list.find(tx, exchange.person_id, own.message_id)
    await show_letter(exchange, after or own, said=said)


async def _ask_which(exchange: Exchange, own: OwnLetter, coming: dict[int, datetime]) -> None:
    zone = (await exchange.person()).zone
    days: list[Row] = [
        CHOOSE.labelled(
            exchange.catalog.date(due_at, zone, near=exchange.now), LetterDay(own.message_id, day)
        )
        for day, due_at in coming.items()
    ]
    text = exchange.catalog.say("move-which")
    exchange.reply(text, [*days, _back(exchange, own)], edits=exchange.pressed)


async def _ask_when(exchange: Exchange, own: OwnLetter, day: int, due_at: datetime) -> None:
    """Ask for a date, with the usual ones as buttons; the sender's next text is it, too."""
    catalog, today = exchange.catalog, await _today(exchange)
    there = due_at.astimezone((await exchange.person()).zone).date()
    later = {
        "button-week-later": there + timedelta(weeks=1),
        "button-month-later": add_months(there, 1),
    }
    ways = tuple(
        MOVE_TO.labelled(catalog.say(name), Target(own.message_id, day, to.toordinal()))
        for name, to in later.items()
        if to <= last_day(today)
    )
    text = catalog.say_words("move-when", when=await _when(exchange, due_at))
    rows: list[Row] = [*([ways] if ways else []), _back(exchange, own)]
    await letter_question.say(exchange, Question(ABOUT, own.message_id, day), text, rows)


def _coming(own: OwnLetter, now: datetime) -> dict[int, datetime]:
    """Return when a letter comes on each day that is still to come."""
    return {leg.day: leg.due_at for leg in own.to_come if leg.due_at > now}


async def _today(exchange: Exchange) -> date:
    return exchange.now.astimezone((await exchange.person()).zone).date()


async def _reminder(exchange: Exchange, own: OwnLetter, on: date) -> Reminder:
    person = await exchange.person()
    return reminder_on(on, own.letter, person.zone, hour=person.hour)


async def _when(exchange: Exchange, moment: datetime) -> Words:
    zone = (await exchange.person()).zone
    text = exchange.catalog.date_and_time(moment, zone, near=exchange.now)
    return Words.moment(text, moment, "wDt")


async def _button(exchange: Exchange, own: OwnLetter, day: int, to: date) -> Button:
    zone = (await exchange.person()).zone
    due_at = (await _reminder(exchange, own, to)).due_at
    label = exchange.catalog.date(due_at, zone, near=exchange.now)
    return MOVE_TO.labelled(label, Target(own.message_id, day, to.toordinal()))


def _back(exchange: Exchange, own: OwnLetter) -> Button:
    label = exchange.catalog.say("button-back-to-letter")
    return SHOW_LETTER.labelled(label, own.message_id)


FEATURE = Feature(presses={MOVE_DATE: ask, CHOOSE: choose, MOVE_TO: move_to})
