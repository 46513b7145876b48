"""The message that shows a person's settings, edited in place while they choose."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.botapi.buttons import Press, Row
from bot.chat import sealed
from bot.chat.exchange import Exchange
from bot.locales import Catalog, name_of, zones
from bot.store import addresses, arrivals, people, slots
from bot.store.people import Person
from bot.text import Words

BACK = Press("settings", "button-settings")
LANGUAGE = Press("settings:language", "button-language")
ZONE = Press("settings:zone", "button-zone")
HOUR = Press("settings:hour", "button-hour")
ADDRESS = Press("settings:address", "button-address")
EXPORT = Press("settings:export", "button-my-data")
DELETE = Press("settings:delete", "button-erase-all")

_PAGE = "settings"
_ROWS = ((LANGUAGE, ZONE), (HOUR, ADDRESS), (EXPORT, DELETE))


async def show(exchange: Exchange, note: Words | None = None) -> None:
    """Show the sender's settings, and a note under them; what was asked is asked no more."""
    person = await exchange.person()
    await people.note_asked(exchange.tx, person.id, None, exchange.now)
    text = await _overview(exchange, person)
    if note is not None:
        text = text.followed_by(note, "\n\n")
    rows = [tuple(press.button(exchange.catalog) for press in row) for row in _ROWS]
    await put(exchange, text, rows)


async def put(exchange: Exchange, text: Words, rows: Sequence[Row]) -> None:
    """Say it in the message whose button was pressed, or anew; it is the only one with buttons."""
    tx, chat_id, pressed = exchange.tx, exchange.person_id, exchange.pressed
    page = await slots.find(tx, chat_id, _PAGE)
    if page and page.message_id and page.message_id != pressed:
        exchange.take_buttons(page.message_id)
    if pressed is None:
        await slots.forget(tx, chat_id, _PAGE)
    else:
        await slots.put(tx, chat_id, _PAGE, pressed)
    exchange.reply(text, rows, slot=_PAGE)


async def moved(exchange: Exchange, before: Person, after: Person) -> Words | None:
    """Move what is still to come, and return what is said of it; None where nothing is."""
    await arrivals.move(exchange.tx, before, after, exchange.now)
    await sealed.say_anew(exchange)
    coming = await arrivals.to_come(exchange.tx, after.id, exchange.now)
    if coming.next_at is None:
        return None
    when = exchange.catalog.date_and_time(coming.next_at, after.zone, near=exchange.now)
    moment = Words.moment(when, coming.next_at, "wDt")
    return exchange.catalog.say_words("settings-moved", when=moment)


def hour_of_day(catalog: Catalog, hour: int) -> str:
    """Return an hour as people write it."""
    return catalog.time(datetime(2000, 1, 1, hour, tzinfo=UTC), ZoneInfo("UTC"))


async def _overview(exchange: Exchange, person: Person) -> Words:
    catalog, language = exchange.catalog, exchange.catalog.language
    return catalog.say_words(
        "settings",
        language=name_of(language),
        city=zones.city(person.zone, language),
        time=catalog.time(exchange.now, person.zone),
        arrives=_arrives(catalog, person),
        address=await _address(exchange, person),
    )


def _arrives(catalog: Catalog, person: Person) -> str:
    if person.hour is None:
        return catalog.say("settings-hour-of-sealing")
    return catalog.say("settings-at-hour", hour=hour_of_day(catalog, person.hour))


async def _address(exchange: Exchange, person: Person) -> str:
    offered = await addresses.usable(exchange.tx, person.id, limit=1)
    if not offered:
        return await _unusable(exchange, person)
    [first] = offered
    if first.confirmed:
        return first.address
    return exchange.catalog.say("settings-unconfirmed", address=first.address)


async def _unusable(exchange: Exchange, person: Person) -> str:
    """Return why there is no address to be offered."""
    found = await addresses.unusable(exchange.tx, person.id)
    if found is None:
        return exchange.catalog.say("settings-no-address")
    address, refused = found
    name = "settings-refused" if refused else "settings-stopped"
    return exchange.catalog.say(name, address=address.address)
