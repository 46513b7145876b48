"""A person's words with their formatting, as Telegram describes it.

Offsets and lengths of an entity count UTF-16 code units
(https://core.telegram.org/bots/api#messageentity).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from string import Formatter
from typing import Self

MESSAGE_LIMIT = 4096
"""The longest text of one Telegram message, in UTF-16 code units."""

QUOTE, FOLDED_QUOTE, MOMENT = "blockquote", "expandable_blockquote", "date_time"

_LINE_END = re.compile("\r\n?|[\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_BEFORE_DOTS = " \t.…,:;。、"
_LAST_OF_ONE_UNIT = "\uffff"
_OPEN_LINES, _LINE = 6, 36  # lines that a quote may take unfolded, and characters to a phone's line


def utf16_length(text: str) -> int:
    """Return a text's length in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def beginning(text: str, limit: int) -> str:
    """Return how a text begins: its first line, or as much of it as `limit` characters hold.

    Behind what isn't all of it stand dots, in place of a full stop or a comma. It stands among
    other words, so signs that turn the way in which text runs are left out: what they would turn
    has no end there (UAX 9, 2.1 to 2.4).
    """
    first, *more = _LINE_END.split(_TURNS.sub("", text).strip())
    if len(first) <= limit and not more:
        return first
    kept = _up_to_a_gap(first[:limit]) if len(first) > limit else first
    return f"{kept.rstrip(_BEFORE_DOTS)}…"


def lines_of(text: str) -> int:
    """Return about how many lines a text takes on a phone."""
    return sum(max(1, -(-len(line) // _LINE)) for line in text.split("\n"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One stretch of formatting: bold, italic, a link, a spoiler ...

    `unix_time`, in seconds, and `date_time_format` are those of a `MOMENT`.
    """

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None
    unix_time: int | None = None
    date_time_format: str | None = None

    @property
    def end(self) -> int:
        """Return the offset just behind the stretch."""
        return self.offset + self.length

    def moved(self, by: int) -> Self:
        """Return the same stretch `by` code units further on."""
        return replace(self, offset=self.offset + by)

    def within(self, start: int, end: int) -> Self | None:
        """Return the part that lies in [start, end), or None where nothing does."""
        first, last = max(self.offset, start), min(self.end, end)
        return replace(self, offset=first, length=last - first) if first < last else None


@dataclass(frozen=True, slots=True)
class Words:
    """A text and the formatting laid over it."""

    text: str
    entities: tuple[Entity, ...] = ()

    @classmethod
    def moment(cls, text: str, moment: datetime, form: str) -> Self:
        """Return a moment, which Telegram's apps draw in their reader's zone and language.

        `text` is what else there is to see; `form` is one of
        https://core.telegram.org/bots/api#date-time-entity-formatting.
        """
        drawn = Entity(
            type=MOMENT,
            offset=0,
            length=utf16_length(text),
            unix_time=int(moment.timestamp()),
            date_time_format=form,
        )
        return cls(text, (drawn,))

    @property
    def holds_quote(self) -> bool:
        """Return whether there is a block quote in them; Telegram takes none inside another."""
        return any(entity.type in {QUOTE, FOLDED_QUOTE} for entity in self.entities)

    def quoted(self) -> Self:
        """Return the words in a block quote, folded where they are long.

        Raises ValueError where they hold one themselves.
        """
        if self.holds_quote:
            raise ValueError("a quote inside a quote")
        kind = QUOTE if lines_of(self.text) <= _OPEN_LINES else FOLDED_QUOTE
        whole = Entity(type=kind, offset=0, length=utf16_length(self.text))
        return replace(self, entities=(whole, *self.entities)) if self.text else self

    def unquoted(self) -> Self:
        """Return the words without the block quotes in them, which may then stand in one."""
        plain = (entity for entity in self.entities if entity.type not in {QUOTE, FOLDED_QUOTE})
        return replace(self, entities=tuple(plain))

    @property
    def size(self) -> int:
        """Return the bytes they take: the text in UTF-8 and the entities as JSON."""
        kept = (self.text, self.entities_to_json())
        return sum(len(each.encode("utf-8", "surrogatepass")) for each in kept)

    def after(self, start: int) -> Self:
        """Return the words from so many code units on."""
        utf16 = self.text.encode("utf-16-le", "surrogatepass")
        text = utf16[2 * start :].decode("utf-16-le", "surrogatepass")
        return self._cut(text, start, len(utf16) // 2)

    def shortened(self, limit: int, gap: str) -> Self:
        """Return the words, or their beginning and their end around `gap` if they are longer.

        `limit` counts code units, without those of the gap.
        """
        size = utf16_length(self.text)
        if size <= limit:
            return self
        beginning = next(iter(self.pieces(limit // 2)))
        ending = _fitting(self.text[::-1], 0, limit // 2)[::-1]
        if (space := _first_gap(ending)) is not None:
            ending = ending[space + 1 :]
        end = self._cut(ending, size - utf16_length(ending), size)
        return type(self).joined([beginning, type(self)(gap), end])

    def trimmed(self) -> Self:
        """Return the words without white space at either end."""
        start = utf16_length(self.text[: len(self.text) - len(self.text.lstrip())])
        text = self.text.strip()
        return self._cut(text, start, start + utf16_length(text))

    def followed_by(self, more: "Words", separator: str = "") -> Self:
        """Return these words and then `more`."""
        return type(self).joined([self, type(self)(separator), more])

    @classmethod
    def joined(cls, parts: Iterable["Words"]) -> Self:
        """Return the words of all parts, one behind the other."""
        texts: list[str] = []
        entities: list[Entity] = []
        start = 0
        for part in parts:
            texts.append(part.text)
            entities += (entity.moved(start) for entity in part.entities)
            start += utf16_length(part.text)
        return cls("".join(texts), tuple(entities))

    def pieces(self, limit: int = MESSAGE_LIMIT) -> Iterable[Self]:
        """Return the words in stretches of at most `limit` code units, in order.

        Like Telegram's apps, this cuts behind the last line end in a stretch's second half, else
        behind the last space there, else anywhere.
        """
        start = 0
        for piece in _pieces(self.text, limit):
            end = start + utf16_length(piece)
            yield self._cut(piece, start, end)
            start = end

    def entities_to_json(self) -> str:
        """Return the entities as a JSON array, without what is None."""
        kept = [{k: v for k, v in asdict(e).items() if v is not None} for e in self.entities]
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str, entities: str) -> Self:
        """Return the words of a text and of what `entities_to_json` returned."""
        return cls(text, tuple(Entity(**entity) for entity in json.loads(entities)))

    def _cut(self, text: str, start: int, end: int) -> Self:
        inside = (entity.within(start, end) for entity in self.entities)
        return type(self)(text, tuple(e.moved(-start) for e in inside if e is not None))


def fill(template: str, values: Mapping[str, object]) -> Words:
    """Return a template as `str.format_map` fills it; a value that is Words keeps its formatting.

    Raises KeyError where a place is left empty.
    """
    parts: list[Words] = []
    for literal, place, form, _ in Formatter().parse(template):
        parts.append(Words(literal))
        if place is not None:
            parts.append(_formatted(values[place], form or ""))
    return Words.joined(parts)


def _formatted(value: object, form: str) -> Words:
    """Return a value in a form, one that is Words in a form that only puts more behind it."""
    if isinstance(value, Words):
        return replace(value, text=format(value.text, form))
    return Words(format(value, form))


def _pieces(text: str, limit: int) -> Iterator[str]:
    at = 0
    while True:
        piece = _fitting(text, at, limit)
        if at + len(piece) == len(text):
            yield piece
            return
        piece = _up_to_a_gap(piece)
        yield piece
        at += len(piece)


def _fitting(text: str, at: int, limit: int) -> str:
    """Return what of a text, from a place on, takes at most `limit` code units."""
    piece = text[at : at + limit]  # no character takes less than one
    size = 0
    for length, character in enumerate(piece):
        size += 2 if character > _LAST_OF_ONE_UNIT else 1
        if size > limit:
            return piece[:length]
    return piece


def _first_gap(text: str) -> int | None:
    """Return where the first line ends in a text's first half, else the first word."""
    found = (text.find(gap, 0, len(text) // 2) for gap in "\n ")
    return next((place for place in found if place >= 0), None)


def _up_to_a_gap(text: str) -> str:
    gaps = (text.rfind(gap, len(text) // 2) for gap in "\n ")
    return next((text[: gap + 1] for gap in gaps if gap >= 0), text)
