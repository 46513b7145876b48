"""A mail's bytes and the envelope they travel in."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.mail.compose import Envelope, Headers, UnfitForMail, compose
from bot.mail.page import Page
from bot.text import Words
from tests.support.languages import KOREAN

PAGE = Page(
    subject="A letter",
    preheader="Slowly",
    greeting="Hello",
    words=Words("Run"),
    closing=("How is it going?",),
)
HEADERS = Headers(
    sender="Slow Mailbox <box@example.com>",
    recipient="me@example.com",
    message_id="<r.1.7@example.com>",
    date=datetime(2026, 1, 5, 8, 30, tzinfo=timezone(timedelta(hours=9))),
    language=KOREAN,
)
INJECTIONS = ["\r\nBcc: x@example.com", "\n x", "\r", "\0", "\x1b[2J", "\x7f", "\x85", "\u2028"]

GIVEN_AS: list[Callable[[str], Headers]] = [
    lambda value: replace(HEADERS, sender=value),
    lambda value: replace(HEADERS, sender=f"{value} <box@example.com>"),
    lambda value: replace(HEADERS, recipient=value),
    lambda value: replace(HEADERS, message_id=value),
    lambda value: replace(HEADERS, unsubscribe=value),
]


def read(envelope: Envelope) -> EmailMessage:
    return message_from_bytes(envelope.content, _class=EmailMessage, policy=policy.default)


def part(message: EmailMessage, subtype: str) -> str:
    found = message.get_body((subtype,))
    assert found is not None
    payload = found.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n")


def in_text(envelope: Envelope) -> str:
    """Return the words out of the text part."""
    rule = "\n\n· · ·\n\n"
    _, _, rest = part(read(envelope), "plain").partition(rule)
    return rest.rpartition(rule)[0]


def in_html(envelope: Envelope) -> str:
    """Return the words out of the HTML part, as a reader would see them."""
    paper = re.search(r'<td class="paper"[^>]*>(.*?)</td>', part(read(envelope), "html"), re.DOTALL)
    assert paper is not None
    return unescape(paper[1].replace("<br>", "\n"))


def mail_saying(text: str) -> Envelope:
    return compose(replace(PAGE, words=Words(text)), HEADERS)


def test_a_mail_carries_every_header_once() -> None:
    headers = replace(HEADERS, unsubscribe="https://t.me/box?start=stop")
    message = read(compose(PAGE, headers))
    assert dict(message.items()) == {
        "Message-ID": "<r.1.7@example.com>",
        "Date": "Mon, 05 Jan 2026 08:30:00 +0900",
        "From": "Slow Mailbox <box@example.com>",
        "To": "me@example.com",
        "Subject": "A letter",
        "List-Unsubscribe": "<https://t.me/box?start=stop>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": "ko",
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/alternative; boundary="=_letter_="',
    }
    assert len(message.items()) == 11


def test_without_a_way_to_stop_its_header_is_left_out() -> None:
    assert "List-Unsubscribe" not in read(compose(PAGE, HEADERS))


def test_the_text_comes_before_the_html() -> None:
    message = read(compose(PAGE, HEADERS))
    kinds = [each.get_content_type() for each in message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]
    assert message.defects == []


def test_the_same_page_gives_the_same_bytes() -> None:
    assert compose(PAGE, HEADERS) == compose(PAGE, HEADERS)


@pytest.mark.parametrize("text", ["가나다 🙂\n" * 1000 + "x" * 4000, "long ago\n" + "x" * 4000])
def test_lines_end_in_crlf_are_short_and_ascii(text: str) -> None:
    content = mail_saying(text).content
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    "text",
    [
        ".",
        "..\n.\n.x",
        "From me\n>From you",
        "--=_letter_=\n--=_letter_=--",
        "x" * 5000,
        "가" * 4000,
        "ends in spaces   \n\ttab\t\n \n",
        "=?utf-8?q?a?= =41 =\n=",
        "a\n\n· · ·\n\nb",
        "<b>&amp;</b>",
        "🏳️‍🌈 שלום мир ﷺ",
    ],
)
def test_awkward_words_come_back_as_written_in_both_parts(text: str) -> None:
    envelope = mail_saying(text)
    assert in_text(envelope) == text
    assert in_html(envelope) == text


def test_no_line_is_a_dot_alone_not_even_where_a_long_one_is_folded() -> None:
    text = "\n".join("x" * length + "." for length in range(160))
    envelope = mail_saying(text)
    assert b"." not in envelope.content.split(b"\r\n")
    assert in_text(envelope) == text


def test_control_characters_in_the_words_are_marked() -> None:
    envelope = mail_saying("\x0b\x0ca\0b\x1bc\x7fd\x85e\ud83df\tg\r\nh\ri")
    assert in_text(envelope) == "\ufffd\ufffda\ufffdb\ufffdc\ufffdd\ufffde\ufffdf\tg\nh\ni"
    assert in_html(envelope) == in_text(envelope)


@settings(max_examples=150, print_blob=True)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from(".\n\t =가🙂")))
def test_any_words_come_back_as_written_in_both_parts(text: str) -> None:
    envelope = mail_saying(text)
    assert in_text(envelope) == text
    assert in_html(envelope) == text


@settings(max_examples=150, print_blob=True)
@given(st.text(st.characters() | st.sampled_from("\r\n=?:_")))
def test_no_subject_can_add_a_header(subject: str) -> None:
    message = read(compose(replace(PAGE, subject=subject), HEADERS))
    assert message.keys() == read(compose(PAGE, HEADERS)).keys()


@pytest.mark.parametrize("injection", INJECTIONS)
def test_a_control_character_in_the_subject_becomes_a_space(injection: str) -> None:
    subject = str(read(compose(replace(PAGE, subject=f"a{injection}b"), HEADERS))["Subject"])
    assert re.fullmatch("a +.*b", subject)


def test_an_encoded_word_in_the_subject_is_not_decoded_into_a_header() -> None:
    subject = "=?utf-8?q?a=0D=0ABcc:_x@example.com?="
    content = compose(replace(PAGE, subject=subject), HEADERS).content
    head = content.partition(b"\r\n\r\n")[0]
    assert b"Bcc" not in head
    assert str(message_from_bytes(content, policy=policy.default)["Subject"]) == subject


@pytest.mark.parametrize(
    "subject", ["7일 전의 나에게서 온 편지", "긴 제목 🙂 " * 30, "long " * 60, " padded ", ""]
)
def test_a_subject_is_read_as_written(subject: str) -> None:
    message = read(compose(replace(PAGE, subject=subject), HEADERS))
    assert str(message["Subject"]) == subject


@pytest.mark.parametrize("given_as", GIVEN_AS)
@pytest.mark.parametrize("injection", INJECTIONS)
@pytest.mark.parametrize("place", ["{}me@example.com", "m{}e@example.com", "me@example.com{}"])
def test_a_control_character_in_any_other_header_is_refused(
    given_as: Callable[[str], Headers], injection: str, place: str
) -> None:
    value = place.format(injection)
    with pytest.raises(UnfitForMail) as refusal:
        compose(PAGE, given_as(value))
    assert value not in str(refusal.value)
    assert "example.com" not in str(refusal.value)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "me",
        "me@",
        "@example.com",
        "me@example.com, you@example.com",
        "a b@example.com",
        ".a@example.com",
        "a..b@example.com",
        "a<b>@example.com",
        "me@exa mple.com",
        "me@-example.com",
        "me@예 시.한국",
        "me@xn--\u0301.com",
        f"{'a' * 65}@example.com",
        f"me@{'a.' * 130}com",
        "\ud800@example.com",
        "<me@example.com",
        "me@example.com> NOTIFY=NEVER",
    ],
)
def test_an_address_that_can_not_be_written_is_refused_without_being_named(address: str) -> None:
    with pytest.raises(UnfitForMail) as refusal:
        compose(PAGE, replace(HEADERS, recipient=address))
    assert len(address) < 4 or address not in str(refusal.value)


def test_a_message_id_has_a_limit() -> None:
    with pytest.raises(UnfitForMail):
        compose(PAGE, replace(HEADERS, message_id=f"<{'a' * 1000}@example.com>"))


def test_a_naive_date_is_refused() -> None:
    naive = datetime(2026, 1, 5, 8, 30, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="aware"):
        compose(PAGE, replace(HEADERS, date=naive))


@pytest.mark.parametrize(
    ("given_address", "written"),
    [
        ("me@example.com", "me@example.com"),
        ("Me.Too+x@Example.com", "Me.Too+x@Example.com"),
        ("me@localhost", "me@localhost"),
        ("me@[127.0.0.1]", "me@[127.0.0.1]"),
        ('"a b"@example.com', '"a b"@example.com'),
        ("me@bücher.example", "me@xn--bcher-kva.example"),
        ("me@BÜCHER.example", "me@xn--bcher-kva.example"),
        ("me@straße.example", "me@xn--strae-oqa.example"),
        ("me@우체통.한국", "me@xn--vo5b23i2ve.xn--3e0b707e"),
    ],
)
def test_an_ascii_local_part_travels_without_smtputf8(given_address: str, written: str) -> None:
    envelope = compose(PAGE, replace(HEADERS, recipient=given_address))
    assert envelope.recipient == written
    assert f"\r\nTo: {written}\r\n".encode() in envelope.content
    assert not envelope.smtputf8
    assert envelope.content.isascii()


def test_a_local_part_beyond_ascii_needs_smtputf8() -> None:
    envelope = compose(PAGE, replace(HEADERS, recipient="나무@우체통.한국"))
    assert envelope.smtputf8
    assert envelope.recipient == "나무@xn--vo5b23i2ve.xn--3e0b707e"
    assert f"\r\nTo: {envelope.recipient}\r\n".encode() in envelope.content


@pytest.mark.parametrize(
    "name",
    ["느린우체통", "Slow Mailbox", 'The "Slow", Mailbox; Inc.', "느린 우체통 " * 9 + "끝", "=?a?="],
)
def test_the_sender_is_shown_by_name_and_sends_as_the_bare_address(name: str) -> None:
    quoted = name.replace('"', '\\"')
    envelope = compose(PAGE, replace(HEADERS, sender=f'"{quoted}" <box@example.com>'))
    assert envelope.sender == "box@example.com"
    shown, address = parseaddr(message_from_bytes(envelope.content)["From"])
    assert address == "box@example.com"
    assert str(make_header(decode_header(shown))) == name
