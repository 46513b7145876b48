"""Decides how a delivery is settled after an attempt: pure functions."""

import random
from datetime import UTC, date, datetime, timedelta

from bot.delivery.outcome import Blame, Clarity, LaneFault, Later, Outcome, Refused, Sent, Unjudged
from bot.delivery.retry import RetryPolicy
from bot.letters import State
from bot.store.claims import Settlement
from bot.store.deliveries import Delivery, MailTo

MOST_DOUBTS = 2
"""A delivery that may have arrived is sent once more, and not a third time."""

MOST_REFUSALS = 3
"""Days on which an address that took mail before is refused until that is believed."""

IN_DOUBT = "unconfirmed"
GIVEN_UP = "given-up"


def settlement(
    delivery: Delivery,
    outcome: Outcome,
    *,
    now: datetime,
    pause: timedelta,
    policy: RetryPolicy,
    randomness: random.Random,
) -> Settlement:
    """Return how to settle an attempt; `pause` is how long its lane stands still after a fault.

    Raises ValueError for an abandoned attempt: it is somebody else's to settle.
    """
    match outcome:
        case Sent():
            return _settled(delivery, State.SENT, now)
        case Refused() if _may_pass(delivery, outcome, now):
            later = Later(reason=outcome.reason, parts_sent=outcome.parts_sent)
            return _later(delivery, later, now, policy, randomness)
        case Refused():
            return _settled(delivery, State.FAILED, now, reason=outcome.reason)
        case Unjudged():
            return _unjudged(delivery, outcome, now)
        case LaneFault():
            return _settled(
                delivery,
                State.RETRY,
                now,
                reason=outcome.reason,
                next_at=now + pause,
                parts_sent=outcome.parts_sent,
            )
        case Later():
            return _later(delivery, outcome, now, policy, randomness)
        case _:
            raise ValueError("nothing to settle")


def counts_as_refused(mail_to: MailTo, today: date) -> bool:
    """Return whether an address is to be taken as dead that is refused today, whoever it was."""
    if not mail_to.accepted:
        return True
    return mail_to.refusals + (mail_to.refused_day != today) >= MOST_REFUSALS


def _may_pass(delivery: Delivery, refused: Refused, now: datetime) -> bool:
    """Return whether it is refused at an address that took mail before, and may do so again."""
    if refused.clarity is Clarity.CERTAIN or refused.blame is not Blame.ADDRESS:
        return False
    mail_to = delivery.mail_to
    return mail_to is not None and not counts_as_refused(mail_to, now.astimezone(UTC).date())


def _unjudged(delivery: Delivery, outcome: Unjudged, now: datetime) -> Settlement:
    if outcome.wait is None:
        return _settled(delivery, State.FAILED, now, reason=GIVEN_UP)
    return Settlement(
        state=State.RETRY,
        at=now,
        next_at=now + outcome.wait,
        failures=delivery.failures,
        doubts=delivery.doubts,
        parts_sent=max(delivery.parts_sent, outcome.parts_sent),
        unjudged=delivery.unjudged + 1,
        reason=outcome.reason,
    )


def _later(
    delivery: Delivery,
    outcome: Later,
    now: datetime,
    policy: RetryPolicy,
    randomness: random.Random,
) -> Settlement:
    doubts = delivery.doubts + outcome.doubt
    parts_sent = max(delivery.parts_sent, outcome.parts_sent)
    if outcome.doubt and doubts >= MOST_DOUBTS:
        return _settled(delivery, State.FAILED, now, reason=IN_DOUBT, doubts=doubts)
    failures = delivery.failures + (outcome.after is None)
    wait = _wait(failures, outcome, policy, randomness)
    if wait is None:
        return _settled(delivery, State.FAILED, now, reason=GIVEN_UP, doubts=doubts)
    return Settlement(
        state=State.RETRY,
        at=now,
        next_at=now + wait,
        failures=failures,
        doubts=doubts,
        parts_sent=parts_sent,
        reason=outcome.reason,
    )


def _wait(
    failures: int, outcome: Later, policy: RetryPolicy, randomness: random.Random
) -> timedelta | None:
    if outcome.after is not None:
        return outcome.after
    if outcome.cut_off and failures == 1:
        return policy.soon
    return policy.delay(failures, randomness)


def _settled(
    delivery: Delivery,
    state: State,
    now: datetime,
    *,
    reason: str | None = None,
    next_at: datetime | None = None,
    doubts: int | None = None,
    parts_sent: int = 0,
) -> Settlement:
    return Settlement(
        state=state,
        at=now,
        next_at=next_at,
        failures=delivery.failures,
        doubts=delivery.doubts if doubts is None else doubts,
        parts_sent=max(delivery.parts_sent, parts_sent),
        reason=reason,
    )
