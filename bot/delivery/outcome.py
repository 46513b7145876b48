"""How an attempt to deliver can end."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

STOPPED = "stopped"
"""The reason of a refusal that is ours: the address's holder wants no mail."""


class Blame(StrEnum):
    """What stands in the way for good."""

    ADDRESS = "address"
    PERSON = "person"
    CONTENT = "content"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """It arrived: the far end said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """It didn't go now. `doubt`: it may have arrived all the same.

    `after` is the far end's own word on when to try again, `alone`: of this delivery, and not of
    the channel. `parts_sent` counts the messages of a long delivery that did arrive.
    """

    reason: str
    after: timedelta | None = None
    alone: bool = False
    doubt: bool = False
    parts_sent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """It will never go this way, and whose fault that is."""

    reason: str
    blame: Blame


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneFault:
    """Nothing goes on this channel for now; it uses up no delivery's tries.

    `urgent`: only the operator can mend it. `own`: it may be the fault of this delivery alone.
    `parts_sent` as in `Later`.
    """

    reason: str
    urgent: bool = False
    own: bool = False
    parts_sent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandoned:
    """The attempt was no longer ours, so nothing was sent."""


Outcome = Sent | Later | Refused | LaneFault | Abandoned
