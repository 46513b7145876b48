"""/start and /help, which know where their person stands, and a sample of how a letter arrives."""

from datetime import timedelta

from bot.botapi.buttons import Button, Press
from bot.chat import prompts
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.letter_list import NEXT
from bot.letters import Letter
from bot.messages.draft_resting import GO_ON
from bot.messages.message import Sending
from bot.messages.reminder import ReminderMessage
from bot.store import arrivals, drafts, letter_list
from bot.store.people import Person
from bot.text import Words

SAMPLE = Press("sample", "button-sample")


async def start(exchange: Exchange) -> None:
    """Greet, and say where the sender stands."""
    person = await exchange.person()
    if await letter_list.count(exchange.tx, person.id):
        greeting, buttons = await _welcome_back(exchange, person), _ways_on(exchange)
    else:
        after = exchange.catalog.after(exchange.services.days)
        greeting = exchange.catalog.say_words("start", after=after)
        buttons = [_write_first(exchange), SAMPLE.button(exchange.catalog)]
    if await _writes(exchange):
        _say_still_here(exchange, greeting)
    else:
        exchange.reply(greeting, buttons)


async def help_(exchange: Exchange) -> None:
    """Say what the bot can do, and that a letter being written is still there."""
    if await _writes(exchange):
        _say_still_here(exchange, exchange.catalog.say_words("help"))
    else:
        exchange.say("help")


async def show_sample(exchange: Exchange) -> None:
    """Show how a letter arrives; none is made."""
    catalog, person, day = exchange.catalog, await exchange.person(), exchange.services.days[0]
    letter = Letter(
        id=0,
        person_id=person.id,
        words=catalog.say_words("sample-words"),
        zone=person.zone,
        sealed_at=exchange.now - timedelta(days=day),
    )
    arriving = Sending(
        catalog=catalog, now=exchange.now, due_at=exchange.now, zone=person.zone, token=""
    )
    sample = ReminderMessage(letter=letter, day=day, last=False).in_chat(arriving)
    exchange.leave_buttons()
    for words in sample.parts:
        exchange.reply(words)
    exchange.say("sample", _write_first(exchange))


async def _writes(exchange: Exchange) -> bool:
    """Return whether the sender has a letter under way that isn't put aside."""
    draft = await drafts.draft_of(exchange.tx, exchange.person_id)
    return draft is not None and bool(draft.taken) and not draft.resting


def _say_still_here(exchange: Exchange, words: Words) -> None:
    """Say it, and that the letter being written is still there."""
    still_here = exchange.catalog.say_words("draft-still-here")
    exchange.reply(words.followed_by(still_here, "\n\n"), [GO_ON.button(exchange.catalog)])


async def _welcome_back(exchange: Exchange, person: Person) -> Words:
    catalog, now = exchange.catalog, exchange.now
    coming = await arrivals.to_come(exchange.tx, person.id, now)
    if coming.next_at is None:
        return catalog.say_words("start-none-to-come")
    date = Words.moment(catalog.date(coming.next_at, person.zone, near=now), coming.next_at, "wD")
    return catalog.count_words("start-again", coming.letters, date=date)


def _write_first(exchange: Exchange) -> Button:
    return Button(exchange.catalog.say("button-write-first"), prompts.WRITE.name)


def _ways_on(exchange: Exchange) -> list[Button]:
    say = exchange.catalog.say
    new = Button(say("button-write-new"), prompts.WRITE.name)
    return [new, NEXT.labelled(say("button-my-letters"), 0)]


FEATURE = Feature(presses={SAMPLE: show_sample}, commands={"help": help_, "start": start})
