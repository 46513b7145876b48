"""Words and the formatting on them, counted as Telegram counts."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import MESSAGE_LIMIT, Entity, Words, utf16_length

TEXTS = st.text(st.sampled_from(list("ab \n가🙂\u200d\u0301")), max_size=30)


def bold(offset: int, length: int) -> Entity:
    return Entity(type="bold", offset=offset, length=length)


def covered(words: Words) -> list[str]:
    """Return the text under each entity."""
    encoded = words.text.encode("utf-16-le")
    return [encoded[2 * e.offset : 2 * e.end].decode("utf-16-le") for e in words.entities]


@st.composite
def formatted(draw: st.DrawFn) -> Words:
    """Return a text with one stretch of it bold, on whole characters."""
    text = draw(TEXTS)
    first = draw(st.integers(0, len(text)))
    last = draw(st.integers(first, len(text)))
    if first == last:
        return Words(text)
    return Words(text, (bold(utf16_length(text[:first]), utf16_length(text[first:last])),))


@pytest.mark.parametrize(
    ("text", "length"), [("", 0), ("a", 1), ("가", 1), ("🙂", 2), ("e\u0301", 2), ("👨‍👩‍👧", 8)]
)
def test_length_is_counted_in_utf16_code_units(text: str, length: int) -> None:
    assert utf16_length(text) == length


def test_trimming_moves_the_formatting_with_its_words() -> None:
    words = Words(" \n🙂 run \t", (bold(0, 8), bold(5, 3))).trimmed()
    assert words == Words("🙂 run", (bold(0, 6), bold(3, 3)))


def test_formatting_over_nothing_but_trimmed_space_is_gone() -> None:
    assert Words("run  ", (bold(3, 2),)).trimmed() == Words("run")


def test_only_white_space_is_trimmed_to_nothing() -> None:
    assert Words(" \n\t\u3000 ", (bold(0, 3),)).trimmed() == Words("")


def test_line_breaks_inside_stay() -> None:
    assert Words("\na\n\n b\n").trimmed().text == "a\n\n b"


def test_words_that_follow_keep_their_formatting() -> None:
    joined = Words("🙂", (bold(0, 2),)).followed_by(Words("run", (bold(1, 2),)), "\n")
    assert joined == Words("🙂\nrun", (bold(0, 2), bold(4, 2)))


def test_pieces_break_no_character_and_no_formatting() -> None:
    pieces = list(Words("a🙂🙂b", (bold(1, 5),)).pieces(limit=4))
    assert pieces == [Words("a🙂", (bold(1, 2),)), Words("🙂b", (bold(0, 3),))]


def test_nothing_is_one_empty_piece() -> None:
    assert list(Words("").pieces()) == [Words("")]


@pytest.mark.parametrize(
    ("length", "pieces"),
    [(MESSAGE_LIMIT, [MESSAGE_LIMIT]), (MESSAGE_LIMIT + 1, [MESSAGE_LIMIT, 1])],
)
def test_a_piece_is_as_long_as_a_message(length: int, pieces: list[int]) -> None:
    assert [len(piece.text) for piece in Words("a" * length).pieces()] == pieces


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("one two three", ["one two ", "three"]),
        ("one\ntwo three", ["one\ntwo ", "three"]),
        ("onetw\no three", ["onetw\n", "o three"]),
        ("one twothreefour", ["one twoth", "reefour"]),
        ("one two three four", ["one two ", "three ", "four"]),
    ],
)
def test_a_piece_ends_with_a_line_or_a_word_where_it_can(text: str, pieces: list[str]) -> None:
    assert [piece.text for piece in Words(text).pieces(limit=9)] == pieces


@given(words=formatted(), limit=st.integers(2, 9))
def test_pieces_put_together_are_the_words(words: Words, limit: int) -> None:
    pieces = list(words.pieces(limit))
    assert "".join(piece.text for piece in pieces) == words.text
    assert all(utf16_length(piece.text) <= limit for piece in pieces)
    assert "".join(c for piece in pieces for c in covered(piece)) == "".join(covered(words))


@given(words=formatted())
def test_trimming_twice_is_trimming_once(words: Words) -> None:
    once = words.trimmed()
    assert once.trimmed() == once
    assert once.text == words.text.strip()
    assert all(c.strip() == d.strip() for c, d in zip(covered(words), covered(once), strict=False))


@given(parts=st.lists(formatted(), min_size=1, max_size=4))
def test_joining_keeps_what_each_part_covered(parts: list[Words]) -> None:
    whole = Words("")
    for part in parts:
        whole = whole.followed_by(part, "\n")
    assert covered(whole) == [c for part in parts for c in covered(part)]
    assert all(one.end <= two.offset for one, two in pairwise(whole.entities))


def test_formatting_comes_back_from_json_as_it_was() -> None:
    link = Entity(type="text_link", offset=0, length=2, url="https://example.com/?q=가")
    code = Entity(type="pre", offset=3, length=2, language="python")
    words = Words("🙂 ab", (link, code))
    assert Words.from_json(words.text, words.entities_to_json()) == words
    assert "null" not in words.entities_to_json()
