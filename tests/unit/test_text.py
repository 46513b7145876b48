"""Words and the formatting on them, counted as Telegram counts."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import MESSAGE_LIMIT, Entity, Words, beginning, fill, utf16_length

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


MOMENT = datetime(2026, 1, 8, 9, tzinfo=UTC)


def test_a_moment_lies_under_the_text_that_stands_for_it() -> None:
    day = Words.moment("📅 1월 8일", MOMENT, "wDt")
    [entity] = day.entities
    assert (entity.offset, entity.length) == (0, 8)
    assert (entity.unix_time, entity.date_time_format) == (1767862800, "wDt")
    assert Words.from_json(day.text, day.entities_to_json()) == day


def test_a_quote_lies_under_all_of_the_words_and_their_formatting() -> None:
    quoted = Words("🏃 run", (bold(3, 3),)).quoted()
    assert quoted.entities == (Entity(type="blockquote", offset=0, length=6), bold(3, 3))
    assert Words("").quoted() == Words("")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("\n".join("123456"), "blockquote"),
        ("\n".join("1234567"), "expandable_blockquote"),
        ("달" * 216, "blockquote"),
        ("달" * 217, "expandable_blockquote"),
        ("\n\n\n\n\n\n", "expandable_blockquote"),
    ],
)
def test_a_quote_of_more_than_about_six_lines_is_folded(text: str, kind: str) -> None:
    assert [entity.type for entity in Words(text).quoted().entities] == [kind]


@pytest.mark.parametrize("kind", ["blockquote", "expandable_blockquote"])
def test_words_with_a_quote_of_their_own_can_not_be_quoted(kind: str) -> None:
    words = Words("run", (Entity(type=kind, offset=0, length=3),))
    assert words.holds_quote
    assert not Words("run", (bold(0, 3),)).holds_quote
    with pytest.raises(ValueError, match="a quote inside a quote"):
        words.quoted()


def test_a_value_with_formatting_keeps_it_in_its_place_whatever_stands_before() -> None:
    run, day = Words("🏃 run", (bold(3, 3),)), Words("day\ud83c", (bold(0, 3),))
    for template, offsets in (("🙂 {run}, {day}", [6, 11]), ("{day} 🙂 {run}!", [0, 11])):
        filled = fill(template, {"run": run, "day": day})
        assert filled.text == template.format(run=run.text, day=day.text)
        assert [entity.offset for entity in filled.entities] in (offsets, offsets[::-1])
        assert sorted(surrogates(filled)) == ["day", "run"]


def surrogates(words: Words) -> list[str]:
    """Return the text under each entity, lone surrogates in it or not."""
    encoded = words.text.encode("utf-16-le", "surrogatepass")
    return [
        encoded[2 * e.offset : 2 * e.end].decode("utf-16-le", "surrogatepass")
        for e in words.entities
    ]


def test_a_place_that_is_named_twice_is_filled_twice() -> None:
    filled = fill("{a}{a}", {"a": Words("🙂", (bold(0, 2),))})
    assert filled == Words("🙂🙂", (bold(0, 2), bold(2, 2)))


def test_a_place_left_empty_is_an_error() -> None:
    with pytest.raises(KeyError, match="day"):
        fill("{day}", {})


@given(st.text(max_size=20), st.integers())
def test_other_values_are_filled_in_as_python_does(text: str, number: int) -> None:
    template, values = "{{{text}}} {number:,}{text}", {"text": text, "number": number}
    assert fill(template, values) == Words(template.format_map(values))


@given(parts=st.lists(formatted(), min_size=3, max_size=3), order=st.permutations("abc"))
def test_filling_keeps_what_each_value_covered(parts: list[Words], order: list[str]) -> None:
    values = dict(zip("abc", parts, strict=True))
    filled = fill("🙂".join(f"{{{name}}}" for name in order), values)
    assert covered(filled) == [c for name in order for c in covered(values[name])]


@pytest.mark.parametrize("character", ["a", "가", "🙂"])
@pytest.mark.parametrize("length", [1, 19, 20, 21, 200])
def test_words_are_shortened_to_what_fits_with_their_first_and_last(
    character: str, length: int
) -> None:
    text = f"<{character * length}>"
    short = Words(text).shortened(20, "…")
    assert utf16_length(short.text) <= max(20 + 1, min(utf16_length(text), 20))
    assert (short.text[0], short.text[-1]) == ("<", ">")
    assert (short.text == text) is (utf16_length(text) <= 20)


def test_shortened_words_are_cut_at_gaps_and_keep_their_formatting() -> None:
    bold = Entity(type="bold", offset=0, length=62)
    words = Words("one two three four five six seven eight nine ten eleven twelve", (bold,))
    assert words.shortened(20, "…") == Words(
        "one two …twelve",
        (
            Entity(type="bold", offset=0, length=8),
            Entity(type="bold", offset=9, length=6),
        ),
    )


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("Run", "Run"),
        ("\nRun\n", "Run"),
        ("Run\nand read", "Run…"),
        ("Run every morning", "Run every…"),
        ("R" * 11, "R" * 10 + "…"),
        ("", ""),
    ],
)
def test_a_text_begins_with_its_first_line_or_as_much_as_fits(text: str, begins: str) -> None:
    assert beginning(text, 10) == begins


@pytest.mark.parametrize("end", ["\r", "\r\n", "\v", "\x85", "\u2028", "\u2029"])
def test_a_first_line_ends_at_any_line_end(end: str) -> None:
    assert beginning(f"Run{end}and", 10) == "Run…"


@pytest.mark.parametrize("sign", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_a_beginning_turns_nothing_that_stands_behind_it(sign: str) -> None:
    assert beginning(f"{sign}Run{sign} far", 10) == "Run far"
    assert beginning(f"{sign}{'Run ' * 9}", 10) == "Run Run…"


def test_a_text_that_runs_from_right_to_left_keeps_its_letters() -> None:
    assert beginning("\u200f\u05e8\u05d5\u05e5", 10) == "\u200f\u05e8\u05d5\u05e5"


@pytest.mark.parametrize("stop", [".", "...", "…", ",", "。", " :"])
def test_the_dots_behind_a_beginning_take_a_full_stops_place(stop: str) -> None:
    assert beginning(f"Run{stop}\nRead", 10) == "Run…"
    assert beginning(f"Run{stop}", 10) == f"Run{stop}"
