"""Other days for one letter than the usual ones, chosen in words while it can be changed."""

from datetime import date

from bot.botapi.buttons import Press
from bot.chat import changing, letter_question, sealed, unclear_day
from bot.chat.changeable import on_press
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.letter_question import Question
from bot.dates import NoDay, read_days
from bot.letters import reminder_on
from bot.store import changes, letters, reminders
from bot.store.changes import Changeable
from bot.store.letter_list import OwnLetter

ABOUT = "other-days"
MOST = 5
"""Days that may be chosen."""

LEAVE = Press("sealed:leave-days", "button-leave-letter")


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
    """Take the sender's text as the days on which a letter comes back."""
    tx, person = exchange.tx, await exchange.person()
    letter = await changes.of_message(tx, person.id, question.message_id, exchange.now)
    if letter is None:
        await _say_too_late(exchange)
        return
    today = exchange.now.astimezone(person.zone).date()
    try:
        text, language = exchange.message.text or "", exchange.catalog.language
        days = read_days(text, today, language, most=MOST)
    except NoDay as problem:
        await unclear_day.say(exchange, question, problem)
        return
    if not await _come_on(exchange, own, days):
        await _say_too_late(exchange)
        return
    await letter_question.end(exchange)
    await changing.say_anew(exchange, letter)
    if found := await letters.sealed_from(tx, person.id, question.message_id):
        days_said = sealed.days_of(exchange.catalog, found, person.zone)
        exchange.say("other-days-chosen", days=days_said)


async def _come_on(exchange: Exchange, own: OwnLetter, days: tuple[date, ...]) -> bool:
    """Let a letter come on those days and no others; False if it is too late for that."""
    person = await exchange.person()
    due = [reminder_on(day, own.letter, person.zone, hour=person.hour) for day in days]
    return await reminders.replace_days(exchange.tx, own.letter, due)


async def _say_too_late(exchange: Exchange) -> None:
    await letter_question.end(exchange)
    exchange.say("too-late-to-change")


FEATURE = Feature(presses={sealed.OTHER_DAYS: ask, LEAVE: leave})
