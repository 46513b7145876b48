"""/letters: pages of a person's letters, edited in place, each with how it stands."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.botapi.buttons import ID, Button, PressWith, Row
from bot.chat import prompts
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.locales import Catalog
from bot.messages.answering import label_of
from bot.store import letter_list
from bot.store.letter_list import OwnLetter
from bot.store.standings import Standing
from bot.text import Words, beginning

SHOW_LETTER = PressWith("letters:show:", ID, int)
BACK_TO_LIST = PressWith("letters:list:", ID, int, "button-letters-list")
"""They carry the message that brought the letter."""
PREVIOUS = PressWith("letters:before:", ID, int, "button-letters-previous")
NEXT = PressWith("letters:page:", ID, int, "button-letters-next")
"""They carry how many letters stand before the page."""

PAGE = 5
FIRST_WORDS = 40
NOTHING = Words("")


async def list_letters(exchange: Exchange) -> None:
    """Show the sender's letters, the newest first."""
    await show_page(exchange, start=0)


async def turn_back(exchange: Exchange) -> None:
    """Show the page before."""
    await show_page(exchange, start=PREVIOUS.read(exchange.payload))


async def turn_on(exchange: Exchange) -> None:
    """Show the next page."""
    await show_page(exchange, start=NEXT.read(exchange.payload))


async def back_to_list(exchange: Exchange) -> None:
    """Show the page that a letter is on."""
    await show_page_with(exchange, BACK_TO_LIST.read(exchange.payload))


async def show_page_with(exchange: Exchange, message_id: int, said: Words = NOTHING) -> None:
    """Show the page that a letter is on, named by the message that brought it."""
    place = await letter_list.place(exchange.tx, exchange.person_id, message_id)
    await show_page(exchange, start=place, said=said)


async def show_page(exchange: Exchange, *, start: int, said: Words = NOTHING) -> None:
    """Show the page that has the letter after `start` others, or the last; `said` stands above.

    It takes the place of the message whose button was pressed, if one was.
    """
    number = await letter_list.count(exchange.tx, exchange.person_id)
    start = min(start, max(number - 1, 0)) // PAGE * PAGE
    shown = await letter_list.page(exchange.tx, exchange.person_id, start=start, size=PAGE)
    if not shown:
        none = exchange.catalog.say_words("letters-none")
        buttons: list[Row] = [prompts.WRITE.button(exchange.catalog)]
        exchange.reply(_under(said, none), buttons, edits=exchange.pressed)
        return
    zone = (await exchange.person()).zone
    lines = [_line(exchange, each, n, zone) for n, each in enumerate(shown, start + 1)]
    text = exchange.catalog.count_words("letters-head", number)
    for line in lines:
        text = text.followed_by(line, "\n")
    exchange.reply(
        _under(said, text), _buttons(exchange, shown, start, number), edits=exchange.pressed
    )


def first_words(own: OwnLetter) -> str:
    """Return how a letter begins."""
    return beginning(own.letter.words.text, FIRST_WORDS)


def _under(said: Words, text: Words) -> Words:
    return said.followed_by(text, "\n\n") if said.text else text


def _line(exchange: Exchange, own: OwnLetter, number: int, zone: ZoneInfo) -> Words:
    state = _state(exchange, own, zone)
    return exchange.catalog.say_words("letters-line", n=number, first=first_words(own), state=state)


def _state(exchange: Exchange, own: OwnLetter, zone: ZoneInfo) -> Words:
    """Return when a letter comes next, or that it came for the last time."""
    catalog, now = exchange.catalog, exchange.now
    moment = own.next_at(now)
    if moment is None:
        return Words(_ended(catalog, own))
    date = Words.moment(catalog.date(moment, zone, near=now), moment, "wD")
    return catalog.say_words(_name_of_next(own, now), date=date)


def _name_of_next(own: OwnLetter, now: datetime) -> str:
    """Return the name of what is said of when a letter comes next."""
    standings = {leg.standing for leg in own.legs}
    if Standing.UNCONFIRMED in standings:
        return "letters-next-unconfirmed"
    refused = any(leg.due_at > now for leg in own.legs if leg.standing is Standing.REFUSED)
    return "letters-next-refused" if refused else "letters-next"


def _ended(catalog: Catalog, own: OwnLetter) -> str:
    """Return that a letter came for the last time, with what was answered last."""
    if own.last_answer is None:
        return catalog.say("letters-done")
    return catalog.say("letters-done-answered", answer=label_of(catalog, own.last_answer))


def _buttons(exchange: Exchange, shown: list[OwnLetter], start: int, number: int) -> list[Row]:
    catalog = exchange.catalog
    numbers: list[Button] = [
        SHOW_LETTER.labelled(str(n), each.message_id) for n, each in enumerate(shown, start + 1)
    ]
    ways = []
    if start:
        ways.append(PREVIOUS.button(catalog, start - PAGE))
    if start + PAGE < number:
        ways.append(NEXT.button(catalog, start + PAGE))
    return [tuple(numbers), *([tuple(ways)] if ways else [])]


FEATURE = Feature(
    presses={BACK_TO_LIST: back_to_list, PREVIOUS: turn_back, NEXT: turn_on},
    commands={"letters": list_letters},
)
