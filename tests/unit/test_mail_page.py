"""What a page says, as text and as HTML."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from bot.locales import LANGUAGES, Language, catalog
from bot.mail.page import Link, Page, as_html, as_text
from bot.text import Words
from tests.support.languages import ENGLISH, KOREAN

PAGE = Page(
    subject="A <letter> & more",
    preheader="Slowly, slowly",
    greeting="Hello, you",
    lines=("Sealed on Monday.", "It comes late."),
    words=Words("Run <every> morning"),
    code="042 137",
    closing=("How is it going?",),
    button=Link("Say so", "https://t.me/box?start=a&b=c"),
    footer=("You asked for this.", Link("Stop", "https://t.me/box?start=stop")),
    stamp="7 days",
)
VOID = {"meta", "br"}


class Reader(HTMLParser):
    """Gathers text, links and anything that would be fetched; each tag must be closed in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text: list[str] = []
        self.links: list[str | None] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name == "href"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"] and data.strip():
            self.text.append(data.strip())


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def test_the_text_says_everything_in_order() -> None:
    assert as_text(PAGE) == (
        "Hello, you\n\nSealed on Monday.\n\nIt comes late.\n\n"
        "· · ·\n\nRun <every> morning\n\n· · ·\n\n"
        "    042 137\n\nHow is it going?\n\n"
        "Say so: https://t.me/box?start=a&b=c\n\n"
        "-- \nYou asked for this.\nStop: https://t.me/box?start=stop\n"
    )


def test_the_html_says_everything_in_order() -> None:
    assert read(as_html(PAGE, ENGLISH)).text == [
        "A <letter> & more",
        "Slowly, slowly",
        "Slow Mailbox",
        "7 days",
        "Hello, you",
        "Sealed on Monday.",
        "It comes late.",
        "Run <every> morning",
        "042 137",
        "How is it going?",
        "Say so",
        "You asked for this.",
        "Stop",
    ]


def test_the_html_links_only_to_what_the_page_offers() -> None:
    assert read(as_html(PAGE, ENGLISH)).links == [
        "https://t.me/box?start=a&b=c",
        "https://t.me/box?start=stop",
    ]


def test_the_html_loads_nothing() -> None:
    html = as_html(PAGE, KOREAN)
    reader = read(html)
    assert not reader.tags & {"img", "link", "script", "iframe", "object", "video", "form"}
    assert not reader.attributes & {"src", "srcset", "background", "onload"}
    assert not re.search(r"url\(|@import|@font-face", html)


@pytest.mark.parametrize(
    ("language", "product"),
    [("ko", "느린우체통"), ("en", "Slow Mailbox"), ("ja", "ゆっくりポスト")],
)
def test_the_html_names_its_language_and_product(language: str, product: str) -> None:
    html = as_html(PAGE, Language(language))
    assert f'<html lang="{language}">' in html
    assert product in read(html).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fonts_and_line_breaks_are_those_of_the_language(language: Language) -> None:
    html, speech = as_html(PAGE, language), catalog(language)
    assert f"font-family:{speech.say('css-sans')};" in html
    assert f"font-family:{speech.say('css-serif')};" in html
    assert f"word-break:{speech.say('css-word-break')};" in html


def test_the_html_is_tolerant_of_the_dark() -> None:
    html = as_html(PAGE, ENGLISH)
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "@media (prefers-color-scheme: dark)" in html


def test_every_text_of_a_page_is_escaped() -> None:
    evil = "<script>'\"&"
    page = Page(
        subject=evil,
        preheader=evil,
        greeting=evil,
        lines=(evil,),
        words=Words(evil),
        code=evil,
        closing=(evil,),
        button=Link(evil, evil),
        footer=(evil, Link(evil, evil)),
        stamp=evil,
    )
    reader = read(as_html(page, ENGLISH))
    assert "script" not in reader.tags
    assert reader.text.count(evil) == 11
    assert reader.links == [evil, evil]


def test_what_a_page_does_not_say_leaves_no_trace() -> None:
    page = Page(subject="s", preheader="p", greeting="Hello")
    html = as_html(page, ENGLISH)
    assert as_text(page) == "Hello\n"
    assert read(html).text == ["s", "p", "Slow Mailbox", "Hello"]
    assert 'class="paper"' not in html


def test_empty_words_still_have_their_paper() -> None:
    assert 'class="paper"' in as_html(replace(PAGE, code=None, words=Words("")), ENGLISH)
