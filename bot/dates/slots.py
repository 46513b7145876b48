"""The `<slots>` of a language's phrases: which words stand in them, and what those mean."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from babel import Locale

V = TypeVar("V")

_SLOT = re.compile(r"(?<!\?P)<([a-z0-9_]+)>")
_DIGITS = {
    "y4": "(?P<y>(?<![0-9])[0-9]{4}(?![0-9]))",
    "y": "(?P<y>(?<![0-9])(?:[0-9]{4}|[0-9]{2})(?![0-9]))",
    "m": "(?P<m>(?<![0-9])[0-9]{1,2}(?![0-9]))",
    "d": "(?P<d>(?<![0-9])[0-9]{1,2}(?![0-9]))",
}
_COUNTED = ("tomorrow", "weeks", "which", "months", "years")
_NUMBERS = r"[0-9]{1,4}(?:(?:\s*(?:[,、·&+]|<and>)\s*|\s+)[0-9]{1,4}){0,9}"
_NUMBER = "(?<![0-9])[0-9]{1,6}"
_MORE_LENGTHS = 4

Length = tuple[tuple[int, str], ...]
"""So many days, weeks, months and years, which are named `day`, `week`, `month`, `year`."""


class Slots:
    """Those of one language: its tables, and the names of months and weekdays that Babel knows."""

    def __init__(self, source: Mapping[str, Any], locale: Locale) -> None:
        months, weekdays = locale.months["format"], locale.days["format"]
        self._words = {name: _Table(source[name], int) for name in _COUNTED}
        self._words["month"] = _Table(
            source["more_months"], int, _names(months["wide"], months["abbreviated"])
        )
        self._words["weekday"] = _Table(source["more_weekdays"], int, _names(weekdays["wide"]))
        self._named = _Table(source["named"], _month_and_day)
        self._lengths = _Lengths(source)
        self._parts: Mapping[str, str] = source["parts"]

    def expanded(self, form: str) -> str:
        """Return a form as a regular expression, whose matches `read` takes."""
        return _spaced(self._filled(form))

    def read(self, match: re.Match[str]) -> tuple[dict[str, int], Length]:
        """Return what a phrase's numbers and words mean, and the length of time it gives."""
        given = {name: text for name, text in match.groupdict().items() if text is not None}
        length = self._lengths.read(given.pop("length", ""))
        values = {}
        if named := given.pop("named", None):
            values["month"], values["d"] = self._named.value_of(named)
        if given.pop("last", None):
            values["last"] = 1
        for name, text in given.items():
            values[name] = self._words[name].value_of(text) if name in self._words else int(text)
        return values, length

    def _filled(self, form: str) -> str:
        return _SLOT.sub(lambda slot: self._slot(slot[1]), form)

    def _slot(self, name: str) -> str:
        if name in _DIGITS:
            return _DIGITS[name]
        if name == "numbers":
            return self._filled(_NUMBERS)
        if name in self._parts:
            return self._filled(self._parts[name])
        if name == "length":
            return f"(?P<length>{self._lengths.pattern})"
        table = self._named if name == "named" else self._words[name]
        return f"(?P<{name}>{table.pattern})"


class _Table(Generic[V]):
    """Words, or regular expressions of them, by what they mean; the longest is tried first."""

    def __init__(
        self,
        source: Mapping[str, list[str]],
        read: Callable[[str], V],
        names: Iterable[tuple[str, V]] = (),
    ) -> None:
        words = [(word, read(key)) for key, words in source.items() for word in words]
        ordered = sorted([*words, *names], key=lambda each: -len(each[0]))
        self.pattern = "|".join(word for word, _ in ordered) or "(?!)"
        self._values = [(re.compile(_spaced(word)), value) for word, value in ordered]

    def value_of(self, text: str) -> V:
        """Return what a text means that the pattern matched."""
        return next(value for word, value in self._values if word.fullmatch(text))


class _Lengths:
    """Lengths of time: numbers of units, one to five in a row, or words for a whole one."""

    def __init__(self, source: Mapping[str, Any]) -> None:
        self._numbers = _Table(source["numbers"], int)
        self._units = _Table(source["units"], str)
        self._whole = _Table(source["lengths"], _number_and_unit)
        number = f"{_NUMBER}|{self._numbers.pattern}"
        one = f"{self._whole.pattern}|(?:{number}) (?:{self._units.pattern})"
        self.pattern = f"(?:{one})(?:(?: {source['parts']['and']})? (?:{one})){{0,{_MORE_LENGTHS}}}"
        self._one = re.compile(
            _spaced(
                f"(?P<whole>{self._whole.pattern})|(?P<n>{number}) (?P<unit>{self._units.pattern})"
            )
        )

    def read(self, text: str) -> Length:
        """Return the parts of a length that the pattern matched."""
        return tuple(map(self._part, self._one.finditer(text)))

    def _part(self, match: re.Match[str]) -> tuple[int, str]:
        if match["whole"]:
            return self._whole.value_of(match["whole"])
        n = match["n"]
        return int(n) if n.isdecimal() else self._numbers.value_of(n), self._units.value_of(
            match["unit"]
        )


def _spaced(form: str) -> str:
    return form.replace(" ", r"\s*")


def _names(*widths: Mapping[int, str]) -> Iterator[tuple[str, int]]:
    """Yield names as words; one that begins with a digit (`1월`) may have a 0 before it."""
    for number, name in (pair for width in widths for pair in width.items()):
        word = re.escape(name.casefold().rstrip("."))
        yield (f"(?<![0-9])0?{word}" if word[0].isdecimal() else word), number


def _month_and_day(key: str) -> tuple[int, int]:
    month, day = key.split("-")
    return int(month), int(day)


def _number_and_unit(key: str) -> tuple[int, str]:
    number, unit = key.split()
    return int(number), unit
