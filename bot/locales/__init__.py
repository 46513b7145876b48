"""All that people read, on buttons too: each language is a folder here, which alone names it.

Messages have short names instead of an original text, so that every language is written as such.
The gettext catalogs (`<language>/LC_MESSAGES/bot.po`) are compiled when first asked for. What a
language needs besides words (patterns of dates, CSS, plural forms) is in its catalog, too; how its
people write days is in `dates.toml`.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, NewType
from zoneinfo import ZoneInfo

from babel import Locale, dates
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from bot.locales.particles import Spoken
from bot.text import Words, fill

Language = NewType("Language", str)
"""A language there is a catalog for: its ISO 639-1 code, which is its folder's name."""

_FOLDER = Path(__file__).parent
_FILE = Path("LC_MESSAGES", "bot.po")
_DATES = "dates.toml"

LANGUAGES = tuple(Language(file.parts[-3]) for file in sorted(_FOLDER.glob(f"*/{_FILE}")))
"""All of them."""


class Catalog:
    """Everything the program says, in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._locale = Locale.parse(language)
        self._messages = _compiled(language)

    def say(self, name: str, /, **values: object) -> str:
        """Return the message of that name, its {places} filled.

        Raises KeyError where the catalog has no such message or a place is left empty.
        """
        return self._message(name).format_map(_spoken(values))

    def say_words(self, name: str, /, **values: object) -> Words:
        """Return what `say` does; the formatting of a value that is Words stays on it."""
        return fill(self._message(name), _spoken(values))

    def count(self, name: str, n: int, /, **values: object) -> str:
        """Return the message of that name in the form that goes with `n`, which fills {n}.

        Raises KeyError as `say` does.
        """
        return self._counted(name, n).format_map(_spoken({"n": f"{n:,}", **values}))

    def count_words(self, name: str, n: int, /, **values: object) -> Words:
        """Return what `count` does; the formatting of a value that is Words stays on it."""
        return fill(self._counted(name, n), _spoken({"n": f"{n:,}", **values}))

    def after(self, days: Sequence[int]) -> str:
        """Return when letters come back: after these days, at least one of them."""
        listed = self.say("days-joint").join(f"{day:,}" for day in days)
        return self.count("after-days", days[-1], days=listed)

    def date(self, moment: datetime, zone: ZoneInfo, near: datetime | None = None) -> str:
        """Return the day as people there write it, with its weekday.

        The year is left out where it is that of `near`, the moment it is read or thought of.
        """
        there = moment.astimezone(zone)
        same_year = near is not None and near.astimezone(zone).year == there.year
        pattern = self.say("day-pattern" if same_year else "date-pattern")
        return dates.format_date(there, format=pattern, locale=self._locale)

    def time(self, moment: datetime, zone: ZoneInfo) -> str:
        """Return the hour as people there write it, and the minute unless it is 0."""
        there = moment.astimezone(zone)
        pattern = self.say("time-pattern" if there.minute else "hour-pattern")
        return dates.format_time(there, format=pattern, locale=self._locale)

    def date_and_time(self, moment: datetime, zone: ZoneInfo, near: datetime | None = None) -> str:
        """Return the day and the hour, as `date` and `time` do."""
        date, time = self.date(moment, zone, near), self.time(moment, zone)
        return self.say("date-and-time", date=date, time=time)

    def _message(self, name: str) -> str:
        text = self._messages.gettext(name)
        if text == name:
            raise KeyError(name)
        return text

    def _counted(self, name: str, n: int) -> str:
        text = self._messages.ngettext(name, name, n)
        if text == name:
            raise KeyError(name)
        return text


@cache
def catalog(language: Language) -> Catalog:
    """Return a language's catalog."""
    return Catalog(language)


def language_of(code: str | None, default: Language) -> Language:
    """Return the language for an IETF tag such as `ko-KR`; `default` for one without a catalog."""
    primary = (code or "").replace("_", "-").partition("-")[0].lower()
    return Language(primary) if primary in LANGUAGES else default


def date_phrases(language: Language) -> Mapping[str, Any]:
    """Return how a language's people write days, as `bot.dates` reads it."""
    return tomllib.loads((_FOLDER / language / _DATES).read_text(encoding="utf-8"))


def name_of(language: Language) -> str:
    """Return what a language is called by those who speak it."""
    return Locale.parse(language).get_display_name() or language


def _spoken(values: Mapping[str, object]) -> Mapping[str, object]:
    return {name: _aloud(value) for name, value in values.items()}


def _aloud(value: object) -> object:
    if isinstance(value, Words):
        return replace(value, text=Spoken(value.text))
    return Spoken(value) if isinstance(value, str) else value


def _compiled(language: Language) -> Translations:
    with (_FOLDER / language / _FILE).open("rb") as file:
        messages = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return Translations(compiled)
