"""What the operator is told of: floods, updates put aside, lanes that stand still, the day."""

from dataclasses import dataclass
from typing import ClassVar

from bot.messages.message import Note


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
class LaneDown(Note):
    """A lane stands still; `reason` is what its far end said."""

    kind: ClassVar[str] = "lane-down"
    channel: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneMended(Note):
    """A lane goes on of which the operator was told."""

    kind: ClassVar[str] = "lane-mended"
    channel: str


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
