"""A calendar file with moments in it (RFC 5545), for the apps that people keep their dates in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

_LONGEST_LINE = 75  # bytes (3.1)
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens at a moment; `uid` is the same each time it is told of."""

    uid: str
    at: datetime
    title: str


def calendar_of(events: Iterable[Event], now: datetime) -> str:
    """Return a file with the events, made `now`. Raises ValueError for a naive moment."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Slow Mailbox//EN"]
    for event in events:
        lines += _lines_of(event, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _lines_of(event: Event, now: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{_moment(now)}"
    yield f"DTSTART:{_moment(event.at)}"
    yield f"SUMMARY:{event.title.translate(_ESCAPED)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _moment(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("a moment must be aware")
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _folded(line: str) -> Iterator[str]:
    """Yield a line in stretches that are short enough, all but the first after a space."""
    stretch = ""
    for character in line:
        if len((stretch + character).encode()) > _LONGEST_LINE:
            yield stretch
            stretch = " "
        stretch += character
    yield stretch
