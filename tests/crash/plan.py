"""What a child is told before it starts: where it dies, and on which clock it runs."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Self

RUN = ("run",)
ROTATE = ("keys", "--rotate")


class Step(StrEnum):
    """When the child dies."""

    MOMENT = "moment"
    """Whenever the campaign says so."""
    ACCEPTED = "accepted"
    """A server has taken deliveries and its yes isn't written yet; the campaign sees to it."""
    SAID = "said"
    """Telegram has taken a reply and its yes isn't written yet; the campaign sees to it."""
    CLAIMED = "claimed"
    IN_FLIGHT = "in flight"
    SETTLED = "settled"
    OUTLIVED = "lease outlived"
    """Claimed or in flight; the lease then ends by time, in a child that doesn't end it."""
    MID_COMMIT = "mid-commit"
    RECEIVED = "received"
    """An update is kept, and neither handled nor confirmed to Telegram."""
    SEALED = "sealed"
    """A letter is sealed, and its person isn't told yet; so with the next seven."""
    CONFIRMED = "confirmed"
    REPLACED = "replaced"
    SUPPRESSION_LISTED = "suppression listed"
    """A suppression is in the ledger, and not in the database yet."""
    SUPPRESSED = "suppressed"
    LIFT_LISTED = "lift listed"
    LIFTED = "lifted"
    ANSWERED = "answered"
    NOTED = "noted"
    KEYS_DOOMED = "keys doomed"
    """What is erased is committed, and its keys are not destroyed yet."""
    DELETED = "deleted"
    ROTATION = "rotation"
    """In the middle of `python -m bot keys --rotate`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One life of the program.

    `ahead`: seconds its clock is in front. It dies at the `count`th time it comes to `step`; amid
    a commit, `delay` seconds after its begin. `until_idle`: it leaves by itself, in good order;
    its clock jumps by `jump` seconds once all is done, and it does what there is to do then.
    `keeps_leases`: it does not end those of the child before it.
    """

    folder: str
    environ: Mapping[str, str]
    ahead: float
    command: tuple[str, ...] = RUN
    step: Step = Step.MOMENT
    count: int = 1
    delay: float = 0.0
    until_idle: bool = False
    jump: float = 0.0
    keeps_leases: bool = False

    def to_line(self) -> str:
        """Return the plan as a line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Return the plan that `to_line` wrote."""
        kept = json.loads(line)
        return cls(**kept | {"step": Step(kept["step"]), "command": tuple(kept["command"])})
