"""Other days for one letter than the usual ones, chosen in words while it can be changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from bot.botapi.buttons import ID, Button, Press, PressWith
from bot.chat import changing, letter_question, prompts, sealed, unclear_day
from bot.chat.changeable import find, on_press
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.letter_question import Question
from bot.dates import NoDay, last_day, read_days
from bot.letters import Letter, reminder_on
from bot.store import changes, letter_list, letters, reminders
from bot.store.changes import Changeable
from bot.store.letter_list import OwnLetter

ABOUT = "other-days"
MOST = 5
"""Days that may be chosen."""


@dataclass(frozen=True, slots=True)
class DaysAfter:
    """Days on which a letter may come, each so many after the one on which it was sealed."""

    message_id: int
    days: tuple[int, ...]

    @classmethod
    def read(cls, payload: str) -> Self:
        """Return what `str` made."""
        message_id, _, days = payload.partition(":")
        return cls(int(message_id), tuple(map(int, days.split("."))))

    @classmethod
    def of(cls, message_id: int, letter: Letter, days: Sequence[date]) -> Self:
        """Return the days of dates."""
        return cls(message_id, tuple((day - _sealed_on(letter)).days for day in days))

    def __str__(self) -> str:
        """Return it as a button carries it."""
        return f"{self.message_id}:{'.'.join(map(str, self.days))}"

    def dates(self, letter: Letter) -> tuple[date, ...]:
        """Return the dates that they are."""
        return tuple(_sealed_on(letter) + timedelta(days=day) for day in self.days)


LEAVE = Press("sealed:leave-days", "button-leave-letter")
ON_DAYS = PressWith(
    "sealed:on-days:", f"{ID}:[0-9]{{1,4}}(?:[.][0-9]{{1,4}}){{0,{MOST - 1}}}", DaysAfter.read
)


@on_press(sealed.OTHER_DAYS)
async def ask(exchange: Exchange, letter: Changeable) -> None:
    """Ask on which days a letter is to come back; until then it stays as it is."""
    text, leave_it = exchange.catalog.say("ask-other-days"), LEAVE.button(exchange.catalog)
    question = Question(ABOUT, letter.message_id)
    await letter_question.say_below(exchange, question, text, [leave_it])


async def leave(exchange: Exchange) -> None:
    """Leave the letter's days as they are."""
    await letter_question.end(exchange)
    exchange.edit("letter-left-as-it-is")


async def take(exchange: Exchange, question: Question, own: OwnLetter) -> None:
    """Take the sender's text as the days on which a letter comes back, or ask which are meant."""
    letter = await changes.of_message(
        exchange.tx, exchange.person_id, question.message_id, exchange.now
    )
    if letter is None:
        await _say_too_late(exchange)
        return
    text, language = exchange.message.text or "", exchange.catalog.language
    try:
        lists = read_days(text, await _today(exchange), language, most=MOST)
    except NoDay as problem:
        await unclear_day.say(exchange, question, problem)
        return
    if len(lists) == 1:
        await _come_on(exchange, own, letter, *lists)
        return
    buttons = [await _button(exchange, own, days) for days in lists]
    text = exchange.catalog.say("day-which" if len(lists[0]) == 1 else "days-which")
    await letter_question.say_below(exchange, question, text, buttons)


async def choose(exchange: Exchange) -> None:
    """Let a letter come back on the days that were chosen of two lists."""
    chosen, today = ON_DAYS.read(exchange.payload), await _today(exchange)
    letter = await find(exchange, chosen.message_id)
    if letter is None:
        return
    own = await letter_list.numbered(exchange.tx, exchange.person_id, letter.id)
    days = chosen.dates(own.letter) if own else ()
    if own is None or not all(today < day <= last_day(today) for day in days):
        prompts.say_stale(exchange)
    else:
        await _come_on(exchange, own, letter, days)


async def _come_on(
    exchange: Exchange, own: OwnLetter, letter: Changeable, days: Sequence[date]
) -> None:
    """Let a letter come on those days and no others, and say so, or that it is too late."""
    tx, person = exchange.tx, await exchange.person()
    due = [reminder_on(day, own.letter, person.zone, hour=person.hour) for day in days]
    if not await reminders.replace_days(tx, own.letter, due):
        await _say_too_late(exchange)
        return
    await letter_question.end(exchange)
    await changing.say_anew(exchange, letter)
    if found := await letters.sealed_from(tx, person.id, letter.message_id):
        days_said = sealed.days_of(exchange.catalog, found, person.zone)
        exchange.edit("other-days-chosen", days=days_said)


async def _button(exchange: Exchange, own: OwnLetter, days: Sequence[date]) -> Button:
    """Return the button for one of two lists of days."""
    catalog, person = exchange.catalog, await exchange.person()
    due = (reminder_on(day, own.letter, person.zone, hour=person.hour).due_at for day in days)
    label = ", ".join(catalog.date(each, person.zone, near=exchange.now) for each in due)
    return ON_DAYS.labelled(label, DaysAfter.of(own.message_id, own.letter, days))


async def _today(exchange: Exchange) -> date:
    return exchange.now.astimezone((await exchange.person()).zone).date()


def _sealed_on(letter: Letter) -> date:
    return letter.sealed_at.astimezone(letter.zone).date()


async def _say_too_late(exchange: Exchange) -> None:
    await letter_question.end(exchange)
    exchange.say("too-late-to-change")


FEATURE = Feature(presses={sealed.OTHER_DAYS: ask, LEAVE: leave, ON_DAYS: choose})
