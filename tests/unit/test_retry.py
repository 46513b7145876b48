"""The retry policy as a table (RFC 5321, section 4.5.4.1)."""

import random
from datetime import timedelta

import pytest

from bot.delivery.retry import RetryPolicy

POLICY = RetryPolicy()
NO_JITTER = RetryPolicy(jitter=0)
FIVE_DAYS = timedelta(days=5)
SEED = 20260101


@pytest.mark.parametrize(
    ("failures", "minutes"),
    [
        (1, 5),
        (2, 30),
        (3, 60),
        (4, 120),
        (5, 240),
        (6, 240),
        (7, 240),
        (20, 240),
        (33, 240),
        (34, 240),
        (35, None),
        (36, None),
        (1000, None),
    ],
)
def test_the_waits_grow_from_minutes_to_hours_and_end(failures: int, minutes: int | None) -> None:
    wait = POLICY.wait(failures)
    assert wait == (None if minutes is None else timedelta(minutes=minutes))


@pytest.mark.parametrize("failures", [0, -1])
def test_there_is_no_wait_before_a_failure(failures: int) -> None:
    with pytest.raises(ValueError, match=r"^a wait follows a failure$"):
        POLICY.wait(failures)


def test_the_schedule_goes_on_for_five_days_and_hardly_longer() -> None:
    waits = schedule(POLICY)
    assert sum(waits[:-1], timedelta()) < FIVE_DAYS
    assert FIVE_DAYS <= sum(waits, timedelta()) < FIVE_DAYS + POLICY.ceiling


def test_no_wait_is_shorter_than_the_one_before_and_none_beyond_the_ceiling() -> None:
    waits = schedule(POLICY)
    assert waits == sorted(waits)
    assert waits[-1] == POLICY.ceiling


def test_the_first_wait_outlasts_the_five_minutes_of_greylisting_but_for_jitter() -> None:
    assert POLICY.first == timedelta(minutes=5)
    assert POLICY.second >= timedelta(minutes=30)


@pytest.mark.parametrize("failures", [1, 2, 5, 34])
def test_jitter_stays_within_a_tenth_and_uses_both_sides(failures: int) -> None:
    randomness = random.Random(SEED)  # noqa: S311 - jitter is no secret
    wait = POLICY.wait(failures)
    assert wait is not None
    shares = [delay / wait for _ in range(500) if (delay := POLICY.delay(failures, randomness))]
    assert len(shares) == 500
    assert 0.9 <= min(shares) < 0.92
    assert 1.08 < max(shares) <= 1.1


def test_without_jitter_the_delay_is_the_wait() -> None:
    assert NO_JITTER.delay(3, random.Random(SEED)) == timedelta(hours=1)  # noqa: S311 - as above


def test_jitter_does_not_put_off_the_end() -> None:
    assert POLICY.delay(35, random.Random(SEED)) is None  # noqa: S311 - as above


def test_the_longest_wait_is_the_ceiling_with_all_its_jitter() -> None:
    assert POLICY.longest == timedelta(hours=4, minutes=24)


def test_a_policy_of_ones_own_keeps_to_its_figures() -> None:
    policy = RetryPolicy(
        first=timedelta(seconds=1),
        second=timedelta(seconds=2),
        ceiling=timedelta(seconds=5),
        give_up=timedelta(seconds=10),
    )
    assert [wait.seconds for wait in schedule(policy)] == [1, 2, 4, 5]


def test_a_second_wait_above_the_ceiling_is_cut_to_it() -> None:
    policy = RetryPolicy(second=timedelta(hours=9))
    assert policy.wait(2) == policy.ceiling


def test_a_wait_begins_only_before_the_whole_span_was_waited() -> None:
    minutes = timedelta(minutes=5)
    policy = RetryPolicy(first=minutes, second=minutes, ceiling=minutes, give_up=2 * minutes)
    assert policy.wait(2) == minutes
    assert policy.wait(3) is None


@pytest.mark.parametrize(("drawn", "share"), [(0.1, 1.1), (0.0, 1.0), (-0.05, 0.95)])
def test_the_jitter_that_is_drawn_lengthens_or_shortens_the_wait(
    drawn: float, share: float
) -> None:
    assert POLICY.delay(2, Drawn(drawn)) == timedelta(minutes=30) * share


class Drawn(random.Random):
    """Draws what it is told to, from the interval that it should be asked for."""

    def __init__(self, drawn: float) -> None:
        super().__init__(SEED)
        self._drawn = drawn

    def uniform(self, a: float, b: float) -> float:
        assert (a, b) == (-0.1, 0.1)
        return self._drawn


def schedule(policy: RetryPolicy) -> list[timedelta]:
    """Return every wait up to the end."""
    waits: list[timedelta] = []
    while (wait := policy.wait(len(waits) + 1)) is not None:
        waits.append(wait)
    return waits
