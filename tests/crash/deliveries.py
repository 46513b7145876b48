"""The deliveries that a campaign looks at: what is promised of each, and how it ended."""

from dataclasses import dataclass

from bot.letters import Channel, State

DAYS = (7, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A sealed letter; each person seals one. `added` is its postscript.

    `recalled` is what was said of its first coming, which must stand with it at its last. `moved`:
    its first day may be sooner.
    """

    person_id: int
    address: str
    words: str
    added: str = ""
    recalled: tuple[str, ...] = ()
    moved: bool = False

    def day_at(self, age: int) -> int | None:
        """Return of which day a reminder is that goes out at that age of the letter, in days."""
        come = max((day for day in DAYS if day <= age), default=None)
        return DAYS[0] if come is None and self.moved else come

    def comes_in(self, text: str, day: int) -> bool:
        """Return whether a text is the letter of that day, with all that belongs to it."""
        told = self.recalled if day == DAYS[-1] else ()
        return all(each in text for each in (self.words, self.added, *told))


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
