"""What is said of a sealed letter: its words and its days, in one message that answers its own.

While the letter can be changed that message has buttons, and is edited with the letter.
"""

from zoneinfo import ZoneInfo

from bot.botapi.buttons import ID, Button, PressWith, Row
from bot.chat.exchange import Exchange
from bot.locales import Catalog
from bot.store import changes, letters, slots
from bot.store.letters import Sealed
from bot.store.replies import Reply
from bot.text import Words

CHANGE = PressWith("sealed:change:", ID, int, "button-change")
CHANGE_ADDRESS = PressWith("sealed:address:", ID, int, "button-change-its-address")
TAKE_BACK = PressWith("sealed:take-back:", ID, int, "button-take-back")
OTHER_DAYS = PressWith("sealed:days:", ID, int, "button-other-days")
"""They carry the first of the letter's messages, whose number no other message ever has."""

_LONGEST_QUOTE = 3_000  # code units; what is said around it has room beside that
_GAP = "\n[…]\n"
_SIGN = "✍"


async def say(exchange: Exchange, sealed: Sealed, message_id: int, *more: Button) -> None:
    """Say that a letter is sealed, in answer to its first message, or edit what says so.

    It has `more` buttons under those that change the letter.
    """
    await _say(exchange, sealed, message_id, *more)
    exchange.react(_SIGN, message_id)


async def say_anew(exchange: Exchange) -> None:
    """Edit what says so of the letters that can be changed: when or where they come is another."""
    for message_id in await changes.all_of(exchange.tx, exchange.person_id, exchange.now):
        if found := await letters.sealed_from(exchange.tx, exchange.person_id, message_id):
            await _say(exchange, found, message_id)


async def _say(exchange: Exchange, sealed: Sealed, message_id: int, *more: Button) -> None:
    zone = (await exchange.person()).zone
    exchange.reply(
        _text(exchange.catalog, sealed, zone, changeable=True),
        [*_buttons(exchange.catalog, sealed, message_id), *more],
        slot=slot_of(message_id),
        reply_to=message_id,
    )


async def take_away(exchange: Exchange, message_id: int) -> None:
    """Take back what says that a letter is sealed: it is said anew elsewhere."""
    place = await slots.find(exchange.tx, exchange.person_id, slot_of(message_id))
    await slots.forget(exchange.tx, exchange.person_id, slot_of(message_id))
    if place and place.message_id:
        exchange.take_back(place.message_id)


def closing(catalog: Catalog, sealed: Sealed, message_id: int, zone: ZoneInfo) -> Reply:
    """Return what is said of a letter, in the same place, once it can't be changed any more."""
    text = _text(catalog, sealed, zone, changeable=False)
    return Reply(words=text, slot=slot_of(message_id), closes=True, reply_to=message_id)


def slot_of(message_id: int) -> str:
    """Return the place of what is said of a letter, by the letter's first message."""
    return f"sealed:{message_id}"


def days_of(catalog: Catalog, sealed: Sealed, zone: ZoneInfo) -> Words:
    """Return on which days a letter comes back."""
    near = sealed.letter.sealed_at
    due = (each.due_at for each in sealed.reminders)
    days = [Words.moment(catalog.date(each, zone, near=near), each, "wD") for each in due]
    *before, last = days
    if not before:
        return last
    listed = before[0]
    for day in before[1:]:
        listed = listed.followed_by(day, ", ")
    return catalog.say_words("days-listed", days=listed, last=last)


def _text(catalog: Catalog, sealed: Sealed, zone: ZoneInfo, *, changeable: bool) -> Words:
    words = sealed.letter.words.shortened(_LONGEST_QUOTE, _GAP)
    return catalog.say_words(
        "sealed",
        words=words if words.holds_quote else words.quoted(),
        when=_when(catalog, sealed, zone),
        change=catalog.say("sealed-changeable" if changeable else "sealed-closed"),
    )


def _when(catalog: Catalog, sealed: Sealed, zone: ZoneInfo) -> Words:
    """Return on which days a letter comes, where, and at what time."""
    first = sealed.reminders[0].due_at
    days = days_of(catalog, sealed, zone)
    time = Words.moment(catalog.time(first, zone), first, "t")
    if sealed.address is None or not sealed.mailed:
        return catalog.say_words("sealed-when", days=days, time=time)
    address = sealed.address.address
    return catalog.say_words("sealed-when-mailed", days=days, time=time, address=address)


def _buttons(catalog: Catalog, sealed: Sealed, message_id: int) -> list[Row]:
    change, take_back = (press.button(catalog, message_id) for press in (CHANGE, TAKE_BACK))
    name = "button-add-its-address" if sealed.address is None else CHANGE_ADDRESS.label
    address = CHANGE_ADDRESS.labelled(catalog.say(name), message_id)
    return [(change, address, take_back), OTHER_DAYS.button(catalog, message_id)]
