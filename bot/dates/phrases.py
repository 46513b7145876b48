"""A language's ways to write a day: its folder's `dates.toml`, read into regular expressions."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from babel import Locale

from bot.dates.slots import Length, Slots
from bot.locales import Language, date_phrases

_ALONE = (r"\A\W*", r"\W*\Z")
_DIGITS_ALONE = (r"(?<!\w)(?<![0-9][-./])", r"(?![0-9]|\s*[-./]\s*[0-9])")
_WORDS_TOUCH = (r"(?<![0-9])", "(?![0-9])")
_NUMBER = re.compile("[0-9]+")
_WORDS_APART = (r"(?<!\w)", r"(?!\w)")


@dataclass(frozen=True, slots=True)
class Found:
    """What a phrase gives: numbers by what they are of, and a length of time, its parts.

    Of a day's date: y, m, d as digits; month, last (of a month). weekday: Monday is 0. Counted from
    today: tomorrow (in days), weeks, which (a weekday's week), months, years.
    """

    values: dict[str, int]
    length: Length


class Phrases:
    """The ways of one language.

    It takes texts in NFKC and case-folded. Its time may grow with their square: bound them first.
    """

    def __init__(self, language: Language) -> None:
        source = date_phrases(language)
        self._slots = Slots(source, Locale.parse(language))
        edges = _WORDS_TOUCH if source["words_touch"] else _WORDS_APART
        self._in_digits = self._compiled(source["in_digits"], _DIGITS_ALONE)
        self._forms = self._compiled(source["forms"], edges)
        self._alone = self._compiled(source["alone"], _ALONE)
        self._counted = self._compiled(source["counted"], _ALONE)
        self._past = self._compiled(source["past"], edges)

    def find(self, text: str) -> list[list[Found]]:
        """Return what a text gives: the phrases in it that tell most, each by itself, in order.

        Digits that can be read in several ways give each of them.
        """
        spans: dict[tuple[int, int], list[Found]] = {}
        for form in (*self._in_digits, *self._forms):
            for match in _free_matches(form, text, spans):
                spans.setdefault(match.span(), []).append(self._found(match))
        alone = (form.search(text) for form in self._alone if not spans)
        found = [spans[span] for span in sorted(spans)]
        return found or [[self._found(match)] for match in alone if match][:1]

    def counted(self, text: str) -> list[int]:
        """Return the numbers that a text is, and no more: so many days from today."""
        matches = (form.fullmatch(text) for form in self._counted)
        return [int(n) for match in matches if match for n in _NUMBER.findall(text)]

    def tells_of_past(self, text: str) -> bool:
        """Return whether a text gives a day as it is counted back from today."""
        return any(form.search(text) for form in self._past)

    def _compiled(self, forms: list[str], edges: tuple[str, str]) -> tuple[re.Pattern[str], ...]:
        before, behind = edges
        return tuple(
            re.compile(f"{before}(?:{self._slots.expanded(form)}){behind}") for form in forms
        )

    def _found(self, match: re.Match[str]) -> Found:
        return Found(*self._slots.read(match))


@cache
def phrases(language: Language) -> Phrases:
    """Return a language's ways to write a day."""
    return Phrases(language)


def _free_matches(
    form: re.Pattern[str], text: str, spans: Mapping[tuple[int, int], object]
) -> Iterator[re.Match[str]]:
    """Yield a form's matches that stand apart from those found; none hides another behind it."""
    at = 0
    while match := form.search(text, at):
        if _is_free(match, spans):
            yield match
            at = match.end()
        else:
            at = match.start() + 1


def _is_free(match: re.Match[str], spans: Mapping[tuple[int, int], object]) -> bool:
    """Return whether a phrase stands apart from those found, or just where one of them does."""
    start, end = match.span()
    return match.span() in spans or all(end <= first or last <= start for first, last in spans)
