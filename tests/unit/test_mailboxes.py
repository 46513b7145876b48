"""One mailbox, however it is spelled; two mailboxes, however alike they look."""

from itertools import combinations

import pytest

from bot.email_address.mailbox_forms import form_before_rules, is_at_public_provider
from bot.email_address.providers import provider_of
from bot.store.mailboxes import (
    AddressKeys,
    domain_key,
    exact_key,
    legacy_key,
    mailbox_key,
    wide_key,
)
from bot.store.vault import Vault
from tests.support.keyless import no_cipher

VAULT = Vault(no_cipher, b"pepper" * 6)
OTHER_STORE = Vault(no_cipher, b"salted" * 6)

SPELLINGS = (
    (
        "victim@gmail.com",
        "VICTIM@GMAIL.COM",
        "v.i.c.t.i.m@gmail.com",
        "victim+a+b@gmail.com",
        "Vic.Tim+2026.01@Gmail.Com",
        "victim@googlemail.com",
    ),
    ("john.smith@outlook.com", "John.Smith+news@Outlook.com"),
    ("victim@icloud.com", "victim@me.com", "Victim+x@mac.com"),
    (
        "victim@proton.me",
        "v.i-c_tim@protonmail.com",
        "VICTIM+x@pm.me",
        "victim@protonmail.ch",
    ),
    ("my-name@yandex.ru", "my.name@ya.ru", "My-Name@yandex.com", "my.name+x@yandex.kz"),
    ("victim@fastmail.com", "victim+x@fastmail.com", "anything@victim.fastmail.com"),
    ("victim@daum.net", "victim@hanmail.net"),
    ("victim@zohomail.com", "victim+x@zohomail.com"),
)
"""Ways to write one mailbox, by its provider's own rules."""

STRANGERS = (
    ("johnsmith@outlook.com", "j.ohnsmith@outlook.com"),
    ("victim@outlook.com", "victim@hotmail.com"),
    ("first.last@naver.com", "firstlast@naver.com"),
    ("victim@naver.com", "victim+x@naver.com"),
    ("victim-x@yahoo.com", "victim@yahoo.com"),
    ("victim@kakao.com", "victim@daum.net"),
    ("fir.st@icloud.com", "first@icloud.com"),
    ("first-last@gmail.com", "firstlast@gmail.com"),
    ("victim@gmail.com", "victim@mail.gmail.com"),
    ("first.last@company.example", "firstlast@company.example"),
    ("victim@company.example", "victim+x@company.example"),
    ("straße@company.example", "strasse@company.example"),
    ("victim@straße.example", "victim@strasse.example"),
    ("다짐@우체통.한국", "다짐이@우체통.한국"),
    ("myname@yandex.ru", "my-name@yandex.ru"),
)
"""Pairs that may be two people's."""

WIDE = (
    ("first.last@naver.com", "firstlast@naver.com", "FirstLast+x@naver.com"),
    ("victim@company.example", "v.ic-t_im@company.example", "victim+x@company.example"),
    ("straße@company.example", "strasse@company.example", "STRASSE@company.example"),
    ("v@straße.example", "v@strasse.example", "v@xn--strae-oqa.example"),
    ("victim@gmail.com", "ｖictim@gmail.com", "v．ictim＋x@gmail.com"),  # noqa: RUF001
    ("my-name@yandex.ru", "myname@ya.ru"),
    ("john.smith@outlook.com", "johnsmith@outlook.com"),
)
"""Ways to write what some server somewhere may take for one mailbox."""


@pytest.mark.parametrize("spellings", SPELLINGS, ids=lambda each: each[0])
def test_all_spellings_of_a_mailbox_share_its_keys(spellings: tuple[str, ...]) -> None:
    for key in (mailbox_key, wide_key, domain_key):
        assert len({key(VAULT, each) for each in spellings}) == 1


@pytest.mark.parametrize(("one", "another"), STRANGERS)
def test_what_may_be_two_peoples_has_two_keys(one: str, another: str) -> None:
    assert mailbox_key(VAULT, one) != mailbox_key(VAULT, another)
    assert exact_key(VAULT, one) != exact_key(VAULT, another)


@pytest.mark.parametrize("spellings", WIDE, ids=lambda each: each[0])
def test_the_bounds_take_all_that_may_be_one_mailbox_for_one(spellings: tuple[str, ...]) -> None:
    assert len({wide_key(VAULT, each) for each in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("victim@gmail.com", "victim1@gmail.com"),
        ("victim@gmail.com", "victim@naver.com"),
        ("+a@example.com", "+b@example.com"),
        ("--@example.com", "..@example.com"),
    ],
)
def test_even_the_bounds_keep_apart_what_nobody_takes_for_one(one: str, another: str) -> None:
    assert wide_key(VAULT, one) != wide_key(VAULT, another)


def test_an_address_is_the_same_only_as_it_was_written_letter_case_aside() -> None:
    assert exact_key(VAULT, "Me@Example.com") == exact_key(VAULT, "me@example.COM")
    assert exact_key(VAULT, "m.e@gmail.com") != exact_key(VAULT, "me@gmail.com")
    assert exact_key(VAULT, "me+a@gmail.com") != exact_key(VAULT, "me@gmail.com")


@pytest.mark.parametrize("spelling", ["v.ictim+x@gmail.com", "VICTIM@googlemail.com"])
def test_the_key_of_earlier_versions_is_made_as_they_made_it(spelling: str) -> None:
    assert form_before_rules(spelling) == "victim@gmail.com"
    assert legacy_key(VAULT, spelling) == VAULT.digest("mailbox", "victim@gmail.com")[:16].hex()


def test_a_domain_has_one_key_in_all_its_spellings() -> None:
    assert domain_key(VAULT, "a@Gmail.com") == domain_key(VAULT, "b+c@googlemail.com")
    assert domain_key(VAULT, "a@one.fastmail.com") == domain_key(VAULT, "b@fastmail.com")
    assert domain_key(VAULT, "a@naver.com") != domain_key(VAULT, "a@gmail.com")


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("a@a.evil.example", "b@b.evil.example"),
        ("a@evil.example", "b@x.y.z.evil.example"),
        ("a@a.evil.co.kr", "b@evil.co.kr"),
        ("a@cs.snu.ac.kr", "b@snu.ac.kr"),
        ("a@a.firm.com.br", "b@b.Firm.com.br"),
        ("a@a.편지.한국", "b@b.편지.한국"),
        ("a@a.xn--bj0bj06e.kr", "b@xn--bj0bj06e.kr"),
    ],
)
def test_what_an_owner_puts_below_a_domain_counts_with_it(one: str, another: str) -> None:
    assert domain_key(VAULT, one) == domain_key(VAULT, another)


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("a@one.co.kr", "a@two.co.kr"),
        ("a@one.or.jp", "a@two.or.jp"),
        ("a@one.com.br", "a@two.com.br"),
        ("a@one.ac.uk", "a@two.ac.uk"),
        ("a@one.com", "a@two.com"),
        ("a@one.de", "a@two.de"),
    ],
)
def test_what_two_registered_does_not_count_together(one: str, another: str) -> None:
    assert domain_key(VAULT, one) != domain_key(VAULT, another)


def test_a_large_providers_domain_is_told_from_an_organisations() -> None:
    assert is_at_public_provider("me@Naver.com")
    assert is_at_public_provider("me@john.fastmail.com")
    assert not is_at_public_provider("me@company.example")
    assert not is_at_public_provider("me@mail.gmail.com")
    assert provider_of("com") is None


def test_no_key_of_an_address_says_anything_of_another() -> None:
    keys = AddressKeys.of(VAULT, "me@example.com")
    values = (keys.exact[:32], keys.mailbox, keys.legacy, keys.wide, keys.domain)
    assert all(one != another for one, another in combinations(values, 2))


@pytest.mark.parametrize("key", [mailbox_key, legacy_key, wide_key, domain_key, exact_key])
def test_a_key_says_nothing_to_whoever_lacks_the_stores_secret(key: object) -> None:
    assert callable(key)
    assert key(VAULT, "me@example.com") != key(OTHER_STORE, "me@example.com")
    assert "example" not in key(VAULT, "me@example.com")
