"""The deliveries that a campaign looks at: what is promised of each, and how it ended."""

from dataclasses import dataclass

from bot.letters import Channel, State

DAYS = (7, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A sealed letter; each person seals one."""

    person_id: int
    address: str
    words: str


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
