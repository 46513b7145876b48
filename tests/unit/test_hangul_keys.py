"""Hangul back to the keys that were pressed for it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.email_address.hangul_keys import has_hangul, has_lone_jamo, to_keys

JAMO = (
    "ㄱㄲㄳㄴㄵㄶㄷㄸㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅃㅄㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
    "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
)
KEYS = (
    "r R rt s sw sg e E f fr fa fq ft fx fv fg a q Q qt t T d w W c z x v g"
    " k o i O j p u P h hk ho hl y n nj np nl b m ml l"
)


@pytest.mark.parametrize(("jamo", "keys"), [*zip(JAMO, KEYS.split(), strict=True)])
def test_each_jamo_is_its_keys_however_it_is_encoded(jamo: str, keys: str) -> None:
    assert to_keys(jamo) == keys
    assert to_keys(unicodedata.normalize("NFKD", jamo)) == keys
    assert has_lone_jamo(jamo)


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("ㅡㄷ", "me"),
        ("홍", "ghd"),
        ("ㅙㅜㅎ", "hong"),
        ("ㅜㅁㅍㄷㄱ.채ㅡ", "naver.com"),
        ("흠ㅑㅣ.채ㅡ", "gmail.com"),
        ("김지원", "rlawldnjs"),
        ("닭값앉않핥읊", "ekfrrkqtdkswdksggkfxdmfv"),
        ("쫓뛰쏴쁘꿰", "WhcEnlThkQmRnp"),
        ("의외왜워웨위", "dmldhldhodnjdnpdnl"),
        ("홍123_X.y-ㅋ", "ghd123_X.y-z"),
        ("\uffa1\uffc2\uffdc", "rkl"),
        ("é가é", "érké"),
        ("日本ひらカナ", "日本ひらカナ"),
        ("ᄀᆞ", "rᆞ"),  # no key makes that vowel
        ("", ""),
    ],
)
def test_hangul_is_the_keys_and_all_else_stays(typed: str, keys: str) -> None:
    assert to_keys(typed) == keys


@pytest.mark.parametrize("text", ["홍길동", "편지", "me", "é", "日本", "ひら", ""])
def test_what_words_are_made_of_is_no_lone_jamo(text: str) -> None:
    assert not has_lone_jamo(text)


@given(st.text() | st.text(st.characters(min_codepoint=0x1100, max_codepoint=0x11FF)))
def test_nothing_is_left_to_turn_into_keys(text: str) -> None:
    assert not has_hangul(to_keys(text))
    assert to_keys(to_keys(text)) == to_keys(text)
    assert not any(has_hangul(letter) for letter in text) or to_keys(text) != text


@given(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3))
def test_a_syllable_is_the_keys_of_its_jamo(syllable: str) -> None:
    jamo = unicodedata.normalize("NFD", syllable)
    assert to_keys(syllable) == "".join(map(to_keys, jamo))
    assert to_keys(syllable).isascii()
