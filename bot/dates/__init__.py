"""Days as people write them (`다음 달 3일`, `in 2 weeks`, `1/8`), in every language there is."""

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from enum import StrEnum

from bot.dates.calendar import add_months, day_of
from bot.dates.phrases import Found, phrases
from bot.locales import LANGUAGES, Language

LONGEST = 80
"""Characters that are read: a day among a few other words."""

YEARS_AHEAD = 5
"""How far ahead a day may be."""

_TWO = 2


class Flaw(StrEnum):
    """Why a text gives no day that a letter may come on; the value names what is said of it."""

    UNCLEAR = "day-unclear"
    NOT_THERE = "day-not-there"
    TOO_SOON = "day-too-soon"
    TOO_FAR = "day-too-far"


class NoDay(Exception):
    """A text gives no day that a letter may come on."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw)
        self.flaw = flaw


def read_day(text: str, today: date, language: Language) -> tuple[date, ...]:
    """Return the day that a text gives, or the two that it may mean, the nearer first.

    It is read as that language's people write days, else as any other's: `1/8` is two days in
    English. A day without a year is the next such. Raises NoDay where there is none from tomorrow
    to `YEARS_AHEAD` years after `today`, or more than two, and of a text past `LONGEST` characters.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    if len(plain) > LONGEST:
        raise NoDay(Flaw.UNCLEAR)
    for each in dict.fromkeys((language, *LANGUAGES)):
        ways = phrases(each)
        if ways.tells_of_past(plain):
            raise NoDay(Flaw.TOO_SOON)
        if found := ways.find(plain):
            return _fit(found, today)
    raise NoDay(Flaw.UNCLEAR)


def last_day(today: date) -> date:
    """Return the last day that a letter may come on."""
    return add_months(today, 12 * YEARS_AHEAD)


def _fit(found: Iterable[Found], today: date) -> tuple[date, ...]:
    """Return those of the days found on which a letter may come. Raises NoDay."""
    days = sorted(set(_days(found, today)))
    if not days:
        raise NoDay(Flaw.NOT_THERE)
    coming = [day for day in days if day > today]
    if not coming:
        raise NoDay(Flaw.TOO_SOON)
    near = [day for day in coming if day <= last_day(today)]
    if not near:
        raise NoDay(Flaw.TOO_FAR)
    if len(near) > _TWO:
        raise NoDay(Flaw.UNCLEAR)
    return tuple(near)


def _days(found: Iterable[Found], today: date) -> Iterator[date]:
    """Yield each day that is in the calendar; one past its end is the last."""
    for each in found:
        try:
            yield day_of(each, today)
        except OverflowError:
            yield today + timedelta(days=366 * (YEARS_AHEAD + 1))
        except ValueError:
            continue
