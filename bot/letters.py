"""The domain: letters, their reminders, and when one is due; how a delivery stands. No I/O."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.text import Words
from bot.visibility import shows_nothing

LONGEST_LETTER = 4000
"""Characters a letter may have, after trimming."""

LARGEST_LETTER = 16_384
"""Bytes a letter may take: its text and its formatting, link addresses included."""

_NIGHT_BEGINS, _NIGHT_ENDS = 22, 8  # hours

MOST_POSTSCRIPTS = 5
"""How many a letter may have; with its words they take `LARGEST_LETTER` bytes at most."""

LONGEST_POSTSCRIPT = 1_000
"""Characters a postscript may have, after trimming."""


CHANGEABLE_FOR = timedelta(hours=1)
"""How long after its sealing a letter can be changed, or taken back."""


class LetterFlaw(StrEnum):
    """What keeps words from being a letter; the value names the message that says so."""

    EMPTY = "words-empty"
    TOO_LONG = "words-too-long"
    TOO_LARGE = "words-too-large"


def flaw_of(words: Words, *, beside: int = 0) -> LetterFlaw | None:
    """Return what keeps trimmed words from being a letter; None if they are fit for one.

    `beside` is what its postscripts take, in bytes.
    """
    if shows_nothing(words.text):
        return LetterFlaw.EMPTY
    if len(words.text) > LONGEST_LETTER:
        return LetterFlaw.TOO_LONG
    return LetterFlaw.TOO_LARGE if words.size + beside > LARGEST_LETTER else None


class Channel(StrEnum):
    """A way by which a delivery reaches its person."""

    EMAIL = "email"
    CHAT = "chat"


class State(StrEnum):
    """Where a delivery stands.

    due -> claimed -> in flight -> sent | retry | failed; held waits for its person's consent.
    """

    HELD = "held"
    DUE = "due"
    CLAIMED = "claimed"
    IN_FLIGHT = "in_flight"
    RETRY = "retry"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A person's sealed words; `zone` is the person's at sealing, in which it is dated.

    When it comes, and what is said of that, goes by the zone that is the person's then.
    """

    id: int
    person_id: int
    words: Words
    zone: ZoneInfo
    sealed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Postscript:
    """What a person added to a sealed letter, by one message."""

    message_id: int
    words: Words
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """One of a letter's days: so many calendar days after the sealing."""

    day: int
    due_at: datetime


def reminder_due_at(sealed_at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, `days` calendar days after `sealed_at` at the same wall time.

    A time skipped by a change to summer time moves forward by the gap; of a doubled one the first
    counts (PEP 495, fold=0). Raises ValueError for a naive `sealed_at`.
    """
    if sealed_at.tzinfo is None:
        raise ValueError("sealed_at must be aware")
    wall = sealed_at.astimezone(zone).replace(tzinfo=None, fold=0) + timedelta(days=days)
    return wall.replace(tzinfo=zone).astimezone(UTC)


def reminder_on(on: date, letter: Letter, zone: ZoneInfo, *, hour: int | None = None) -> Reminder:
    """Return a letter's reminder on a day in a zone, at the time of day at which it was sealed.

    `hour` is as in `reminders`.
    """
    sealed = letter.sealed_at.astimezone(letter.zone)
    wall = sealed.time() if hour is None else time(hour)
    due = datetime.combine(on, wall.replace(fold=0), tzinfo=zone)
    return Reminder(day=(on - sealed.date()).days, due_at=due.astimezone(UTC))


def is_night(moment: datetime, zone: ZoneInfo) -> bool:
    """Return whether people in a zone sleep at a moment, as far as a stranger can know."""
    hour = moment.astimezone(zone).hour
    return hour >= _NIGHT_BEGINS or hour < _NIGHT_ENDS


def reminders(
    sealed_at: datetime, days: tuple[int, ...], zone: ZoneInfo, *, hour: int | None = None
) -> tuple[Reminder, ...]:
    """Return a letter's reminders in the order of their days.

    `hour`: they are due at that hour instead of the time of sealing.
    """
    due = ((n, reminder_due_at(sealed_at, n, zone)) for n in sorted(days))
    if hour is not None:
        due = ((n, moved(moment, zone, zone, time(hour))) for n, moment in due)
    return tuple(Reminder(day=n, due_at=moment) for n, moment in due)


def moved(due_at: datetime, old: ZoneInfo, new: ZoneInfo, wall: time) -> datetime:
    """Return the moment, in UTC, at a wall time in `new` on the calendar day of `due_at` in `old`.

    A skipped or doubled time is as in `reminder_due_at`.
    """
    day = due_at.astimezone(old).date()
    return datetime.combine(day, wall.replace(fold=0), tzinfo=new).astimezone(UTC)
