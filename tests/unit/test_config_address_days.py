"""ADDRESS_DAYS: how long an address that nobody needs is kept, if not for good."""

from datetime import timedelta

import pytest

from bot.settings import ConfigError, parse_settings


@pytest.mark.parametrize(
    ("value", "days"), [("", 60), ("60", 60), ("1", 1), ("0", None), ("36500", 36_500)]
)
def test_addresses_are_kept_for_so_many_days_or_for_good(value: str, days: int | None) -> None:
    expected = None if days is None else timedelta(days=days)
    assert parse_settings({"ADDRESS_DAYS": value}).address_life == expected


@pytest.mark.parametrize("value", ["-1", "36501", "1.5", "never"])
def test_any_other_span_is_refused_by_its_name(value: str) -> None:
    with pytest.raises(ConfigError, match=r"^ADDRESS_DAYS must be a whole number from 0 to"):
        parse_settings({"ADDRESS_DAYS": value})
