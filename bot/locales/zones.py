"""Time zones as people name them: by a city or country, or by the time it is there.

All names are Babel's, in every language that there is a catalog for.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from itertools import chain, zip_longest
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_location
from babel.languages import get_official_languages

from bot.locales import LANGUAGES, Language

LONGEST = 60
"""Characters of a text that may name a zone."""

MOST = 3
"""How many zones one text leaves at most."""

# The most used first, of an offset and of a country.
_MOST_USED = (
    *("America/New_York", "America/Chicago", "America/Los_Angeles", "America/Denver"),
    *("America/Toronto", "America/Vancouver", "America/Phoenix", "Asia/Shanghai", "Asia/Kolkata"),
    *("Asia/Jakarta", "Europe/London", "Europe/Berlin", "Europe/Paris", "Europe/Madrid"),
    *("Asia/Tokyo", "Asia/Seoul", "America/Sao_Paulo", "Africa/Lagos", "Asia/Dhaka"),
    *("Asia/Karachi", "Europe/Moscow", "America/Mexico_City", "Asia/Manila", "Asia/Singapore"),
    *("Africa/Cairo", "Asia/Ho_Chi_Minh", "Asia/Bangkok", "Europe/Istanbul", "Asia/Dubai"),
    *("Africa/Johannesburg", "Africa/Nairobi", "America/Bogota", "America/Argentina/Buenos_Aires"),
    *("Asia/Tehran", "Australia/Sydney", "Europe/Rome", "Europe/Kyiv", "Europe/Warsaw"),
    *("America/Lima", "America/Caracas", "America/Halifax", "America/St_Johns"),
    *("America/Anchorage", "Pacific/Honolulu", "Asia/Tashkent", "Asia/Kathmandu", "Asia/Yangon"),
    *("Asia/Kabul", "Asia/Colombo", "Asia/Yekaterinburg", "Asia/Vladivostok", "Australia/Perth"),
    *("Australia/Brisbane", "Australia/Adelaide", "Australia/Darwin", "Pacific/Auckland"),
    *("Pacific/Guam", "Pacific/Fiji", "Atlantic/Azores", "Atlantic/Cape_Verde"),
)
_RANK = {name: rank for rank, name in enumerate(_MOST_USED)}

_LONGEST_NAME = 5  # words
_SHORTEST = 2  # characters of a name that has an ending behind it
_CLOCK = re.compile(r"\D{0,24}(\d{1,2})(?:\s*(?:[:.]|[^\W\d]{1,2})\s*(\d{2}|\d(?!\d)))?\D{0,24}")
_SLACK = 8  # minutes that a clock may be off: of two zones' times none is nearer than 15


def find(text: str, now: datetime) -> tuple[ZoneInfo, ...]:
    """Return the zones that a text may mean, the most used first; none where it names none.

    It is a city, a country, or the time that it is there `now`.
    """
    if len(text) > LONGEST:
        return ()
    named = _of_code(text) or _named(text) or tuple(_at_time(text, now))
    return tuple(ZoneInfo(name) for name in named[:MOST])


def known(name: str) -> ZoneInfo | None:
    """Return the zone of a name that `find` can lead to."""
    return ZoneInfo(name) if name in _all() else None


def city(zone: ZoneInfo, language: Language) -> str:
    """Return the name of the city that a zone is known by."""
    return get_timezone_location(zone.key, locale=language, return_city=True)


def is_spoken(language: Language, zone: ZoneInfo) -> bool:
    """Return whether a language is one of the country's whose zone it is."""
    territory = get_global("zone_territories").get(_canonical(zone.key), "")
    return language in get_official_languages(territory, regional=True, de_facto=True)


def _of_code(text: str) -> tuple[str, ...]:
    """Return the zones of a country that a text is the code of, `UK` or `KOR` say."""
    code = text.strip().upper()
    [code] = get_global("territory_aliases").get(code, [code])[:1]
    return _of_country(code)


def _named(text: str) -> tuple[str, ...]:
    """Return the zones that some words of a text name, the longest name first."""
    words = _plain(text).split()[:LONGEST]
    for length in range(min(_LONGEST_NAME, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            name = "".join(words[start : start + length])
            if found := _zones_of(name):
                return found
    return ()


def _zones_of(name: str) -> tuple[str, ...]:
    """Return the zones of a name; where words have endings and no gaps, of how it begins."""
    names = _names()
    if name.isascii():
        return names.get(name, ())
    shortest = min(len(name), _SHORTEST)
    beginnings = (name[:end] for end in range(len(name), shortest - 1, -1))
    return next((names[each] for each in beginnings if each in names), ())


def _at_time(text: str, now: datetime) -> Iterator[str]:
    """Return the most used zones in which a clock shows the time that a text says."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace(".m", "m")
    clock = _CLOCK.fullmatch(plain)
    if clock is None or not plain.strip():
        return
    hour, minute = int(clock[1]), int(clock[2]) if clock[2] else None
    if hour > 24 or (minute or 0) > 59:  # noqa: PLR2004 - a clock's
        return
    readings = [_zones_at(each, minute, now) for each in _hours(hour % 24, plain)]
    yield from (zone for zone in chain(*zip_longest(*readings)) if zone is not None)


def _hours(hour: int, plain: str) -> list[int]:
    """Return the hours of the day that an hour may be, the likelier first."""
    half = hour % 12
    for names, hours in zip(_halves(), ([half], [half + 12]), strict=True):
        if any(name in plain for name in names):
            return hours
    return [hour, half + 12] if 1 <= hour <= 12 else [hour]  # noqa: PLR2004 - a clock's


def _zones_at(hour: int, minute: int | None, now: datetime) -> list[str]:
    found = (name for name in _all() if _shows(now.astimezone(ZoneInfo(name)), hour, minute))
    return _best(found)


def _shows(there: datetime, hour: int, minute: int | None) -> bool:
    if minute is None:
        return there.hour == hour
    apart = abs(there.hour * 60 + there.minute - hour * 60 - minute)
    return min(apart, 24 * 60 - apart) <= _SLACK


@cache
def _halves() -> tuple[frozenset[str], frozenset[str]]:
    """Return what the halves of the day are called."""
    named = [Locale.parse(each).day_periods["format"]["abbreviated"] for each in ("en", *LANGUAGES)]
    return (
        frozenset(each["am"].casefold() for each in named),
        frozenset(each["pm"].casefold() for each in named),
    )


@cache
def _all() -> tuple[str, ...]:
    """Return all zones of places, the most used first."""
    places = (name for name in get_global("zone_territories") if _is_place(name))
    return tuple(sorted(places, key=_by_use))


@cache
def _names() -> dict[str, tuple[str, ...]]:
    """Return the zones by what they are called: first of all by cities, then by countries."""
    cities: dict[str, set[str]] = {}
    countries: dict[str, tuple[str, ...]] = {}
    for language in LANGUAGES:
        locale = Locale.parse(language)
        for zone, about in locale.time_zones.items():
            if _is_place(zone) and "city" in about:
                cities.setdefault(_joined(about["city"]), set()).add(_canonical(zone))
        for code in get_global("territory_zones"):
            countries[_joined(locale.territories.get(code, ""))] = _of_country(code)
    for name, zone in _also_called():
        cities.setdefault(_joined(name), set()).add(zone)
    return {**countries, **{name: tuple(_best(zones)) for name, zones in cities.items()}}


def _of_country(code: str) -> tuple[str, ...]:
    zones = get_global("territory_zones").get(code, ())
    return tuple(_best({_canonical(zone) for zone in zones if _is_place(zone)}))


def _also_called() -> Iterable[tuple[str, str]]:
    """Return the last parts of zones' names, those of today's and of old ones, and the zones."""
    for zone in _all():
        yield zone.rpartition("/")[2], zone
    for old, zone in get_global("zone_aliases").items():
        if _is_place(old) and _is_place(zone):
            yield old.rpartition("/")[2], zone


def _canonical(name: str) -> str:
    return str(get_global("zone_aliases").get(name, name))


def _is_place(name: str) -> bool:
    return "/" in name and not name.startswith("Etc/")


def _best(names: Iterable[str]) -> list[str]:
    """Return the most used of some zones, or all of them if none is much used."""
    ordered = sorted(names, key=_by_use)
    return [name for name in ordered if name in _RANK] or ordered


def _by_use(name: str) -> tuple[int, str]:
    return _RANK.get(name, len(_RANK)), name


def _plain(text: str) -> str:
    """Return the words of a text, without accents and whatever else is no letter."""
    bare = "".join(
        each
        for each in unicodedata.normalize("NFKD", text.casefold())
        if not unicodedata.combining(each)
    )
    composed = unicodedata.normalize("NFC", bare)
    return "".join(each if each.isalpha() else " " for each in composed)


def _joined(name: str) -> str:
    return "".join(_plain(name).split())
