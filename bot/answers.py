"""The domain: what a person answers when a letter comes back, and the note beside it. No I/O."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from bot.text import Words

MOST_LINES = 10
"""Messages that a note may be made of."""

LARGEST_NOTE = 4_000
"""Bytes that a note may take: its text and its formatting."""


class Answer(StrEnum):
    """How it is going, or how it went; the value ends the names of the messages that say so."""

    KEEPING = "keeping"
    HALF = "half"
    NOT_YET = "not-yet"
    KEPT = "kept"
    HALF_KEPT = "half-kept"
    ANOTHER_TIME = "another-time"

    @property
    def looks_back(self) -> bool:
        """Return whether it is one to the question of a letter's last day."""
        return self in AT_THE_END


ON_THE_WAY = (Answer.KEEPING, Answer.HALF, Answer.NOT_YET)
"""What may be answered while a letter comes back once more."""

AT_THE_END = (Answer.KEPT, Answer.HALF_KEPT, Answer.ANOTHER_TIME)
"""What may be answered on its last day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A message that is a part of a note."""

    message_id: int
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a person said when a letter came back on one of its days.

    `lines` are their note, beside an answer or without one.
    """

    day: int
    answer: Answer | None = None
    lines: tuple[Line, ...] = ()

    @property
    def note(self) -> Words:
        """Return the note, its lines one below the other; empty where there is none."""
        parts = [part for line in self.lines for part in (Words("\n"), line.words)]
        return Words.joined(parts[1:])

    @property
    def says_anything(self) -> bool:
        """Return whether there is an answer, or a note."""
        return self.answer is not None or bool(self.lines)

    def has_line(self, message_id: int) -> bool:
        """Return whether that message is a part of the note."""
        return any(line.message_id == message_id for line in self.lines)

    def with_line(self, line: Line) -> Self | None:
        """Return it with a message more in the note, or anew if it was edited.

        None where the note has no room for it.
        """
        if self.has_line(line.message_id):
            anew = tuple(line if e.message_id == line.message_id else e for e in self.lines)
        else:
            anew = (*self.lines, line)
        longer = replace(self, lines=anew)
        fits = len(anew) <= MOST_LINES and longer.note.size <= LARGEST_NOTE
        return longer if fits else None

    def without_line(self, message_id: int) -> Self:
        """Return it without that message in the note."""
        return replace(self, lines=tuple(e for e in self.lines if e.message_id != message_id))


def lines_to_json(lines: Iterable[Line]) -> str:
    """Return a note as JSON."""
    kept = [[each.message_id, each.words.text, each.words.entities_to_json()] for each in lines]
    return json.dumps(kept, ensure_ascii=False)


def lines_from_json(kept: str) -> tuple[Line, ...]:
    """Return the note that `lines_to_json` wrote."""
    return tuple(
        Line(message_id=message_id, words=Words.from_json(text, entities))
        for message_id, text, entities in json.loads(kept)
    )
