"""One mailbox, however it is spelled; two mailboxes, however alike they look."""

import pytest

from bot.store.mailboxes import domain_key, exact_key, mailbox_key
from bot.store.vault import Keys, Vault

VAULT = Vault(Keys(()), b"pepper" * 6)
OTHER_HOUSE = Vault(Keys(()), b"salted" * 6)


@pytest.mark.parametrize(
    "spelling",
    [
        "victim@gmail.com",
        "VICTIM@gmail.com",
        "victim@GMAIL.COM",
        "v.i.c.t.i.m@gmail.com",
        "victim+news@gmail.com",
        "victim+a+b@gmail.com",
        "Vic.Tim+2026.01@Gmail.Com",
        "victim@googlemail.com",
        "v.ictim+x@GoogleMail.com",
        "\uff56ictim@gmail.com",  # full-width, as are the next one's dot and plus
        "v\uff0eictim\uff0bx@gmail.com",
    ],
)
def test_all_spellings_of_a_mailbox_share_one_key(spelling: str) -> None:
    assert mailbox_key(VAULT, spelling) == mailbox_key(VAULT, "victim@gmail.com")


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("victim@gmail.com", "victim1@gmail.com"),
        ("victim@gmail.com", "victim@naver.com"),
        ("victim@gmail.com", "vi-ctim@gmail.com"),
        ("victim@gmail.com", "victim@mail.gmail.com"),
        ("+a@example.com", "+b@example.com"),
        ("다짐@우체통.한국", "다짐이@우체통.한국"),
    ],
)
def test_different_mailboxes_have_different_keys(one: str, another: str) -> None:
    assert mailbox_key(VAULT, one) != mailbox_key(VAULT, another)


def test_an_address_is_the_same_only_as_it_was_written_letter_case_aside() -> None:
    assert exact_key(VAULT, "Me@Example.com") == exact_key(VAULT, "me@example.COM")
    assert exact_key(VAULT, "m.e@example.com") != exact_key(VAULT, "me@example.com")
    assert exact_key(VAULT, "me+a@example.com") != exact_key(VAULT, "me@example.com")


def test_a_domain_has_one_key_in_all_its_spellings() -> None:
    assert domain_key(VAULT, "a@Gmail.com") == domain_key(VAULT, "b+c@googlemail.com")
    assert domain_key(VAULT, "a@naver.com") != domain_key(VAULT, "a@gmail.com")


@pytest.mark.parametrize("key", [mailbox_key, domain_key, exact_key])
def test_a_key_says_nothing_to_whoever_lacks_the_stores_secret(key: object) -> None:
    assert callable(key)
    assert key(VAULT, "me@example.com") != key(OTHER_HOUSE, "me@example.com")
    assert "example" not in key(VAULT, "me@example.com")
