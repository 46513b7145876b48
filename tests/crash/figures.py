"""What a campaign comes to, in one line."""

from collections import Counter
from dataclasses import dataclass

from tests.crash.plan import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyFigures:
    """How the replies came: `slowest` in seconds of the program's being up."""

    stories: int = 0
    heard: int = 0
    doubled: int = 0
    slowest: float = 0.0

    def __str__(self) -> str:
        return (
            f"stories={self.stories} replies={self.heard} doubled-replies={self.doubled}"
            f" slowest-reply={self.slowest:.1f}s"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a campaign comes to; `breaches` are the broken rules, a sentence each."""

    kills: Counter[Step]
    deliveries: int
    sent: int
    doubled: int
    doubled_seen: int
    in_flight: int
    unconfirmed_told: int
    unconfirmed_came: int
    lost: int
    integrity_failures: int
    erased_keys: int
    amid_commit: int
    seconds: float
    heard: ReplyFigures
    breaches: tuple[str, ...]

    def __str__(self) -> str:
        steps = ", ".join(f"{self.kills[step]} {step}" for step in Step if self.kills[step])
        return (
            f"kills={self.kills.total()} ({steps}; {self.amid_commit} inside a commit)"
            f" deliveries={self.deliveries} sent={self.sent}"
            f" in-flight-at-kills={self.in_flight}"
            f" doubled={self.doubled} doubled-with-reply-seen={self.doubled_seen}"
            f" unconfirmed-and-told={self.unconfirmed_told}"
            f" unconfirmed-untold-but-arrived={self.unconfirmed_came} lost={self.lost} {self.heard}"
            f" erased-keys-looked-for={self.erased_keys}"
            f" breaches={len(self.breaches)} integrity-failures={self.integrity_failures}"
            f" seconds={self.seconds:.0f}"
        )
