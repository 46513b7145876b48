"""A person's words with their formatting, as Telegram describes it.

Offsets and lengths of an entity count UTF-16 code units
(https://core.telegram.org/bots/api#messageentity).
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Self

MESSAGE_LIMIT = 4096
"""The longest text of one Telegram message, in UTF-16 code units."""


def utf16_length(text: str) -> int:
    """Give a text's length in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One stretch of formatting: bold, italic, a link, a spoiler ..."""

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None

    @property
    def end(self) -> int:
        """Give the offset just behind the stretch."""
        return self.offset + self.length

    def moved(self, by: int) -> Self:
        """Give the same stretch `by` code units further on."""
        return replace(self, offset=self.offset + by)

    def within(self, start: int, end: int) -> Self | None:
        """Give the part that lies in [start, end), or None where nothing does."""
        first, last = max(self.offset, start), min(self.end, end)
        return replace(self, offset=first, length=last - first) if first < last else None


@dataclass(frozen=True, slots=True)
class Words:
    """A text and the formatting laid over it."""

    text: str
    entities: tuple[Entity, ...] = ()

    def after(self, start: int) -> Self:
        """Give the words from so many code units on."""
        utf16 = self.text.encode("utf-16-le", "surrogatepass")
        text = utf16[2 * start :].decode("utf-16-le", "surrogatepass")
        return self._cut(text, start, len(utf16) // 2)

    def trimmed(self) -> Self:
        """Give the words without white space at either end."""
        start = utf16_length(self.text[: len(self.text) - len(self.text.lstrip())])
        text = self.text.strip()
        return self._cut(text, start, start + utf16_length(text))

    def followed_by(self, more: "Words", separator: str = "") -> Self:
        """Give these words and then `more`."""
        shift = utf16_length(self.text + separator)
        moved = tuple(entity.moved(shift) for entity in more.entities)
        return type(self)(self.text + separator + more.text, self.entities + moved)

    def pieces(self, limit: int = MESSAGE_LIMIT) -> Iterable[Self]:
        """Give the words in stretches of at most `limit` code units, in order.

        Like Telegram's apps, this cuts behind the last line end in a stretch's second half, else
        behind the last space there, else anywhere.
        """
        start, rest = 0, self.text
        while utf16_length(rest) > limit:
            piece = _up_to_a_gap(_fitting(rest, limit))
            end = start + utf16_length(piece)
            yield self._cut(piece, start, end)
            start, rest = end, rest[len(piece) :]
        yield self._cut(rest, start, start + utf16_length(rest))

    def entities_to_json(self) -> str:
        """Give the entities as a JSON array, without what is None."""
        kept = [{k: v for k, v in asdict(e).items() if v is not None} for e in self.entities]
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str, entities: str) -> Self:
        """Build the words from a text and what `entities_to_json` gave."""
        return cls(text, tuple(Entity(**entity) for entity in json.loads(entities)))

    def _cut(self, text: str, start: int, end: int) -> Self:
        inside = (entity.within(start, end) for entity in self.entities)
        return type(self)(text, tuple(e.moved(-start) for e in inside if e is not None))


def _fitting(text: str, limit: int) -> str:
    size = 0
    for at, character in enumerate(text):
        size += utf16_length(character)
        if size > limit:
            return text[:at]
    return text


def _up_to_a_gap(text: str) -> str:
    gaps = (text.rfind(gap, len(text) // 2) for gap in "\n ")
    return next((text[: gap + 1] for gap in gaps if gap >= 0), text)
