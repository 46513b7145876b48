"""When a letter comes back (at its hour on the wall, so many days on), and what can be one."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.letters import (
    LARGEST_LETTER,
    LONGEST_LETTER,
    LetterFlaw,
    Reminder,
    flaw_of,
    is_night,
    moved,
    reminder_due_at,
    reminders,
)
from bot.text import Entity, Words

SEOUL = ZoneInfo("Asia/Seoul")
ZONES = ("Asia/Seoul", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu")


def at(zone: str, text: str, *, fold: int = 0) -> datetime:
    """Return the moment a clock on the wall there shows so."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


@pytest.mark.parametrize(
    ("zone", "sealed", "days", "due"),
    [
        pytest.param("Asia/Seoul", "2026-01-01T09:00", 7, "2026-01-08T00:00Z", id="no-dst"),
        pytest.param("Asia/Seoul", "2026-01-01T00:30", 30, "2026-01-30T15:30Z", id="utc-eve"),
        pytest.param("Asia/Seoul", "2026-12-25T23:59", 7, "2027-01-01T14:59Z", id="years-end"),
        pytest.param("Asia/Seoul", "2026-12-31T23:59", 30, "2027-01-30T14:59Z", id="new-years-eve"),
        pytest.param("Asia/Seoul", "2028-02-22T08:00", 7, "2028-02-28T23:00Z", id="to-29-february"),
        pytest.param("Asia/Seoul", "2028-02-29T08:00", 7, "2028-03-06T23:00Z", id="on-29-february"),
        pytest.param("Asia/Seoul", "2027-02-22T08:00", 7, "2027-02-28T23:00Z", id="no-29-february"),
        pytest.param("UTC", "2026-06-01T12:00", 7, "2026-06-08T12:00Z", id="utc"),
        pytest.param("Asia/Kathmandu", "2026-05-01T06:00", 7, "2026-05-08T00:15Z", id="quarters"),
        pytest.param("Pacific/Kiritimati", "2026-01-01T01:00", 7, "2026-01-07T11:00Z", id="east"),
        pytest.param("Pacific/Pago_Pago", "2026-01-01T23:00", 7, "2026-01-09T10:00Z", id="west"),
        pytest.param(
            "America/New_York", "2026-03-05T08:00", 7, "2026-03-12T12:00Z", id="into-summer-time"
        ),
        pytest.param(
            "Europe/Berlin", "2026-10-20T08:00", 7, "2026-10-27T07:00Z", id="out-of-summer-time"
        ),
        pytest.param(
            "America/New_York", "2026-03-01T02:30", 7, "2026-03-08T07:30Z", id="gap-moves-forward"
        ),
        pytest.param(
            "America/New_York", "2026-03-01T02:00", 7, "2026-03-08T07:00Z", id="gap-begins"
        ),
        pytest.param("America/New_York", "2026-03-01T03:00", 7, "2026-03-08T07:00Z", id="gap-ends"),
        pytest.param(
            "Australia/Lord_Howe", "2026-09-27T02:15", 7, "2026-10-03T15:45Z", id="half-hour-gap"
        ),
        pytest.param(
            "America/New_York", "2026-10-25T01:30", 7, "2026-11-01T05:30Z", id="overlap-means-first"
        ),
        pytest.param(
            "Pacific/Apia", "2011-12-23T10:00", 7, "2011-12-30T20:00Z", id="a-day-that-never-was"
        ),
    ],
)
def test_a_reminder_keeps_its_hour_on_the_wall(zone: str, sealed: str, days: int, due: str) -> None:
    given_moment = reminder_due_at(at(zone, sealed), days, ZoneInfo(zone))
    assert given_moment == datetime.fromisoformat(due)
    assert given_moment.tzinfo is UTC


@pytest.mark.parametrize("fold", [0, 1])
def test_sealing_in_either_half_of_a_doubled_hour_keeps_the_hour(fold: int) -> None:
    sealed = at("America/New_York", "2026-11-01T01:30", fold=fold).astimezone(UTC)
    due = reminder_due_at(sealed, 7, ZoneInfo("America/New_York"))
    assert due == datetime(2026, 11, 8, 6, 30, tzinfo=UTC)


def test_the_hour_is_the_persons_whatever_zone_the_moment_is_told_in() -> None:
    moment = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    told = [moment, moment.astimezone(SEOUL), moment.astimezone(timezone(timedelta(hours=-9)))]
    assert {reminder_due_at(each, 7, SEOUL) for each in told} == {moment + timedelta(days=7)}


def test_a_naive_moment_is_refused() -> None:
    naive = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="aware"):
        reminder_due_at(naive, 7, SEOUL)


def test_reminders_come_in_the_order_of_their_days() -> None:
    sealed = datetime(2026, 1, 1, tzinfo=UTC)
    assert reminders(sealed, (30, 7), SEOUL) == (
        Reminder(day=7, due_at=sealed + timedelta(days=7)),
        Reminder(day=30, due_at=sealed + timedelta(days=30)),
    )


@given(
    moment=st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants naive bounds and a zone apart
    days=st.integers(1, 400),
    zone=st.sampled_from(ZONES),
)
def test_a_reminder_is_never_more_than_a_change_of_clocks_off(
    moment: datetime, days: int, zone: str
) -> None:
    wait = reminder_due_at(moment, days, ZoneInfo(zone)) - moment
    assert abs(wait - timedelta(days=days)) <= timedelta(hours=2)


@pytest.mark.parametrize(
    "text",
    ["", " \n\t\u3000", "\u200b", "\u200c\u200d", "\u2060\ufeff", "\u2800\u2800", "\u3164",
     "\u115f\u1160", "\uffa0", "\ufe0f\ufe0e", "\U000e0100", "\u180b", "\U000e0001\U000e0067",
     "\u202e\u2066", "\u200f", "\u061c", "\u00ad", "\u034f", "\u17b4", "\U0001d173",
     "\x00\x1b\x7f", "\ufff9\ufffb", "\u3164" * LONGEST_LETTER * 4],
)  # fmt: skip
def test_a_letter_of_nothing_visible_is_an_empty_one(text: str) -> None:
    assert flaw_of(Words(text)) is LetterFlaw.EMPTY


@pytest.mark.parametrize(
    "text",
    [".", "\u3164.", "👨\u200d👩\u200d👧", "☺\ufe0f", "가", "ㅋ", "\u0301", "\ufffd",
     "\u05d0", "⠁"],
)  # fmt: skip
def test_a_letter_in_which_anything_can_be_seen_is_one(text: str) -> None:
    assert flaw_of(Words(text)) is None


@pytest.mark.parametrize(
    ("length", "flaw"), [(LONGEST_LETTER, None), (LONGEST_LETTER + 1, LetterFlaw.TOO_LONG)]
)
@pytest.mark.parametrize("character", ["a", "가", "🙂"])
def test_a_letter_has_so_many_characters(
    character: str, length: int, flaw: LetterFlaw | None
) -> None:
    assert flaw_of(Words(character * length)) is flaw


@pytest.mark.parametrize(("over", "flaw"), [(0, None), (1, LetterFlaw.TOO_LARGE)])
@pytest.mark.parametrize("character", ["a", "가", "🙂"])
def test_formatting_and_the_addresses_of_links_count_in_a_letters_size(
    character: str, over: int, flaw: LetterFlaw | None
) -> None:
    link = Entity(type="text_link", offset=0, length=1, url="https://example.com/")
    room = LARGEST_LETTER - Words(character * 1000, (link,)).size
    longer = replace(link, url=f"https://example.com/{'x' * (room + over)}")
    assert flaw_of(Words(character * 1000, (longer,))) is flaw


@pytest.mark.parametrize(
    ("clock", "night"),
    [("21:59", False), ("22:00", True), ("00:30", True), ("07:59", True), ("08:00", False)],
)
@pytest.mark.parametrize("zone", ZONES)
def test_it_is_night_from_ten_to_eight_where_somebody_lives(
    zone: str, clock: str, *, night: bool
) -> None:
    assert is_night(at(zone, f"2026-03-01 {clock}"), ZoneInfo(zone)) is night


@pytest.mark.parametrize(
    ("zone", "hour", "due"),
    [
        pytest.param("Asia/Seoul", 7, ["2026-03-07T22:00Z", "2026-03-30T22:00Z"], id="no-dst"),
        pytest.param(
            "America/New_York", 2, ["2026-03-08T07:00Z", "2026-03-31T06:00Z"], id="skipped-hour"
        ),
        pytest.param("Asia/Seoul", 0, ["2026-03-07T15:00Z", "2026-03-30T15:00Z"], id="midnight"),
    ],
)
def test_a_chosen_hour_takes_the_place_of_the_time_of_sealing(
    zone: str, hour: int, due: list[str]
) -> None:
    come = reminders(at(zone, "2026-03-01T18:30"), (7, 30), ZoneInfo(zone), hour=hour)
    assert [each.due_at for each in come] == [datetime.fromisoformat(each) for each in due]


@pytest.mark.parametrize(
    ("old", "new", "due", "wall", "expected"),
    [
        pytest.param(
            *("Asia/Seoul", "America/New_York", "2026-03-07T09:00Z", "18:00"),
            "2026-03-07T23:00Z",
            id="before-summer-time",
        ),
        pytest.param(
            *("Asia/Seoul", "America/New_York", "2026-03-08T09:00Z", "18:00"),
            "2026-03-08T22:00Z",
            id="in-summer-time",
        ),
        pytest.param(
            *("Asia/Seoul", "America/New_York", "2026-03-07T17:30Z", "02:30"),
            "2026-03-08T07:30Z",
            id="skipped-there",
        ),
        pytest.param(
            *("Pacific/Honolulu", "Pacific/Kiritimati", "2026-01-09T04:00Z", "18:00"),
            "2026-01-08T04:00Z",
            id="across-the-date-line",
        ),
    ],
)
def test_a_moved_reminder_keeps_its_calendar_day_and_its_time_on_the_wall(
    old: str, new: str, due: str, wall: str, expected: str
) -> None:
    found = moved(
        datetime.fromisoformat(due), ZoneInfo(old), ZoneInfo(new), time.fromisoformat(wall)
    )
    assert found == datetime.fromisoformat(expected)
    assert found.tzinfo == UTC


def test_of_a_doubled_time_the_first_counts_where_a_reminder_moves_to() -> None:
    wall, new_york = time(1, 30, fold=1), ZoneInfo("America/New_York")
    due = datetime(2026, 11, 1, 1, tzinfo=UTC)
    assert moved(due, SEOUL, new_york, wall) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
