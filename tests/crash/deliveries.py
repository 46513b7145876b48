"""The deliveries that a campaign looks at: what is promised of each, and how it ended."""

from dataclasses import dataclass

from bot.letters import Channel, State

DAYS = (7, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A sealed letter; each person seals one. `added` is its postscript."""

    person_id: int
    address: str
    words: str
    added: str = ""


def usual(day: int) -> int:
    """Return the day that a reminder was of before it was moved: the first alone is, and nearer."""
    return min(each for each in DAYS if day <= each)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """One delivery, by what a person would call it."""

    person_id: int
    day: int
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How the store says a delivery ended."""

    state: State
    reason: str | None
    token: str
