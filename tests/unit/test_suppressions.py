"""What a stop link carries: proof that this app gave it, for one mailbox and no other."""

import re

import pytest

from bot.chat.suppressing import STOP
from bot.store.mailboxes import mailbox_key
from bot.store.suppressions import key_in, unsubscribe_token
from bot.store.vault import Keys, Vault

VAULT = Vault(Keys(()), b"pepper" * 6)
OTHER_HOUSE = Vault(Keys(()), b"salted" * 6)
CARRIED = unsubscribe_token(VAULT, "me@example.com")


def test_a_link_stops_the_mailbox_it_was_given_for_in_all_its_spellings() -> None:
    assert key_in(VAULT, CARRIED) == mailbox_key(VAULT, "me@example.com")
    assert unsubscribe_token(VAULT, "M.E+tag@EXAMPLE.com") == CARRIED


def test_it_fits_a_deep_link_and_a_button() -> None:
    assert re.fullmatch("[A-Za-z0-9_-]{38}", CARRIED)
    assert len(STOP.data(CARRIED).encode()) <= 64
    assert re.match(STOP.pattern, STOP.data(CARRIED))


def test_a_change_of_any_one_character_makes_it_worthless() -> None:
    for place, was in enumerate(CARRIED):
        for other in ("A", "z", "-"):
            forged = CARRIED[:place] + other + CARRIED[place + 1 :]
            stopped = key_in(VAULT, forged)
            # The last character of the key has bits that mean nothing.
            assert other == was or stopped in {None, mailbox_key(VAULT, "me@example.com")}
            assert other == was or place in {21, 37} or stopped is None


@pytest.mark.parametrize(
    "forged",
    ["", "A", CARRIED[:-1], CARRIED + "A", "A" * 38, "=" * 38, "é" * 38, CARRIED[::-1], " " * 38],
)
def test_anything_else_is_no_link_of_ours(forged: str) -> None:
    assert key_in(VAULT, forged) is None


def test_another_stores_link_is_worth_nothing_here() -> None:
    assert key_in(VAULT, unsubscribe_token(OTHER_HOUSE, "me@example.com")) is None


def test_the_tag_of_one_mailbox_does_not_fit_another() -> None:
    other = unsubscribe_token(VAULT, "you@example.com")
    assert key_in(VAULT, CARRIED[:22] + other[22:]) is None
