"""What an outcome makes of a delivery, as a table."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.delivery.outcome import (
    Abandoned,
    Blame,
    Clarity,
    LaneFault,
    Later,
    Outcome,
    Refused,
    Sent,
    Unjudged,
)
from bot.delivery.retry import RetryPolicy
from bot.delivery.settling import counts_as_refused, settlement
from bot.letters import State
from bot.store.claims import Settlement
from bot.store.deliveries import Delivery, MailTo
from tests.support.sealed_letters import A_DELIVERY

NOW = datetime(2026, 1, 8, 9, tzinfo=UTC)
PAUSE = timedelta(minutes=3)
LATER = Later(reason="not-now")
CUT_OFF = Later(reason="gone", cut_off=True)
DOUBT = Later(reason="who-knows", doubt=True)
AFTER = Later(reason="wait", after=timedelta(seconds=31))
AT_ONCE_IN_DOUBT = Later(reason="lost", after=timedelta(), doubt=True)

NOBODY = Refused(reason="no", blame=Blame.ADDRESS, clarity=Clarity.CLEAR)
WAIT = Unjudged(reason="no", wait=timedelta(minutes=4), parts_sent=1)


FRESH = replace(A_DELIVERY, due_at=NOW)
TRIED = replace(FRESH, failures=2, parts_sent=1)
DOUBTED = replace(FRESH, failures=1, doubts=1)
WORN_OUT = replace(FRESH, failures=34)
TODAY, YESTERDAY = NOW.date(), (NOW - timedelta(days=1)).date()


def to(*, accepted: bool = False, refusals: int = 0, day: date | None = None) -> Delivery:
    """Return a mail to an address with that past."""
    mail_to = MailTo(
        id=1,
        address="me@example.com",
        suppressed=False,
        unsubscribe_token="t",
        accepted=accepted,
        refusals=refusals,
        refused_day=day,
    )
    return replace(FRESH, mail_to=mail_to)


def retry(
    wait: timedelta,
    reason: str,
    *,
    failures: int = 0,
    doubts: int = 0,
    parts_sent: int = 0,
    unjudged: int = 0,
) -> Settlement:
    return Settlement(
        state=State.RETRY,
        at=NOW,
        next_at=NOW + wait,
        failures=failures,
        doubts=doubts,
        parts_sent=parts_sent,
        unjudged=unjudged,
        reason=reason,
    )


def over(
    state: State,
    reason: str | None = None,
    *,
    failures: int = 0,
    doubts: int = 0,
    parts_sent: int = 0,
) -> Settlement:
    return Settlement(
        state=state,
        at=NOW,
        failures=failures,
        doubts=doubts,
        parts_sent=parts_sent,
        reason=reason,
    )


MINUTES = {n: timedelta(minutes=n) for n in (5, 30, 60)}


@pytest.mark.parametrize(
    ("delivery", "outcome", "expected"),
    [
        (FRESH, Sent(), over(State.SENT)),
        (TRIED, Sent(), over(State.SENT, failures=2, parts_sent=1)),
        (DOUBTED, Sent(), over(State.SENT, failures=1, doubts=1)),
        (
            TRIED,
            Refused(reason="no", blame=Blame.ADDRESS),
            over(State.FAILED, "no", failures=2, parts_sent=1),
        ),
        (FRESH, Refused(reason="no", blame=Blame.PERSON), over(State.FAILED, "no")),
        # an address that took mail is given three days
        (to(), NOBODY, over(State.FAILED, "no")),
        (to(accepted=True), NOBODY, retry(MINUTES[5], "no", failures=1)),
        (
            to(accepted=True, refusals=1, day=TODAY),
            NOBODY,
            retry(MINUTES[5], "no", failures=1),
        ),
        (
            to(accepted=True, refusals=2, day=TODAY),
            NOBODY,
            retry(MINUTES[5], "no", failures=1),
        ),
        (to(accepted=True, refusals=2, day=YESTERDAY), NOBODY, over(State.FAILED, "no")),
        (to(accepted=True, refusals=3, day=TODAY), NOBODY, over(State.FAILED, "no")),
        (
            replace(to(accepted=True), failures=34),
            NOBODY,
            over(State.FAILED, "given-up", failures=34),
        ),
        (to(accepted=True), replace(NOBODY, blame=Blame.CONTENT), over(State.FAILED, "no")),
        (
            to(accepted=True),
            replace(NOBODY, clarity=Clarity.CERTAIN),
            over(State.FAILED, "no"),
        ),
        # what nobody can judge yet
        (FRESH, WAIT, retry(timedelta(minutes=4), "no", parts_sent=1, unjudged=1)),
        (
            replace(DOUBTED, unjudged=5),
            WAIT,
            retry(timedelta(minutes=4), "no", failures=1, doubts=1, parts_sent=1, unjudged=6),
        ),
        (replace(FRESH, unjudged=9), replace(WAIT, wait=None), over(State.FAILED, "given-up")),
        (FRESH, LaneFault(reason="login"), retry(PAUSE, "login")),
        (
            replace(TRIED, doubts=1),
            LaneFault(reason="login", urgent=True),
            retry(PAUSE, "login", failures=2, doubts=1, parts_sent=1),
        ),
        (FRESH, LATER, retry(MINUTES[5], "not-now", failures=1)),
        (TRIED, LATER, retry(MINUTES[60], "not-now", failures=3, parts_sent=1)),
        (FRESH, CUT_OFF, retry(timedelta(seconds=5), "gone", failures=1)),
        (DOUBTED, CUT_OFF, retry(MINUTES[30], "gone", failures=2, doubts=1)),
        (WORN_OUT, LATER, over(State.FAILED, "given-up", failures=34)),
        (FRESH, AFTER, retry(timedelta(seconds=31), "wait")),
        (
            TRIED,
            LaneFault(reason="cut", parts_sent=2),
            retry(PAUSE, "cut", failures=2, parts_sent=2),
        ),
        (WORN_OUT, AFTER, retry(timedelta(seconds=31), "wait", failures=34)),
        (FRESH, DOUBT, retry(MINUTES[5], "who-knows", failures=1, doubts=1)),
        (DOUBTED, LATER, retry(MINUTES[30], "not-now", failures=2, doubts=1)),
        (DOUBTED, DOUBT, over(State.FAILED, "unconfirmed", failures=1, doubts=2)),
        (WORN_OUT, DOUBT, over(State.FAILED, "given-up", failures=34, doubts=1)),
        (FRESH, AT_ONCE_IN_DOUBT, retry(timedelta(), "lost", doubts=1)),
        (DOUBTED, AT_ONCE_IN_DOUBT, over(State.FAILED, "unconfirmed", failures=1, doubts=2)),
        (
            FRESH,
            replace(LATER, parts_sent=2),
            retry(MINUTES[5], "not-now", failures=1, parts_sent=2),
        ),
        (
            TRIED,
            replace(LATER, parts_sent=0),
            retry(MINUTES[60], "not-now", failures=3, parts_sent=1),
        ),
    ],
)
def test_an_outcome_settles_a_delivery(
    delivery: Delivery, outcome: Outcome, expected: Settlement
) -> None:
    assert settled(delivery, outcome) == expected


def test_two_letters_refused_on_the_third_day_count_once_and_both_count() -> None:
    before = to(accepted=True, refusals=2, day=YESTERDAY).mail_to
    after = to(accepted=True, refusals=3, day=TODAY).mail_to
    assert before is not None
    assert after is not None
    assert counts_as_refused(before, TODAY)
    assert counts_as_refused(after, TODAY)


def test_an_abandoned_attempt_is_not_settled() -> None:
    with pytest.raises(ValueError, match="nothing to settle"):
        settled(FRESH, Abandoned())


def test_a_wait_of_the_policy_has_jitter_and_the_far_ends_own_word_has_none() -> None:
    jittery = RetryPolicy(jitter=0.1)
    assert settled(FRESH, LATER, jittery).next_at not in {None, NOW + MINUTES[5]}
    assert settled(FRESH, AFTER, jittery).next_at == NOW + timedelta(seconds=31)


def settled(delivery: Delivery, outcome: Outcome, policy: RetryPolicy | None = None) -> Settlement:
    return settlement(
        delivery,
        outcome,
        now=NOW,
        pause=PAUSE,
        policy=policy or RetryPolicy(jitter=0),
        randomness=random.Random(1),  # noqa: S311 - jitter is no secret
    )
