"""What a link to stop mail, or to allow it again, carries: it was given for one mailbox."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.botapi.deep_links import LIFT, STOP
from bot.chat import suppressing
from bot.store.mailboxes import legacy_key, mailbox_key
from bot.store.suppression_links import (
    LiftLink,
    Source,
    StopLink,
    lift_token,
    read_lift,
    read_stop,
    stop_token,
)
from bot.store.tokens import signed
from bot.store.vault import Vault
from tests.support.keyless import no_cipher

VAULT = Vault(no_cipher, b"pepper" * 6)
OTHER_STORE = Vault(no_cipher, b"salted" * 6)
ADDRESS = "me@gmail.com"
KEY = mailbox_key(VAULT, ADDRESS)
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
TOKEN = stop_token(VAULT, ADDRESS, Source.REMINDER, NOW)


@pytest.mark.parametrize("source", [Source.REMINDER, Source.CONFIRMATION])
def test_a_link_stops_the_mailbox_it_was_given_for_and_says_where_it_stood(source: Source) -> None:
    token = stop_token(VAULT, ADDRESS, source, NOW)
    assert read_stop(VAULT, token) == StopLink(key=KEY, source=source, made_at=NOW)
    assert stop_token(VAULT, "M.E+tag@googlemail.com", source, NOW) == token
    assert read_lift(VAULT, token) is None


def test_a_link_of_an_earlier_version_is_known_by_the_key_of_that_time() -> None:
    # As version 6 made it for me@gmail.com, with this secret.
    token = "l2EUCmLr9VpYhU54uDRtnQbpkR56V2Y88eMcAA"
    assert read_stop(VAULT, token) == StopLink(key=legacy_key(VAULT, ADDRESS), source=Source.LEGACY)


@pytest.mark.parametrize("source", [Source.REMINDER, Source.CONFIRMATION])
def test_a_link_that_does_not_say_when_it_was_made_is_older_than_all(source: Source) -> None:
    link = read_stop(VAULT, signed(VAULT, source, bytes.fromhex(KEY)))
    assert link == StopLink(key=KEY, source=source)
    assert link.is_older_than(NOW)


def test_a_link_is_not_older_than_the_second_it_was_made_in() -> None:
    link = read_stop(VAULT, TOKEN)
    assert link is not None
    assert not link.is_older_than(NOW + timedelta(milliseconds=999))
    assert link.is_older_than(NOW + timedelta(seconds=1))


def test_a_link_that_lifts_is_good_for_nothing_else() -> None:
    token = lift_token(VAULT, ADDRESS, NOW)
    assert read_lift(VAULT, token) == LiftLink(key=KEY, made_at=NOW)
    assert read_lift(VAULT, signed(VAULT, "lift", bytes.fromhex(KEY))) == LiftLink(key=KEY)
    assert read_stop(VAULT, token) is None


def test_both_fit_a_deep_link_and_a_button() -> None:
    assert re.fullmatch("[A-Za-z0-9_-]{43}", TOKEN)
    for pressed in (suppressing.STOP, suppressing.LIFT):
        assert len(pressed.data(TOKEN).encode()) <= 64
        assert re.match(pressed.pattern, pressed.data(TOKEN))
    for tapped in (STOP, LIFT):
        payload = tapped.url("https://t.me/bot", TOKEN).partition("start=")[2]
        assert len(payload) <= 64
        assert re.match(tapped.pattern, f"/start {payload}")


def test_a_change_of_any_one_character_makes_it_worthless() -> None:
    for place, was in enumerate(TOKEN):
        for other in ("A", "z", "-"):
            forged = TOKEN[:place] + other + TOKEN[place + 1 :]
            assert other == was or read_stop(VAULT, forged) is None


@pytest.mark.parametrize(
    "forged",
    ["", "A", TOKEN[:-1], TOKEN + "A", "A" * 43, "=" * 43, "é" * 43, TOKEN[::-1], " " * 43],
)
def test_anything_else_is_no_link_of_ours(forged: str) -> None:
    assert read_stop(VAULT, forged) is None
    assert read_lift(VAULT, forged) is None


def test_another_stores_link_is_worth_nothing_here() -> None:
    assert read_stop(VAULT, stop_token(OTHER_STORE, ADDRESS, Source.REMINDER, NOW)) is None
    assert read_lift(VAULT, lift_token(OTHER_STORE, ADDRESS, NOW)) is None


def test_the_tag_of_one_mailbox_does_not_fit_another() -> None:
    other = stop_token(VAULT, "you@example.com", Source.REMINDER, NOW)
    assert read_stop(VAULT, TOKEN[:22] + other[22:]) is None
