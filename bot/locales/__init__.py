"""The two languages people are spoken to in.

Messages have short names instead of an original text, so that both languages are written as such.
The gettext catalogs (`<language>/LC_MESSAGES/bot.po`) are compiled when first asked for.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, dates
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations


class Language(StrEnum):
    """A language there is a catalog for."""

    KO = "ko"
    EN = "en"


class Catalog:
    """Everything the program says, in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._locale = Locale.parse(language.value)
        self._messages = _compiled(language)

    def say(self, name: str, /, **values: object) -> str:
        """Return the message of that name, its {places} filled.

        Raises KeyError where the catalog has no such message or a place is left empty.
        """
        text = self._messages.gettext(name)
        if text == name:
            raise KeyError(name)
        return text.format_map(values)

    def count(self, name: str, n: int, /, **values: object) -> str:
        """Return the message of that name in the form that goes with `n`, which fills {n}.

        Raises KeyError as `say` does.
        """
        text = self._messages.ngettext(name, name, n)
        if text == name:
            raise KeyError(name)
        return text.format_map({"n": f"{n:,}", **values})

    def after(self, days: Sequence[int]) -> str:
        """Return when letters come back: after these days, at least one of them."""
        listed = self.say("days-joint").join(f"{day:,}" for day in days)
        return self.count("after-days", days[-1], days=listed)

    def date(self, moment: datetime, zone: ZoneInfo) -> str:
        """Return the day as people there write it, with its weekday."""
        return dates.format_date(moment.astimezone(zone), format="full", locale=self._locale)

    def time(self, moment: datetime, zone: ZoneInfo) -> str:
        """Return the hour and minute as people there write them."""
        pattern = self.say("time-pattern")
        return dates.format_time(moment.astimezone(zone), format=pattern, locale=self._locale)

    def date_and_time(self, moment: datetime, zone: ZoneInfo) -> str:
        """Return the day and the hour, as `date` and `time` do."""
        return self.say("date-and-time", date=self.date(moment, zone), time=self.time(moment, zone))


@cache
def catalog(language: Language) -> Catalog:
    """Return a language's catalog."""
    return Catalog(language)


def language_of(code: str | None, default: Language) -> Language:
    """Return the language for an IETF tag such as `ko-KR`; `default` for one without a catalog."""
    primary = (code or "").replace("_", "-").partition("-")[0].lower()
    return Language(primary) if primary in set(Language) else default


def _compiled(language: Language) -> Translations:
    source = Path(__file__).parent / language.value / "LC_MESSAGES" / "bot.po"
    with source.open("rb") as file:
        messages = read_po(file, locale=language.value)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return Translations(compiled)
