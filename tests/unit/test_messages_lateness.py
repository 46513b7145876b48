"""When a reminder says that it is late."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.messages.reminder import days_ago, is_late

DUE = datetime(2026, 1, 8, 9, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("after", "late"),
    [
        (timedelta(days=-1), False),
        (timedelta(), False),
        (timedelta(hours=1, minutes=59), False),
        (timedelta(hours=2), False),
        (timedelta(hours=2) + MOMENT, True),
        (timedelta(days=4), True),
    ],
)
def test_more_than_two_hours_is_late(after: timedelta, *, late: bool) -> None:
    assert is_late(DUE, DUE + after) is late


@pytest.mark.parametrize(
    ("day", "after", "told"),
    [
        (7, timedelta(), 7),
        (7, timedelta(hours=11), 7),
        (7, timedelta(days=1, hours=13), 9),
        (30, timedelta(days=4), 34),
    ],
)
def test_a_late_reminder_is_of_a_letter_that_has_grown_older(
    day: int, after: timedelta, told: int
) -> None:
    assert days_ago(day, DUE, DUE + after) == told
