"""A mail put together from encoded pieces says what its page says, whatever is spliced in."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import MessageEntity

from bot.locales import LANGUAGES, Language
from bot.mail.characters import legible, one_line
from bot.mail.compose import Headers, compose
from bot.mail.encodings import encoded_words, quoted_printable
from bot.mail.page import Link, Page, Passage, as_html, as_text
from bot.text import Entity, Words
from tests.support.languages import ENGLISH, KOREAN

LETTERS = 1500
LINK = "https://t.me/b?start="
SCRIPTS = (
    "매일 아침 여섯 시에 일어나 달린다. ",
    'Run <every> morning & "read" = =3D =\r\n. .\n.\n',
    "🙂🚀 é ü \t \x00\x1b\x85\u2028 ",
    "朝は川沿いを走る。",
    "x" * 120,
    "\n\n \n.",
)


def read(page: Page, language: Language) -> EmailMessage:
    headers = Headers(
        sender="느린우체통 <box@example.com>",
        recipient="me@example.com",
        message_id="<r.1.7@example.com>",
        date=datetime(2026, 1, 5, 8, 30, tzinfo=UTC),
        language=language,
        unsubscribe="https://t.me/box?start=stop",
    )
    content = compose(page, headers).content
    lines = content.split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 78
    assert b"." not in lines
    assert content.isascii()
    return message_from_bytes(content, _class=EmailMessage, policy=policy.default)


def part(message: EmailMessage, subtype: str) -> str:
    """Return a part as `email` reads it, its lines ended by LF."""
    found = message.get_body((subtype,))
    assert found is not None
    payload = found.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n")


def agrees(page: Page, language: Language) -> None:
    """Hold a mail, as `email` reads it, against what its page says."""
    message = read(page, language)
    assert message.defects == []
    assert str(message["Subject"]) == one_line(page.subject)
    assert part(message, "html") == legible(as_html(page, language))
    assert part(message, "plain") == legible(as_text(page))


def pages(chance: random.Random) -> Iterator[Page]:
    """Yield pages of every shape that messages have, with all sorts of texts in them."""

    def text(most: int) -> str:
        return "".join(chance.choices(SCRIPTS, k=chance.randint(0, most)))

    def words(most: int) -> Words:
        said = text(most)
        kinds = (MessageEntity.BOLD, MessageEntity.CODE, MessageEntity.BLOCKQUOTE)
        entities = [
            Entity(type=chance.choice(kinds), offset=chance.randint(0, 40), length=9)
            for _ in range(chance.randint(0, 3))
        ]
        return Words(said, tuple(entities))

    while True:
        few = chance.randint(0, 2)
        yield Page(
            subject=text(2),
            preheader=chance.choice(("Slowly", "천천히 & <서두르지> 않고")),
            greeting=chance.choice(("Hello", "7일 전의 나에게서")),
            lines=tuple(text(1) for _ in range(few)),
            words=words(chance.choice((2, 40))) if chance.random() < 0.8 else None,
            code="042 137" if chance.random() < 0.2 else None,
            passages=tuple(
                Passage(text(1), words(2) if chance.random() < 0.5 else None) for _ in range(few)
            ),
            closing=("How is it going?",) * few,
            choices=tuple(
                Link(f"Choice {n}", f"https://t.me/b?a={n}&{text(1)}") for n in range(few)
            ),
            button=Link("Say so", f"{LINK}{text(1)}") if chance.random() < 0.3 else None,
            footer=("You asked for this.", Link("Stop", f"{LINK}{text(1)}"))[: few + 1],
            stamp=chance.choice((None, "7 days", "7일")),
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_thousands_of_mails_are_read_as_their_pages_say(language: Language) -> None:
    generated = pages(random.Random(f"{language}"))  # noqa: S311 - the same each time
    for _ in range(LETTERS // len(LANGUAGES)):
        agrees(next(generated), language)


PAGE = Page(subject="A letter", preheader="Slowly", greeting="Hello", words=Words("Run"))


@settings(max_examples=200, print_blob=True)
@given(st.text(st.characters() | st.sampled_from("\r\n=?:_. \t")), st.sampled_from([7, 400]))
def test_any_words_come_back_as_they_were(text: str, times: int) -> None:
    words = Words(text[:20] * times)
    agrees(replace(PAGE, subject=text, lines=(text,), words=words), ENGLISH)


def test_mails_of_one_shape_share_nothing_that_differs() -> None:
    for number in range(3):
        page = replace(PAGE, subject=f"{number}", words=Words(f"Letter {number}"), code=f"{number}")
        agrees(page, KOREAN)


@pytest.mark.parametrize("text", ["", ".", "a ", "=", "x" * 75, "x" * 76, "x" * 200, "가" * 80])
def test_quoted_printable_has_short_lines_ended_by_crlf(text: str) -> None:
    encoded = quoted_printable(text.encode())
    assert b"\n" not in encoded.replace(b"\r\n", b"")
    assert max(map(len, encoded.split(b"\r\n"))) <= 76
    assert b"." not in encoded.split(b"\r\n")


@pytest.mark.parametrize("text", ["가" * 100, "🙂" * 61, "a" * 500, "é가🙂" * 40, ""])
def test_no_encoded_word_is_too_long_or_ends_amid_a_character(text: str) -> None:
    lines = encoded_words(text, behind=9).split("\r\n ")
    assert len(lines[0]) + 9 <= 76
    assert all(len(line) < 76 for line in lines)
    message = message_from_bytes(
        f"Subject: {encoded_words(text, behind=9)}\r\n\r\n".encode(), policy=policy.default
    )
    assert str(message["Subject"]) == text
