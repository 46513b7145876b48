"""Codes and links: derived, never kept, and worth nothing anywhere else."""

import re
import secrets

from bot.store.codes import code_of, link_token_of
from bot.store.suppression_links import Source, stop_token
from bot.store.vault import Keys, Vault

VAULT = Vault(Keys(()), b"pepper" * 6)
OTHER_VAULT = Vault(Keys(()), b"salted" * 6)


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


def test_what_a_link_carries_fits_a_deep_link_and_cannot_be_guessed() -> None:
    payload = link_token_of(VAULT, "token")
    assert re.fullmatch("[A-Za-z0-9_-]{22}", payload)  # 128 bits
    assert len({link_token_of(VAULT, str(number)) for number in range(2000)}) == 2000


def test_a_code_and_a_link_belong_to_one_mail_of_one_store() -> None:
    token, other = secrets.token_hex(16), secrets.token_hex(16)
    assert code_of(VAULT, token) == code_of(VAULT, token)
    assert link_token_of(VAULT, token) != link_token_of(VAULT, other)
    assert link_token_of(VAULT, token) != link_token_of(OTHER_VAULT, token)
    apart = [code_of(VAULT, str(n)) == code_of(OTHER_VAULT, str(n)) for n in range(1000)]
    assert sum(apart) < 5


def test_no_derivation_shares_its_bytes_with_another() -> None:
    assert VAULT.digest("code", "token") != VAULT.digest("pass", "token")
    stop = stop_token(VAULT, "me@example.com", Source.CONFIRMATION)
    assert link_token_of(VAULT, "me@example.com")[:22] != stop[:22]
