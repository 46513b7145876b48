"""Which day the parts of a phrase come to, counted from today."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import MAXYEAR, date, timedelta

from bot.dates.phrases import Found
from bot.dates.slots import Length

_MONTHS_A_YEAR = 12
_TO_A_LEAP_DAY = 8
"""Years in which a 29 February comes for certain."""


def add_months(day: date, months: int) -> date:
    """Return the same day so many months on, or that month's last. Raises OverflowError."""
    year, month = divmod(day.year * _MONTHS_A_YEAR + day.month - 1 + months, _MONTHS_A_YEAR)
    if year > MAXYEAR:
        raise OverflowError
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def day_of(found: Found, today: date) -> date:
    """Return the day that a phrase means.

    Raises ValueError where there is no such day, and OverflowError past the calendar's end.
    """
    match found.values:
        case {"tomorrow": days}:
            return today + timedelta(days=days)
        case {"weekday": weekday, **others}:
            return _weekday(weekday, others, today)
        case {"last": _, **others}:
            return _last_of_month(others, today)
        case {"d": _}:
            return _day_of_month(found.values, today)
        case {"weeks": weeks}:
            return today + timedelta(weeks=weeks)
        case {"months": months}:
            return add_months(today, months)
        case {"years": years}:
            return add_months(today, years * _MONTHS_A_YEAR)
        case _:
            return _after(found.length, today)


def _weekday(weekday: int, others: dict[str, int], today: date) -> date:
    """Return the next such weekday, or that of the week named. Weeks begin on Monday."""
    week = others.get("weeks", others.get("which"))
    if week is None:
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    return today + timedelta(days=weekday - today.weekday(), weeks=week)


def _last_of_month(others: dict[str, int], today: date) -> date:
    if "months" in others:
        first = add_months(today.replace(day=1), others["months"])
    else:
        year = _year(others, today)
        month = others["month"]
        first = date(year or today.year + (month < today.month), month, 1)
    return first.replace(day=monthrange(first.year, first.month)[1])


def _day_of_month(values: dict[str, int], today: date) -> date:
    day = values["d"]
    if "months" in values:
        return add_months(today.replace(day=1), values["months"]).replace(day=day)
    month = values.get("month", values.get("m"))
    year = _year(values, today)
    if month is not None and year is not None:
        return date(year, month, day)
    return next(each for each in _such_days(month, day, today) if each > today)


def _year(values: dict[str, int], today: date) -> int | None:
    if "years" in values:
        return today.year + values["years"]
    year = values.get("y")
    return 2000 + year if year is not None and year < 100 else year  # noqa: PLR2004


def _such_days(month: int | None, day: int, today: date) -> Iterator[date]:
    """Yield the days of that number from this month on, in that month if one is given."""
    first = today.replace(day=1)
    for ahead in range(_TO_A_LEAP_DAY * _MONTHS_A_YEAR + 1):
        start = add_months(first, ahead)
        there = monthrange(start.year, start.month)[1]
        if month in {None, start.month} and 1 <= day <= there:
            yield start.replace(day=day)
    raise ValueError(day)


def _after(length: Length, today: date) -> date:
    """Return the day so long after today: its months and years first."""
    days = {"day": 1, "week": 7}
    months = {"month": 1, "year": _MONTHS_A_YEAR}
    on = add_months(today, sum(n * months.get(unit, 0) for n, unit in length))
    return on + timedelta(days=sum(n * days.get(unit, 0) for n, unit in length))
