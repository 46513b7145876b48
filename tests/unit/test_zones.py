"""Which zones people mean by a city, a country or the time that it is there."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.locales import LANGUAGES, Language, zones
from tests.support.languages import ENGLISH, KOREAN
from tests.support.talk import full_width

NOW = datetime(2026, 1, 1, 9, 2, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 9, 2, tzinfo=UTC)


def found(text: str, now: datetime = NOW) -> list[str]:
    return [zone.key for zone in zones.find(text, now)]


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("London", "Europe/London"),
        ("런던", "Europe/London"),
        ("  new york ", "America/New_York"),
        ("NewYork", "America/New_York"),
        ("New York City", "America/New_York"),
        ("뉴욕이요", "America/New_York"),
        ("저는 뉴욕에 살아요", "America/New_York"),
        ("I live in Berlin now", "Europe/Berlin"),
        ("sao paulo", "America/Sao_Paulo"),
        ("São Paulo", "America/Sao_Paulo"),
        ("Calcutta", "Asia/Kolkata"),
        ("콜카타", "Asia/Kolkata"),
        ("America/New_York", "America/New_York"),
        ("독일", "Europe/Berlin"),
        ("東京", "Asia/Tokyo"),
        ("ロンドンです", "Europe/London"),
        ("ソウルに住んでいます", "Asia/Seoul"),
        ("ドイツ", "Europe/Berlin"),
        ("South Korea", "Asia/Seoul"),
        ("UK", "Europe/London"),
        ("KOR", "Asia/Seoul"),
    ],
)
def test_a_city_or_a_small_country_is_one_zone(text: str, zone: str) -> None:
    assert found(text) == [zone]


def test_a_large_country_is_its_most_used_zones() -> None:
    assert found("미국") == ["America/New_York", "America/Chicago", "America/Los_Angeles"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_zone_is_found_by_the_name_it_is_shown_under(language: Language) -> None:
    for name in zones._all():
        city = zones.city(ZoneInfo(name), language)
        at_most = len(zones._names()[zones._joined(city)])
        assert name in found(city) or at_most > 1, (name, city)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("18:02", "Asia/Tokyo"),
        ("오후 6시 2분", "Asia/Tokyo"),
        ("지금 오후 6시예요", "Asia/Tokyo"),
        ("今は午後６時２分です", "Asia/Tokyo"),
        ("6:02 PM", "Asia/Tokyo"),
        ("6.02 p.m.", "Asia/Tokyo"),
        ("6pm", "Asia/Tokyo"),
        (full_width("18:02"), "Asia/Tokyo"),
        ("17:57", "Asia/Tokyo"),
        ("18:09", "Asia/Tokyo"),
        ("it's 4:02 am here", "America/New_York"),
        ("14:32", "Asia/Kolkata"),
        ("9:02", "Europe/London"),
    ],
)
def test_a_time_is_the_zones_in_which_it_is_that_time_now(text: str, first: str) -> None:
    assert found(text)[0] == first
    assert 1 <= len(found(text)) <= zones.MOST


def test_a_time_without_its_half_of_the_day_may_be_either() -> None:
    assert found("9:02") == ["Europe/London", "Pacific/Fiji"]


def test_where_there_is_summer_time_a_time_means_that() -> None:
    assert found("5:02 AM", SUMMER)[0] == "America/New_York"
    assert found("10:02", SUMMER)[0] == "Europe/London"


@pytest.mark.parametrize("text", ["", "Atlantis", "뭐라고?", "25:00", "18:47", "😀", "9" * 61])
def test_anything_else_is_none(text: str) -> None:
    assert found(text) == []


@given(st.text(max_size=80))
def test_no_text_hurts(text: str) -> None:
    assert len(found(text)) <= zones.MOST


def test_a_zone_is_known_by_its_name_alone() -> None:
    assert zones.known("Asia/Seoul") == ZoneInfo("Asia/Seoul")
    assert zones.known("Asia/Atlantis") is None
    assert zones.known("../etc/passwd") is None


@pytest.mark.parametrize(
    ("zone", "ko", "en"),
    [
        ("Asia/Seoul", "서울", "Seoul"),
        ("America/New_York", "뉴욕", "New York"),
        ("UTC", *["UTC"] * 2),
    ],
)
def test_a_zone_is_called_by_its_city(zone: str, ko: str, en: str) -> None:
    assert zones.city(ZoneInfo(zone), KOREAN) == ko
    assert zones.city(ZoneInfo(zone), ENGLISH) == en


@pytest.mark.parametrize(
    ("language", "zone", "spoken"),
    [
        (KOREAN, "Asia/Seoul", True),
        (ENGLISH, "Asia/Seoul", False),
        (ENGLISH, "America/New_York", True),
        (ENGLISH, "Asia/Calcutta", True),
        (KOREAN, "America/New_York", False),
        (ENGLISH, "UTC", False),
    ],
)
def test_a_language_is_spoken_where_it_is_one_of_the_countrys(
    language: Language, zone: str, *, spoken: bool
) -> None:
    assert zones.is_spoken(language, ZoneInfo(zone)) is spoken
