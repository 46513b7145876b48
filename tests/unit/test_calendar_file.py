"""The calendar file: its lines as RFC 5545 wants them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.calendar_file import Event, calendar_of

NOW = datetime(2026, 1, 1, 9, tzinfo=UTC)
AT = datetime(2026, 1, 8, 9, 30, tzinfo=UTC)


def test_an_event_has_its_moment_in_utc_and_the_file_its_frame() -> None:
    assert calendar_of([Event("a-7", AT, "느린우체통 편지")], NOW).split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Slow Mailbox//EN",
        "BEGIN:VEVENT",
        "UID:a-7",
        "DTSTAMP:20260101T090000Z",
        "DTSTART:20260108T093000Z",
        "SUMMARY:느린우체통 편지",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        calendar_of([Event("a", AT.replace(tzinfo=None), "x")], NOW)


@given(title=st.text(st.characters(exclude_categories=["Cs"])))
def test_no_title_breaks_a_line_or_grows_one_too_long(title: str) -> None:
    lines = calendar_of([Event("a", AT, title)], NOW).removesuffix("\r\n").split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    unfolded = "\r\n".join(lines).replace("\r\n ", "")
    [summary] = [line for line in unfolded.split("\r\n") if line.startswith("SUMMARY:")]
    assert summary.count("\n") == 0
