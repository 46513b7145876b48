"""Particles by the sound of the word before them."""

import pytest

from bot.locales.particles import Spoken
from tests.support.languages import KOREAN
from tests.support.talk import told


@pytest.mark.parametrize(
    "word",
    ["me@naver.com", "me@daum.net", "me@a.cn", "me@a.fm", "me@a.in", "me@a.shop", "me@a.app",
     "me@a.online", "me@a.name", "me@a.one", "me@a.kim", "me@a.club", "me@a.design", "me@a.top",
     "me@우체통.한국", "me@우체통.닷컴", "me@우체통.닷넷", "me@우체통.삼성", "me@NAVER.COM", "집"],
)  # fmt: skip
def test_behind_a_final_consonant_it_is_euro(word: str) -> None:
    assert f"{Spoken(word):으로}" == f"{word}으로"


@pytest.mark.parametrize(
    "word",
    ["me@outlook.kr", "me@a.co.kr", "me@a.org", "me@proton.me", "me@gmx.de", "me@a.io", "me@a.jp",
     "me@a.ne", "me@a.it", "me@a.edu", "me@a.info", "me@a.dev", "me@a.tel", "me@a.site",
     "me@a.tech", "me@a.asia", "나", "서울", ""],
)  # fmt: skip
def test_behind_a_vowel_or_rieul_it_is_ro(word: str) -> None:
    assert f"{Spoken(word):으로}" == f"{word}로"


def test_without_a_particle_it_is_the_word() -> None:
    assert f"{Spoken('me')}" == "me"
    assert f"{Spoken('me'):>4}" == "  me"


def test_a_message_has_the_particle_that_its_value_takes() -> None:
    assert told("button-as-suggested", KOREAN, address="me@naver.com") == "me@naver.com으로"
    assert told("button-as-suggested", KOREAN, address="me@proton.me") == "me@proton.me로"
