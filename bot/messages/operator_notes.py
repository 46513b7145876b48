"""What the operator is told of: floods, updates put aside, lanes that stand still, the day."""

from dataclasses import dataclass
from typing import ClassVar, Self

from bot.locales import Catalog
from bot.messages.message import ChatText, Kept, Note, Sending
from bot.text import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood(Note):
    """Somebody sends more than is answered."""

    kind: ClassVar[str] = "operator-flood"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePutAside(Note):
    """An update was being handled when the program died, twice."""

    kind: ClassVar[str] = "operator-update-put-aside"
    update: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LettersUnreadable(Note):
    """Letters that are due within a week can't be read; `letters` is how many, as it is written."""

    kind: ClassVar[str] = "letters-unreadable"
    letters: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble(Note):
    """A fault that the operator may mend: `cause` ends the name of the message that says how.

    `reason` is the code of what the far end said, `words` are its own, without addresses. Both
    `cause` and `words` are missing in what an older version owed.
    """

    channel: str
    reason: str
    cause: str = "unknown"
    words: str = ""

    @classmethod
    def read(cls, kept: Kept) -> Self:
        """Return the note. Raises LookupError where what it is about is missing."""
        return cls(
            channel=kept.params["channel"],
            reason=kept.params["reason"],
            cause=kept.params.get("cause", "unknown"),
            words=kept.params.get("words", ""),
        )

    def in_chat(self, sending: Sending) -> ChatText:
        """Return what is wrong, in the far end's words, what to do, and what becomes of mail."""
        text = "\n".join(self._lines(sending.catalog))
        return ChatText(parts=(Words(text),))

    def _lines(self, catalog: Catalog) -> list[str]:
        channel = channel_named(self.channel, catalog)
        lines = [catalog.say(self.kind, channel=channel, reason=self.reason)]
        if self.words:
            lines.append(catalog.say("trouble-words", words=self.words))
        lines.append(catalog.say(f"remedy-{self.cause}"))
        return [*lines, catalog.say(f"{self.kind}-meanwhile")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneDown(_Trouble):
    """A lane stands still."""

    kind: ClassVar[str] = "lane-down"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneStalled(_Trouble):
    """A lane goes on, and all it tries is put off."""

    kind: ClassVar[str] = "lane-stalled"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRefused(_Trouble):
    """One delivery is refused, the lane goes on, and nobody can tell whose fault it is."""

    kind: ClassVar[str] = "letter-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterGivenUp(_Trouble):
    """One delivery was refused for days, nobody can tell whose fault it is, and it is given up."""

    kind: ClassVar[str] = "letter-given-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneMended(Note):
    """A lane goes on of which the operator was told."""

    kind: ClassVar[str] = "lane-mended"
    channel: str

    def in_chat(self, sending: Sending) -> ChatText:
        """Return its text."""
        channel = channel_named(self.channel, sending.catalog)
        return ChatText(parts=(Words(sending.catalog.say(self.kind, channel=channel)),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Note):
    """What happened in a day, and how the lanes stand; figures as they are written."""

    kind: ClassVar[str] = "report"
    date: str
    sealed: str
    sent: str
    failed: str
    overdue: str
    waiting: str
    unreachable: str
    lanes: str


def channel_named(channel: str, catalog: Catalog) -> str:
    """Return what a channel is called."""
    return catalog.say(f"channel-{channel}")
