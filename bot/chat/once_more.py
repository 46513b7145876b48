"""A letter comes back once more: in a month, in a year, or on a day of its person's own.

The day is asked for, and the sender's next text gives it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from bot.botapi.buttons import ID, Button, PressWith
from bot.chat import letter_question, prompts, unclear_day
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.letter_question import Question
from bot.chat.returned import find
from bot.chat.what_next import IN_A_MONTH, IN_A_YEAR, ON_A_DATE
from bot.dates import Flaw, NoDay, last_day, read_day
from bot.dates.calendar import add_months
from bot.letters import Letter, reminder_on
from bot.store import letter_list, reminders, sealing
from bot.store.letter_list import OwnLetter
from bot.text import Words

ABOUT = "once-more"


@dataclass(frozen=True, slots=True)
class OnDay:
    """The letter that a message brought, and the day of a date (`date.toordinal`)."""

    message_id: int
    ordinal: int

    @classmethod
    def read(cls, payload: str) -> Self:
        """Return what `str` made."""
        return cls(*map(int, payload.split(":")))

    def __str__(self) -> str:
        return f"{self.message_id}:{self.ordinal}"


ON_DAY = PressWith("letter:on-day:", f"{ID}:[0-9]{{1,7}}", OnDay.read)


async def in_a_month(exchange: Exchange) -> None:
    """Let the letter come back once more in a month."""
    await _come_back(exchange, months=1)


async def in_a_year(exchange: Exchange) -> None:
    """Let the letter come back once more in a year."""
    await _come_back(exchange, months=12)


async def ask_for_date(exchange: Exchange) -> None:
    """Ask for the day on which the letter is to come back once more."""
    returned = await find(exchange, exchange.payload)
    if returned is not None and returned.reminder.message_id is not None:
        question = Question(ABOUT, returned.reminder.message_id)
        text = exchange.catalog.say("once-more-when")
        await letter_question.say(exchange, question, text, ())


async def take(exchange: Exchange, question: Question, own: OwnLetter) -> None:
    """Take the sender's text as that day, or ask which of two it is."""
    catalog, today = exchange.catalog, await _today(exchange)
    try:
        days = read_day(exchange.message.text or "", today, catalog.language)
    except NoDay as problem:
        await unclear_day.say(exchange, question, problem)
        return
    if len(days) == 1:
        await _owe(exchange, own.letter, *days)
    else:
        buttons = [await _button(exchange, own, day) for day in days]
        await letter_question.say(exchange, question, catalog.say("day-which"), buttons)


async def on_day(exchange: Exchange) -> None:
    """Let the letter come back on the day that was chosen of two."""
    chosen, today = ON_DAY.read(exchange.payload), await _today(exchange)
    own = await letter_list.find(exchange.tx, exchange.person_id, chosen.message_id)
    if own is None:
        exchange.leave_buttons()
        exchange.say("letter-gone-already")
    elif chosen.ordinal <= today.toordinal():
        exchange.say(Flaw.TOO_SOON.value)
    elif chosen.ordinal > last_day(today).toordinal():
        exchange.say(Flaw.TOO_FAR.value)
    else:
        await _owe(exchange, own.letter, date.fromordinal(chosen.ordinal))


async def _come_back(exchange: Exchange, *, months: int) -> None:
    if returned := await find(exchange, exchange.payload):
        on = add_months(await _today(exchange), months)
        await _owe(exchange, returned.reminder.letter, on)


async def _owe(exchange: Exchange, letter: Letter, on: date) -> None:
    """Owe the letter on that day, and say so where that was pressed, or below what was typed.

    It is owed only once it came for the last time; of one still to come it is said when that is.
    """
    await letter_question.end(exchange)
    tx, person = exchange.tx, await exchange.person()
    own = await letter_list.numbered(tx, person.id, letter.id)
    if own is not None and (coming := own.comes_at(exchange.now)):
        await _say_when(exchange, coming)
        return
    full_until = await sealing.room_on_the_way(tx, person.id, exchange.services.caps, exchange.now)
    if full_until is not None:
        await prompts.say_when(exchange, "once-more-capped", full_until)
        return
    reminder = reminder_on(on, letter, person.zone, hour=person.hour)
    if await reminders.owe_once_more(tx, letter, reminder):
        await _say_when(exchange, reminder.due_at)
    else:
        exchange.edit("letter-often-enough")


async def _say_when(exchange: Exchange, due_at: datetime) -> None:
    zone = (await exchange.person()).zone
    when = exchange.catalog.date_and_time(due_at, zone, near=exchange.now)
    exchange.edit("letter-once-more", when=Words.moment(when, due_at, "wDt"))


async def _button(exchange: Exchange, own: OwnLetter, on: date) -> Button:
    person = await exchange.person()
    due_at = reminder_on(on, own.letter, person.zone, hour=person.hour).due_at
    label = exchange.catalog.date(due_at, person.zone, near=exchange.now)
    return ON_DAY.labelled(label, OnDay(own.message_id, on.toordinal()))


async def _today(exchange: Exchange) -> date:
    return exchange.now.astimezone((await exchange.person()).zone).date()


FEATURE = Feature(
    presses={
        IN_A_MONTH: in_a_month,
        IN_A_YEAR: in_a_year,
        ON_A_DATE: ask_for_date,
        ON_DAY: on_day,
    }
)
