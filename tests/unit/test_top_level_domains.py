"""Which top-level domains there are."""

import pytest

from bot.email_address.top_level_domains import IN_UNICODE, has_known_ending, top_level_domain


@pytest.mark.parametrize(
    "domain",
    ["naver.com", "NAVER.COM", "snu.ac.kr", "a.io", "a.museum", "a.xn--3e0b707e", "a.XN--3E0B707E",
     "우체통.한국", "우체통.닷컴", "우체통.닷넷", "우체통.삼성", "a.香港", "a.рф", "a.ελ",
     "mailbox.example"],
)  # fmt: skip
def test_an_ending_that_there_is_is_known(domain: str) -> None:
    assert has_known_ending(domain)


@pytest.mark.parametrize(
    "domain",
    ["naver.con", "naver.comm", "naver.com이에요", "우체통.한국이에요", "우체통.한", "naver.", "",
     "a.test", "a.invalid", "a.local", "a.localhost", "a.onion", "a.xn--", "a.\udc00", "a.#"],
)  # fmt: skip
def test_an_ending_that_there_is_not_is_not_known(domain: str) -> None:
    assert not has_known_ending(domain)


def test_the_ending_is_what_is_behind_the_last_dot() -> None:
    assert top_level_domain("a.co.kr") == "kr"
    assert top_level_domain("a") == "a"


def test_the_list_is_whole() -> None:
    assert {"한국", "닷컴", "닷넷", "삼성"} <= IN_UNICODE
    assert len(IN_UNICODE) > 150
    assert not any(each.isascii() for each in IN_UNICODE)
