"""Days as people write them (`다음 달 3일`, `in 2 weeks`, `1/8`), in every language there is."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum

from bot.dates.calendar import add_months, day_of
from bot.dates.phrases import Found, phrases
from bot.locales import LANGUAGES, Language

LONGEST = 40
"""Characters that are read: a day among a few other words."""

LONGEST_LIST = 200
"""Characters that are read where several days may be among them."""

YEARS_AHEAD = 5
"""How far ahead a day may be."""

_TWO = 2


class Flaw(StrEnum):
    """Why a text gives no day that a letter may come on; the value names what is said of it."""

    UNCLEAR = "day-unclear"
    NOT_THERE = "day-not-there"
    TOO_SOON = "day-too-soon"
    TOO_FAR = "day-too-far"
    TOO_MANY = "days-too-many"


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
    found = _found_in(text, language, LONGEST)
    return _fit((each for phrase in found for each in phrase), today)


def read_days(
    text: str, today: date, language: Language, *, most: int
) -> tuple[tuple[date, ...], ...]:
    """Return the days that a text gives, in order, or the two lists of days that it may mean.

    They are read as `read_day` reads one (`in 3 days and in 2 months`), numbers alone (`3, 100`) as
    so many days from today. Raises NoDay where one of them is none, where they are more than
    `most`, and of a text past `LONGEST_LIST` characters.
    """
    if counted := _counted_in(text, language):
        found = [[Found({}, ((n, "day"),))] for n in counted]
    else:
        found = _found_in(text, language, LONGEST_LIST)
    lists: list[tuple[date, ...]] = []
    problem = None
    for way in range(max(map(len, found))):
        try:
            lists.append(_in_one_way(found, way, today))
        except NoDay as no_day:
            problem = problem or no_day
    if problem and not lists:
        raise problem
    if any(len(days) > most for days in lists):
        raise NoDay(Flaw.TOO_MANY)
    return tuple(sorted(set(lists)))


def _in_one_way(found: list[list[Found]], way: int, today: date) -> tuple[date, ...]:
    """Return the days of phrases, each that can be read in several ways read in that one."""
    days: set[date] = set()
    for phrase in found:
        one = phrase[way] if len(phrase) > 1 else phrase[0]
        days.update(day for each in _apart(one) for day in _fit([each], today))
    return tuple(sorted(days))


def _counted_in(text: str, language: Language) -> list[int]:
    """Return the numbers that a text is and no more, or none."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if len(plain) > LONGEST_LIST:
        return []
    read = (phrases(each).counted(plain) for each in dict.fromkeys((language, *LANGUAGES)))
    return next((numbers for numbers in read if numbers), [])


def last_day(today: date) -> date:
    """Return the last day that a letter may come on."""
    return add_months(today, 12 * YEARS_AHEAD)


def _found_in(text: str, language: Language, longest: int) -> list[list[Found]]:
    """Return each phrase in a text that gives a day, in the ways in which it can be read."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if len(plain) > longest:
        raise NoDay(Flaw.UNCLEAR)
    for each in dict.fromkeys((language, *LANGUAGES)):
        ways = phrases(each)
        if ways.tells_of_past(plain):
            raise NoDay(Flaw.TOO_SOON)
        if found := ways.find(plain):
            return found
    raise NoDay(Flaw.UNCLEAR)


def _apart(found: Found) -> Iterator[Found]:
    """Yield the lengths of time that stand in a row: one ends where no smaller unit follows."""
    sizes = ("day", "week", "month", "year")
    length: list[tuple[int, str]] = []
    for number, unit in found.length:
        if length and sizes.index(unit) >= sizes.index(length[-1][1]):
            yield replace(found, length=tuple(length))
            length = []
        length.append((number, unit))
    yield replace(found, length=tuple(length))


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
