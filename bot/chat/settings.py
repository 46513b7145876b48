"""/settings: the language that is spoken, and the hour at which letters arrive."""

from dataclasses import replace

from bot.botapi.buttons import Button, Press, PressWith
from bot.chat import privacy, settings_page
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.settings_page import BACK, DELETE, EXPORT, HOUR, LANGUAGE, hour_of_day
from bot.locales import LANGUAGES, Language, catalog, name_of
from bot.store import people

SPEAK = PressWith("settings:speak:", "[a-z]{2,3}", Language)
ARRIVE = PressWith("settings:arrive:", "[0-9]{1,2}", int)
AS_SEALED = Press("settings:arrive-as-sealed", "button-as-sealed")

_HOURS = ((6, 7, 8, 9), (10, 12, 15, 17), (18, 20, 21, 22))
_LAST_HOUR = 23
_CHOSEN = "✓ "


async def show(exchange: Exchange) -> None:
    """Show the sender's settings."""
    await settings_page.show(exchange)


async def ask_language(exchange: Exchange) -> None:
    """Ask which language to speak."""
    say, spoken = exchange.catalog.say_words, exchange.catalog.language
    buttons = [_marked(SPEAK.labelled(name_of(each), each), each == spoken) for each in LANGUAGES]
    await settings_page.put(exchange, say("settings-language"), [*buttons, _back(exchange)])


async def speak(exchange: Exchange) -> None:
    """Speak a language from now on, whatever Telegram says of its sender's."""
    language = SPEAK.read(exchange.payload)
    if language in LANGUAGES:
        person = await exchange.person()
        await people.choose_language(exchange.tx, person.id, language)
        exchange = replace(exchange, catalog=catalog(language))
    await settings_page.show(exchange)


async def ask_hour(exchange: Exchange) -> None:
    """Ask at what hour letters should arrive."""
    hour, speech = (await exchange.person()).hour, exchange.catalog
    as_sealed = _marked(AS_SEALED.button(speech), hour is None)
    rows = [
        tuple(_marked(ARRIVE.labelled(hour_of_day(speech, n), n), n == hour) for n in row)
        for row in _HOURS
    ]
    text = speech.say_words("settings-hour")
    await settings_page.put(exchange, text, [as_sealed, *rows, _back(exchange)])


async def arrive_at(exchange: Exchange) -> None:
    """Let letters arrive at an hour, those on their way too."""
    await _arrive(exchange, min(ARRIVE.read(exchange.payload), _LAST_HOUR))


async def arrive_as_sealed(exchange: Exchange) -> None:
    """Let each letter arrive at the time of day at which it was sealed."""
    await _arrive(exchange, None)


async def _arrive(exchange: Exchange, hour: int | None) -> None:
    before = await exchange.person()
    await people.choose_hour(exchange.tx, before.id, hour)
    note = await settings_page.moved(exchange, before, replace(before, hour=hour))
    await settings_page.show(exchange, note if hour != before.hour else None)


def _marked(button: Button, chosen: bool) -> Button:  # noqa: FBT001 - whether it is the one
    return replace(button, label=f"{_CHOSEN}{button.label}") if chosen else button


def _back(exchange: Exchange) -> Button:
    return BACK.button(exchange.catalog)


FEATURE = Feature(
    presses={
        BACK: show,
        LANGUAGE: ask_language,
        SPEAK: speak,
        HOUR: ask_hour,
        ARRIVE: arrive_at,
        AS_SEALED: arrive_as_sealed,
        EXPORT: privacy.export,
        DELETE: privacy.ask_whether,
    },
    commands={"settings": show},
)
