"""RETENTION_DAYS: how long words are kept, if not for good."""

from datetime import timedelta

import pytest

from bot.settings import ConfigError, parse_settings


@pytest.mark.parametrize(
    ("value", "days"), [("", None), (" ", None), ("1", 1), (" 90 ", 90), ("36500", 36_500)]
)
def test_words_are_kept_for_good_or_so_many_days(value: str, days: int | None) -> None:
    expected = None if days is None else timedelta(days=days)
    assert parse_settings({"RETENTION_DAYS": value}).retention == expected


@pytest.mark.parametrize("value", ["0", "-1", "36501", "1.5", "forever", "7,30"])
def test_any_other_span_is_refused_by_its_name(value: str) -> None:
    with pytest.raises(ConfigError, match=r"^RETENTION_DAYS must be a whole number from 1 to"):
        parse_settings({"RETENTION_DAYS": value})
