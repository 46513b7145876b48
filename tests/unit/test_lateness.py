"""When a reminder says that it is late."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.delivery.lateness import is_late

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
