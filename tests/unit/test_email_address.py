"""Addresses as people type them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.email_address import LONGEST_TYPED, BadAddress, Flaw, check, looks_like_address
from tests.support.talk import full_width


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("me@example.com", "me@example.com"),
        ("  me@example.com\n", "me@example.com"),
        ("<me@example.com>", "me@example.com"),
        ("mailto:me@example.com", "me@example.com"),
        ("MAILTO:<me@example.com>", "me@example.com"),
        ("<mailto:me@example.com>", "me@example.com"),
        ("Me.Too+slow@Example.COM", "Me.Too+slow@example.com"),
        ("o'brien_{x}@example.com", "o'brien_{x}@example.com"),
        ("me@한글.한국", "me@한글.한국"),
        ("me@xn--bj0bj06e.xn--3e0b707e", "me@한글.한국"),
        ("편지@우체통.한국", "편지@우체통.한국"),
        ("pelé@example.com", "pelé@example.com"),
        ("pele\u0301@example.com", "pelé@example.com"),
        ("me@bücher.example.com", "me@bücher.example.com"),
        ("me@sub.domain.co.kr", "me@sub.domain.co.kr"),
        (f"me{full_width('@')}example.com", "me@example.com"),
        (full_width("me@example.com"), "me@example.com"),
        ("\u202ame@example.com\u202c", "me@example.com"),
        ("\ufeffme@example.com\u200b\n", "me@example.com"),
        ("<\u2068me@example.com\u2069>", "me@example.com"),
        ("\u3164\u2800me@example.com\x1b\u3164", "me@example.com"),
        ("< mailto: MailTo:<me@example.com>>", "me@example.com"),
        ("<me@example.com", "me@example.com"),
        ("me@example.com>", "me@example.com"),
        ("Jane Doe <me@example.com>", "me@example.com"),
        ('"Doe, Jane" <mailto:me@example.com>,', "me@example.com"),
        ('"me@example.com"', "me@example.com"),
        ("'me@example.com'.", "me@example.com"),
        ("“me@example.com.”", "me@example.com"),
        ("「me@example.com」。", "me@example.com"),
        ("(me@example.com)", "me@example.com"),
        (full_width('"<me@example.com>"'), "me@example.com"),
        ("me@example.com.", "me@example.com"),
        ("me@example.com,", "me@example.com"),
        ("me@example.com。", "me@example.com"),
        ("me@example.com、", "me@example.com"),
        ("me@example。com", "me@example.com"),
        ("'tis@example.com", "'tis@example.com"),
        (" " * (LONGEST_TYPED - 14) + "me@example.com", "me@example.com"),
    ],
)
def test_an_address_is_taken(typed: str, address: str) -> None:
    assert check(typed).address == address
    assert looks_like_address(typed)


@pytest.mark.parametrize(
    ("typed", "flaw"),
    [
        ("me.example.com", Flaw.NO_AT),
        ("run every morning", Flaw.NO_AT),
        ("", Flaw.NO_AT),
        ("<>", Flaw.NO_AT),
        ("me@you@example.com", Flaw.MANY_ATS),
        ("me@example.com, you@example.com", Flaw.MANY_ATS),
        ("me @example.com", Flaw.SPACE),
        ("me@exam ple.com", Flaw.SPACE),
        ("my address is me@example.com", Flaw.SPACE),
        ("me@example.com\nthanks", Flaw.SPACE),
        ("@example.com", Flaw.NO_NAME),
        ("me@", Flaw.NO_DOMAIN),
        ("me@gmail", Flaw.DOMAIN_WITHOUT_DOT),
        ("me@localhost", Flaw.DOMAIN_WITHOUT_DOT),
        ("me@example..com", Flaw.DOTS),
        ("m..e@example.com", Flaw.DOTS),
        (".me@example.com", Flaw.DOTS),
        ("me.@example.com", Flaw.DOTS),
        ("me@.example.com", Flaw.DOTS),
        ("me@example.com..uk", Flaw.DOTS),
        (f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 63}.com", Flaw.TOO_LONG),
        ("me(too)@example.com", Flaw.CHARACTERS),
        ("me@exam_ple.com", Flaw.CHARACTERS),
        ("me@-example.com", Flaw.CHARACTERS),
        ("me\0@example.com", Flaw.UNSEEN),
        ("me@exam\u200bple.com", Flaw.UNSEEN),
        ("m\u3164e@example.com", Flaw.UNSEEN),
        ("me\u202e@example.com", Flaw.UNSEEN),
        ("me\U000e0061@example.com", Flaw.UNSEEN),
        ("me%other.example@example.com", Flaw.SIGN),
        ("other.example!me@example.com", Flaw.SIGN),
        ("|cat@example.com", Flaw.SIGN),
        ("-oq@example.com", Flaw.DASH),
        (full_width("-oq@example.com"), Flaw.DASH),
        ("one@example.com <me@example.com>", Flaw.MANY_ATS),
        ("mailto:", Flaw.NO_AT),
        ("<" * 4096, Flaw.NO_AT),
        (" " * (LONGEST_TYPED - 13) + "me@example.com", Flaw.TOO_LONG),
        ('"me"@example.com', Flaw.CHARACTERS),
        ("me@[127.0.0.1]", Flaw.CHARACTERS),
    ],
)
def test_what_is_wrong_with_an_address_is_told(typed: str, flaw: Flaw) -> None:
    with pytest.raises(BadAddress) as problem:
        check(typed)
    assert problem.value.flaw is flaw
    assert problem.value.__cause__ is None
    assert not typed.strip() or typed not in str(problem.value)
    assert not looks_like_address(typed)


@pytest.mark.parametrize(
    ("typed", "likelier"),
    [
        ("me@gmial.com", "me@gmail.com"),
        ("me@gmai.com", "me@gmail.com"),
        ("me@gmail.con", "me@gmail.com"),
        ("me@gmail.co", "me@gmail.com"),
        ("me@naver.con", "me@naver.com"),
        ("me@naver.co", "me@naver.com"),
        ("me@navr.com", "me@naver.com"),
        ("Me.Too+x@hanmial.net", "Me.Too+x@hanmail.net"),
        ("me@daum.ne", "me@daum.net"),
        ("me@hotmial.com", "me@hotmail.com"),
        ("me@outlok.com", "me@outlook.com"),
        ("me@iclod.com", "me@icloud.com"),
        ("편지@naver.con", "편지@naver.com"),
    ],
)
def test_a_slip_is_asked_about(typed: str, likelier: str) -> None:
    assert check(typed).suggestion == likelier
    assert check(typed).address == typed


@pytest.mark.parametrize(
    "domain",
    ["gmail.com", "naver.com", "korea.kr", "korea.ac.kr", "snu.ac.kr", "example.com",
     "kakaocorp.com", "navercorp.com", "gov.uk", "apple.com", "samsung.com", "posteo.de",
     "한글.한국", "web.de", "me.com", "ymail.com"],
)  # fmt: skip
def test_what_is_no_slip_is_not_asked_about(domain: str) -> None:
    assert check(f"me@{domain}").suggestion is None


def test_a_slip_is_looked_for_among_domains_of_its_length_only() -> None:
    assert check(f"me@{'gmail' * 12}.com").suggestion is None


FILLERS = (" ", "\t", "\u200b", "\u3164", "<", ">", "<>", "><", '"', "'", "(", "mailto:",
           "MAILTO: ", "mailto:<", ".", ",", "。", ". ,", "@", "@.", "a@", "a.", "-", "%",
           "xn--", "1", "가", "\u0301", "e\u0301\u0316", "\u1100\u1161\u11a8", "\U0001d15e",
           "\ufdfa", "🙂", "👨\u200d👩", "\u05d0", "\u202e", "\udc00", "\ud83d", "gmail.",
           "한.")  # fmt: skip
FRAMES = ("{}", "mailto:{}a<", "a@{}", "{}@gmail.com", "a@{}.com", "<{}a@b.com>", "a@b.com{}",
          "a@gmail.com{}x", "{}a@b.com{}", "Name {}<a@b.com>", '"{}"')  # fmt: skip
SECONDS = 0.05


@pytest.mark.parametrize("length", [LONGEST_TYPED, 4096])
def test_no_text_takes_longer_than_a_moment(length: int) -> None:
    for frame in FRAMES:
        for filler in FILLERS:
            room = (length - len(frame.replace("{}", ""))) // frame.count("{}")
            text = frame.replace("{}", (filler * room)[:room])
            assert fastest(text) < SECONDS, (frame, filler)


def fastest(text: str) -> float:
    """Return the CPU seconds that a text takes, of three runs if the first is slow."""
    spent = _spent(text)
    return spent if spent < SECONDS else min(spent, _spent(text), _spent(text))


def _spent(text: str) -> float:
    began = time.process_time()
    looks_like_address(text)
    return time.process_time() - began


@given(st.text(max_size=80) | st.from_regex(r"[\w.<> ]*@[\w.@-]*", fullmatch=True))
def test_any_text_is_an_address_or_no_address(text: str) -> None:
    if looks_like_address(text):
        address = check(text).address
        assert check(address).address == address
        assert not any(c.isspace() or not c.isprintable() for c in address)
    else:
        with pytest.raises(BadAddress):
            check(text)


def test_every_flaw_has_an_example_here() -> None:
    [marks] = [
        mark
        for mark in test_what_is_wrong_with_an_address_is_told.pytestmark  # type: ignore[attr-defined]  # pytest puts it there
        if mark.name == "parametrize"
    ]
    assert {flaw for _, flaw in marks.args[1]} == set(Flaw)
