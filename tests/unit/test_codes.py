"""Codes and links: derived, never kept, and worth nothing anywhere else."""

import re
import secrets

import pytest

from bot.botapi.deep_links import CONFIRM
from bot.store.codes import code_of, confirm_token, old_link_token_of, read_confirm
from bot.store.mailboxes import exact_key
from bot.store.suppression_links import Source, read_stop, stop_token
from bot.store.tokens import content_of
from bot.store.vault import Vault
from tests.support.clock import A_MORNING
from tests.support.keyless import no_cipher

VAULT = Vault(no_cipher, b"pepper" * 6)
OTHER_VAULT = Vault(no_cipher, b"salted" * 6)
ADDRESS = "me@example.com"


def test_a_code_is_six_digits_leading_zeros_kept() -> None:
    codes = [code_of(VAULT, str(number)) for number in range(2000)]
    assert all(re.fullmatch("[0-9]{6}", code) for code in codes)
    assert any(code.startswith("0") for code in codes)


def test_codes_are_spread_evenly_over_all_there_can_be() -> None:
    codes = [code_of(VAULT, str(number)) for number in range(20_000)]
    for place in range(6):
        counts = [sum(code[place] == digit for code in codes) for digit in "0123456789"]
        assert max(counts) - min(counts) < 400  # a fair digit's deviation is about 42
    assert len(set(codes)) > 19_500


def test_what_a_link_carries_fits_a_deep_link_and_says_which_address_it_went_to_and_when() -> None:
    payload = confirm_token(VAULT, ADDRESS, A_MORNING)
    assert re.fullmatch("[A-Za-z0-9_-]{43}", payload)
    assert re.match(CONFIRM.pattern, f"/start c{payload}")
    link = read_confirm(VAULT, payload)
    assert link is not None
    assert link.made_at == A_MORNING
    assert link.is_for(exact_key(VAULT, "ME@example.com"))
    assert not link.is_for(exact_key(VAULT, "m.e@example.com"))


def test_a_change_of_any_one_character_of_a_link_makes_it_worthless() -> None:
    payload = confirm_token(VAULT, ADDRESS, A_MORNING)
    for place, was in enumerate(payload):
        for other in {"A", "z", "-"} - {was}:
            assert read_confirm(VAULT, payload[:place] + other + payload[place + 1 :]) is None


@pytest.mark.parametrize("payload", ["", "A", "A" * 43, "=" * 43, "é" * 43, " " * 43, "A" * 22])
def test_nothing_else_is_a_link(payload: str) -> None:
    assert read_confirm(VAULT, payload) is None


def test_a_code_and_a_link_belong_to_one_store() -> None:
    token = secrets.token_hex(16)
    assert code_of(VAULT, token) == code_of(VAULT, token)
    assert read_confirm(OTHER_VAULT, confirm_token(VAULT, ADDRESS, A_MORNING)) is None
    apart = [code_of(VAULT, str(n)) == code_of(OTHER_VAULT, str(n)) for n in range(1000)]
    assert sum(apart) < 5


def test_a_link_of_an_earlier_version_is_known_again() -> None:
    # As version 8 made it, with this secret.
    assert old_link_token_of(VAULT, "token") == "1nf1XH9fiqnjxEDqgIU12w"


def test_no_links_payload_is_good_for_another_purpose() -> None:
    confirm = confirm_token(VAULT, ADDRESS, A_MORNING)
    stop = stop_token(VAULT, ADDRESS, Source.CONFIRMATION, A_MORNING)
    assert read_stop(VAULT, confirm) is None
    assert read_confirm(VAULT, stop) is None
    assert content_of(VAULT, "stop-confirmation", confirm, 20) is None
