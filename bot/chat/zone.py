"""Where a person is: asked by a city or by the time that it is there."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.botapi.buttons import Button, Press, PressWith, Row
from bot.chat import drafting, settings_page
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.reading import leaves_it
from bot.chat.settings_page import BACK, ZONE
from bot.drafts import Draft
from bot.email_address import looks_like_address
from bot.locales import zones
from bot.store import people
from bot.store.people import Person

ELSEWHERE = Press("settings:elsewhere", "button-elsewhere")
CHOOSE = PressWith("zone:", "[A-Za-z_/+-]{1,40}", str)

_ASKED = "zone"
_WAITED_FOR = timedelta(hours=1)
_WORDS, _WORDS_OF_LETTER = 6, 2  # that an answer may have, and one while a letter is written


async def ask(exchange: Exchange) -> None:
    """Ask where the sender is."""
    await _note_asked(exchange)
    back = BACK.button(exchange.catalog)
    await settings_page.put(exchange, exchange.catalog.say_words("settings-zone"), [back])


async def ask_below(exchange: Exchange) -> None:
    """Ask it below the message whose button was pressed, which keeps its other buttons."""
    exchange.leave_buttons(*_others(exchange))
    await _note_asked(exchange)
    exchange.say("settings-zone", BACK.button(exchange.catalog))


async def offer(exchange: Exchange, person: Person) -> list[Button]:
    """Return the button by which somebody may say where they are: once, and if it is likely news.

    That is where the language they speak isn't one of the country's whose zone is taken for theirs.
    """
    catalog = exchange.catalog
    if person.zone_chosen or zones.is_spoken(catalog.language, person.zone):
        return []
    if not await people.note_zone_offered(exchange.tx, person.id):
        return []
    return [ELSEWHERE.button(catalog, city=zones.city(person.zone, catalog.language))]


async def is_asked(exchange: Exchange) -> bool:
    """Return whether the sender was asked where they are, and may still answer."""
    since = exchange.now - _WAITED_FOR
    return await people.asked(exchange.tx, exchange.person_id, since=since) == _ASKED


async def takes_text(exchange: Exchange, draft: Draft | None) -> bool:
    """Take a text as where the sender is, if that was asked; returns whether it was one.

    `draft` is the letter under way: what may be words of it is left to it.
    """
    if not await is_asked(exchange):
        return False
    text = exchange.message.text or ""
    if leaves_it(text):
        await settings_page.show(exchange)
        return True
    writing = draft is not None and not draft.is_none
    may_be = len(text.split()) <= (_WORDS_OF_LETTER if writing else _WORDS)
    found = zones.find(text, exchange.now) if may_be else ()
    if not found and (writing or not may_be or looks_like_address(text)):
        return False
    await _settle_on(exchange, found)
    return True


async def choose(exchange: Exchange) -> None:
    """Take a zone that was offered."""
    zone = zones.known(CHOOSE.read(exchange.payload))
    if zone is None:
        await settings_page.show(exchange)
    else:
        await _take(exchange, zone)


async def _settle_on(exchange: Exchange, found: tuple[ZoneInfo, ...]) -> None:
    say, back = exchange.catalog.say_words, BACK.button(exchange.catalog)
    if len(found) == 1:
        await _take(exchange, found[0])
    elif found:
        buttons = [_offered(exchange, each) for each in found]
        await settings_page.put(exchange, say("zone-which"), [*buttons, back])
    else:
        await settings_page.put(exchange, say("zone-unknown"), [back])


async def _take(exchange: Exchange, zone: ZoneInfo) -> None:
    before = await exchange.person()
    await people.choose_zone(exchange.tx, before.id, zone)
    note = await settings_page.moved(exchange, before, replace(before, zone=zone))
    await settings_page.show(exchange, note if zone.key != before.zone.key else None)


async def _note_asked(exchange: Exchange) -> None:
    await drafting.ask_no_more(exchange)
    person = await exchange.person()
    await people.note_asked(exchange.tx, person.id, _ASKED, exchange.now)


def _offered(exchange: Exchange, zone: ZoneInfo) -> Button:
    catalog = exchange.catalog
    time = catalog.time(exchange.now, zone)
    label = catalog.say("button-city", city=zones.city(zone, catalog.language), time=time)
    return CHOOSE.labelled(label, zone.key)


def _others(exchange: Exchange) -> list[Row]:
    """Return the other buttons of the message whose button was pressed."""
    markup = exchange.message.reply_markup
    rows = markup.inline_keyboard if markup else ()
    kept = ([each for each in row if each.callback_data != ELSEWHERE.name] for row in rows)
    return [tuple(Button(b.text, str(b.callback_data)) for b in row) for row in kept if row]


FEATURE = Feature(presses={ZONE: ask, ELSEWHERE: ask_below, CHOOSE: choose})
