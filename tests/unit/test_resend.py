"""The moment that `resend --since` means, as a table."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.resend import BadMoment, since

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
SEOUL = ZoneInfo("Asia/Seoul")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("7d", NOW - timedelta(days=7)),
        ("12h", NOW - timedelta(hours=12)),
        ("90m", NOW - timedelta(minutes=90)),
        ("0d", NOW),
        ("99999d", NOW - timedelta(days=99_999)),
        ("2026-01-30", datetime(2026, 1, 29, 15, tzinfo=UTC)),
        ("2026-01-30T18:00", datetime(2026, 1, 30, 9, tzinfo=UTC)),
        ("2026-01-30 18:00:30", datetime(2026, 1, 30, 9, 0, 30, tzinfo=UTC)),
        ("2026-01-30T18:00Z", datetime(2026, 1, 30, 18, tzinfo=UTC)),
        ("2026-01-30T18:00-05:00", datetime(2026, 1, 30, 23, tzinfo=UTC)),
    ],
)
def test_a_text_means_the_moment(text: str, moment: datetime) -> None:
    assert since(text, now=NOW, zone=SEOUL) == moment


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "7", "d", "-7d", "7w", "7 d", "1.5d", "7d\n", "999999999d", "\ud800"),
        *("2026-13-01", "2026-02-30", "31/01/2026", "2026-01-30T25:00", "0001-01-01"),
        *("2026-02-01", "2026-01-31T22:00"),
    ],
)
def test_a_text_that_means_no_moment_of_the_past_is_refused(text: str) -> None:
    with pytest.raises(BadMoment):
        since(text, now=NOW, zone=SEOUL)
