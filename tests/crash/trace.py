"""The child's own notes, which outlive it: written line by line, read when all is over."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

TRACE = "trace"
"""The file in the data folder that outlives the child; a `Trace` and a token a line."""


class Trace(StrEnum):
    """What the child writes down, each with the token of the delivery it is about."""

    LEAVING = "leaving"
    """In flight, committed: the bytes leave next."""
    SEEN = "seen"
    """The server's yes was read."""
    RECORDED = "recorded"
    """The yes is on disk."""
    COMMIT_BEGUN = "commit-begun"
    COMMIT_ENDED = "commit-ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the child's own notes tell of the tokens it sent again, and of how it died."""

    sent_again: frozenset[str]
    """It had read the server's yes, and died before that was on disk."""
    sent_again_though_recorded: frozenset[str]
    amid_commit: int

    @classmethod
    def read(cls, trace: Path) -> "Seen":
        lines = [line.partition(" ") for line in trace.read_text().splitlines()]
        notes = [(Trace(name), token) for name, _, token in lines]
        counts = Counter(note for note, _ in notes)
        return cls(
            sent_again=frozenset(_left_after(Trace.SEEN, notes)),
            sent_again_though_recorded=frozenset(_left_after(Trace.RECORDED, notes)),
            amid_commit=counts[Trace.COMMIT_BEGUN] - counts[Trace.COMMIT_ENDED],
        )


def _left_after(mark: Trace, notes: Iterable[tuple[Trace, str]]) -> Iterator[str]:
    """Yield the tokens that left once more after that mark."""
    marked: set[str] = set()
    for note, token in notes:
        if note is mark:
            marked.add(token)
        elif note is Trace.LEAVING and token in marked:
            yield token
