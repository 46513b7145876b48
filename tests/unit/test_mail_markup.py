"""A person's words as HTML and as plain text."""

import re
import time
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.mail.markup import html, plain
from bot.text import Entity, Words, utf16_length


def over(text: str, part: str, kind: str, url: str | None = None) -> Entity:
    """Return the entity that lies over `part`, where it first stands in the text."""
    start = utf16_length(text[: text.index(part)])
    return Entity(type=kind, offset=start, length=utf16_length(part), url=url)


def words(text: str, *parts: tuple[str, str] | tuple[str, str, str]) -> Words:
    return Words(text, tuple(over(text, part, *rest) for part, *rest in parts))


def bare(markup: str) -> str:
    """Return the markup without the styles that only dress it."""
    return re.sub(r' (?:class|style)="[^"]*"', "", markup)


class Balance(HTMLParser):
    """Reads HTML as a strict reader would: each tag closed in its turn."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.deepest = 0
        self.text = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.text += "\n"
            return
        self.open.append(tag)
        self.deepest = max(self.deepest, len(self.open))
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(markup: str) -> Balance:
    reader = Balance()
    reader.feed(str(markup))
    reader.close()
    assert reader.open == []
    return reader


def test_words_without_formatting_are_escaped_and_broken_into_lines() -> None:
    assert html(Words("a < b & c\n\n'\"")) == "a &lt; b &amp; c<br><br>&#x27;&quot;"


@pytest.mark.parametrize(
    ("kind", "tag"),
    [
        ("bold", "b"),
        ("italic", "i"),
        ("underline", "u"),
        ("strikethrough", "s"),
        ("code", "code"),
        ("pre", "pre"),
        ("blockquote", "blockquote"),
        ("expandable_blockquote", "blockquote"),
        ("spoiler", "span"),
    ],
)
def test_each_kind_of_formatting_has_its_tag(kind: str, tag: str) -> None:
    assert bare(html(words("run far", ("far", kind)))) == f"run <{tag}>far</{tag}>"


def test_offsets_count_an_emoji_as_two() -> None:
    given_words = words("🏃🏽‍♀️ 매일 🌅 달리기", ("매일", "bold"), ("달리기", "italic"))
    assert bare(html(given_words)) == "🏃🏽‍♀️ <b>매일</b> 🌅 <i>달리기</i>"


def test_formatting_nests_whatever_order_it_comes_in() -> None:
    given_words = words(
        "all of it", ("of", "italic"), ("all of it", "bold"), ("of it", "underline")
    )
    assert bare(html(given_words)) == "<b>all <u><i>of</i> it</u></b>"


def test_formatting_across_other_formatting_is_cut() -> None:
    given_words = words("one two three", ("one two", "bold"), ("two three", "italic"))
    assert bare(html(given_words)) == "<b>one <i>two</i></b><i> three</i>"


def test_line_ends_stay_as_they_are_in_preformatted_text() -> None:
    given_words = words("a\nb\nc\nd\ne", ("b\nc", "pre"))
    assert bare(html(given_words)) == "a<br><pre>b\nc</pre>d<br>e"


def test_a_spoiler_is_dark_on_dark() -> None:
    markup = html(words("it is me", ("me", "spoiler")))
    assert "background:#4a4339;color:#4a4339" in markup


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/?a=1&b=2",
        "http://example.com",
        "mailto:me@example.com",
        "tg://user?id=1",
    ],
)
def test_a_link_one_may_follow_stays_a_link(url: str) -> None:
    given_words = words("the plan", ("plan", "text_link", url))
    assert read(html(given_words)).links == [url]
    assert plain(given_words) == f"the plan ({url})"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)//https://example.com",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://",
        "https://a b",
        "//example.com",
        " https://example.com",
        "",
    ],
)
def test_any_other_link_becomes_its_text(url: str) -> None:
    given_words = words("the plan", ("plan", "text_link", url))
    assert html(given_words) == "the plan"
    assert plain(given_words) == "the plan"


def test_a_url_can_not_leave_its_attribute() -> None:
    url = "https://example.com/\"><script>alert('1')</script>"
    markup = html(words("the plan", ("plan", "text_link", url)))
    assert "<script" not in markup
    assert read(markup).links == [url]


@pytest.mark.parametrize(
    ("written", "target"),
    [("https://example.com/a", "https://example.com/a"), ("example.com", "http://example.com")],
)
def test_a_url_in_the_text_is_a_link_to_itself(written: str, target: str) -> None:
    given_words = words(f"see {written} now", (written, "url"))
    assert read(html(given_words)).links == [target]
    assert plain(given_words) == f"see {written} now"


def test_a_link_named_by_its_own_url_is_not_said_twice() -> None:
    given_words = words("see Example.com", ("Example.com", "text_link", "https://Example.com/"))
    assert plain(given_words) == "see Example.com"


def test_each_link_of_a_text_is_named_behind_its_words() -> None:
    given_words = words(
        "🌊 one, two", ("one", "text_link", "https://a.example"), ("two", "text_link", "tg://b")
    )
    assert plain(given_words) == "🌊 one (https://a.example), two (tg://b)"


def test_links_over_each_other_are_named_the_inner_one_first() -> None:
    inner = ("two", "text_link", "https://b.example")
    given_words = words("one two", inner, ("one two", "text_link", "https://a.example"))
    assert plain(given_words) == "one two (https://b.example) (https://a.example)"


@pytest.mark.parametrize(
    "kind", ["custom_emoji", "mention", "hashtag", "date_time", "not-yet-known"]
)
def test_formatting_a_mail_can_not_show_leaves_the_text(kind: str) -> None:
    assert html(words("hi 🙂 you", ("🙂", kind))) == "hi 🙂 you"


def test_an_entity_that_splits_a_character_takes_it_whole() -> None:
    halves = Entity(type="bold", offset=1, length=2)
    assert bare(html(Words("🙂🙃", (halves,)))) == "<b>🙂🙃</b>"


def test_many_entities_over_each_other_do_not_nest_without_end() -> None:
    every = tuple(Entity(type="bold", offset=n, length=4000 - 2 * n) for n in range(1500))
    assert read(html(Words("x" * 4000, every))).deepest == 1


SHAPES: dict[str, Callable[[int], tuple[int, int]]] = {
    "side by side": lambda n: (9 * n, 9),
    "nested": lambda n: (n, 7000 - 2 * n),
    "across each other": lambda n: (5 * n, 50),
    "over the same": lambda n: (n // 9999, 7000),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_eight_times_the_formatting_takes_about_eight_times_as_long(shape: str) -> None:
    few, many = (formatted(shape, count) for count in (200, 1600))
    for render in (html, plain):
        assert fastest(render, many) < 16 * fastest(render, few) + 0.005


def formatted(shape: str, count: int) -> Words:
    """Return a text with so much formatting of different kinds over it."""
    kinds = ("bold", "italic", "text_link", "spoiler", "code", "underline")
    spans = (SHAPES[shape](n) for n in range(count))
    entities = (
        Entity(type=kinds[n % 6], offset=offset, length=length, url="https://a.example")
        for n, (offset, length) in enumerate(spans)
    )
    return Words("가나 다🙂" * 3000, tuple(entities))


def fastest(render: Callable[[Words], str], given_words: Words) -> float:
    """Return the CPU seconds of the fastest of three runs."""
    spent = []
    for _ in range(3):
        began = time.process_time()
        render(given_words)
        spent.append(time.process_time() - began)
    return min(spent)


KINDS = st.sampled_from(
    [
        "bold",
        "italic",
        "code",
        "pre",
        "spoiler",
        "blockquote",
        "text_link",
        "url",
        "custom_emoji",
        "?",
    ]
)
ENTITIES = st.builds(
    Entity,
    type=KINDS,
    offset=st.integers(-3, 24),
    length=st.integers(-3, 24),
    url=st.none()
    | st.sampled_from(["https://a.example/<'\">", "javascript:1", "\ud800", "tg://x"]),
    language=st.none() | st.just('py"><b>'),
)
TEXT = st.text(st.characters() | st.sampled_from("🙂<>&\"' \n"), max_size=16)


@settings(max_examples=300, print_blob=True)
@given(TEXT, st.lists(ENTITIES, max_size=8))
def test_no_entities_however_wrong_lose_text_or_leave_a_tag_open(
    text: str, entities: list[Entity]
) -> None:
    given_words = Words(text, tuple(entities))
    shown = read(html(given_words)).text
    written = re.sub("[\ud800-\udfff]", "\ufffd", text)
    assert "".join(shown.split()) == "".join(written.split())
    assert set("".join(text.split())) <= set(plain(given_words))


@given(TEXT)
@settings(max_examples=100, print_blob=True)
def test_words_without_formatting_stay_exactly_as_written(text: str) -> None:
    assert plain(Words(text)) == text
    shown = unescape(html(Words(text)).replace("<br>", "\n"))
    assert shown == re.sub("[\ud800-\udfff]", "\ufffd", re.sub("\r\n?", "\n", text))
