"""A letter in the making: how the messages that bring it become one text."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.drafts import DRAFT_LIMIT, Draft, Part
from bot.letters import LARGEST_LETTER, LONGEST_LETTER, flaw_of
from bot.text import MESSAGE_LIMIT, Entity, Words

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BOLD = Entity(type="bold", offset=0, length=2)


def part(number: int, words: Words | str, after: float = 0) -> Part:
    """Return the message of that number, sent so many seconds after noon."""
    text = words if isinstance(words, Words) else Words(words)
    return Part(message_id=number, sent_at=NOON + timedelta(seconds=after), words=text)


def draft(*parts: Part) -> Draft:
    return Draft(person_id=1, parts=parts)


def test_a_draft_of_nothing_has_no_words() -> None:
    assert draft().words == Words("")


def test_a_part_cut_inside_a_line_is_joined_as_it_was() -> None:
    whole = draft(part(1, "a" * MESSAGE_LIMIT), part(2, "b")).words
    assert whole.text == "a" * MESSAGE_LIMIT + "b"


def test_a_part_cut_at_a_lines_end_is_joined_by_a_line_break() -> None:
    whole = draft(part(1, "a" * 3000), part(2, Words("🙂 b", (BOLD,))), part(3, "c")).words
    assert whole == Words("a" * 3000 + "\n🙂 b\nc", (BOLD.moved(3001),))


def test_the_whole_is_trimmed_and_not_its_parts() -> None:
    assert draft(part(1, " a "), part(2, " b ")).words.text == "a \n b"


def test_an_edit_replaces_its_own_part_alone() -> None:
    edited = draft(part(1, "a"), part(2, "b")).with_edited(2, Words("c"))
    assert edited.words.text == "a\nc"
    assert edited.has_part(2)
    assert not edited.has_part(3)


@pytest.mark.parametrize(
    ("before", "after", "is_next"),
    [
        (part(1, "a" * 2048), 0, True),
        (part(1, "a" * 2048), 3, True),
        (part(1, "a" * 2048), 3.1, False),
        (part(1, "a" * 2047), 0, False),
        (part(1, "🙂" * 1024), 0, True),
    ],
)
def test_a_message_goes_on_a_paste_when_it_comes_at_once_behind_a_long_one(
    before: Part, after: float, *, is_next: bool
) -> None:
    assert draft(before).is_continued_by(part(2, "b", after)) is is_next


def test_the_first_message_goes_on_nothing() -> None:
    assert not draft().is_continued_by(part(1, "a" * MESSAGE_LIMIT))


def test_a_part_is_kept_whole() -> None:
    kept = part(7, Words("🙂 b", (BOLD,)), 0.123456)
    assert Part.from_dict({k: str(v) for k, v in kept.to_dict().items()}) == kept


def kept_size(kept: Draft) -> int:
    """Return the bytes that a draft's parts take as JSON."""
    return len(json.dumps([each.to_dict() for each in kept.parts]).encode())


@pytest.mark.parametrize("character", ["a", "가", "🙂", '"', "\x01", "é"])
def test_any_letter_fits_into_a_draft(character: str) -> None:
    link = Entity(type="text_link", offset=0, length=1, url="")
    text = "." + character * (LONGEST_LETTER - 1)
    largest = max(
        (Words(text, (replace(link, url=character * n),)) for n in range(0, LARGEST_LETTER, 16)),
        key=lambda words: (flaw_of(words) is None, words.size),
    )
    assert flaw_of(largest) is None
    full = draft(part(1, largest))
    assert full.within_limit() == full
    assert full.fit


def test_a_draft_over_its_limit_keeps_no_words_and_is_not_fit() -> None:
    parts = tuple(part(n, "가" * MESSAGE_LIMIT, n) for n in range(1, 5))
    over = draft(*parts).within_limit()
    assert kept_size(draft(*parts)) > DRAFT_LIMIT > kept_size(draft(*parts[:2]))
    assert kept_size(over) < 200
    assert over.overfull
    assert not over.fit
    assert not over.has_part(4)


def test_the_rest_of_a_paste_too_large_to_keep_is_not_taken_for_a_letter() -> None:
    over = draft(*(part(n, "가" * MESSAGE_LIMIT, n) for n in range(1, 5))).within_limit()
    rest = part(5, "the end", 5)
    assert over.is_continued_by(rest)
    more = replace(over, parts=(*over.parts, rest)).within_limit()
    assert more.overfull
    assert kept_size(more) < 200
    assert not more.is_continued_by(part(6, "another letter", 5.1))
    assert draft(part(6, "another letter")).within_limit().fit


def test_a_part_let_go_of_is_known_again() -> None:
    over = draft(part(1, "가" * DRAFT_LIMIT)).within_limit().parts[0]
    assert Part.from_dict({k: str(v) for k, v in over.to_dict().items()}) == over


def test_a_part_kept_by_an_earlier_version_is_whole() -> None:
    kept = {
        k: str(v)
        for k, v in part(7, "a").to_dict().items()
        if k not in {"let_go", "held", "thrown"}
    }
    assert Part.from_dict(kept) == part(7, "a")


def later(number: int, words: str, after: float = 60) -> Part:
    """Return a message that is no piece of the one before."""
    return part(number, words, after * number)


def test_a_message_more_is_another_part() -> None:
    more = draft(later(1, "a")).with_part(later(2, "b"))
    assert more is not None
    assert more.words.text == "a\nb"


def test_a_message_takes_the_place_of_one_that_is_no_letter_by_itself() -> None:
    more = draft(later(1, "a" * 4001)).with_part(later(2, "b"))
    assert more == draft(later(2, "b"))


def test_where_others_make_it_too_much_there_is_no_room_for_a_message_more() -> None:
    full = draft(later(1, "a" * 3999), later(2, "bb"))
    assert full.with_part(later(3, "c")) is None
    assert full.without_newest() == draft(later(1, "a" * 3999))


def test_the_newest_of_a_paste_are_all_its_pieces() -> None:
    whole = draft(later(1, "a"), part(2, "b" * 3000, 300), part(3, "c", 301))
    assert whole.without_newest() == draft(later(1, "a"))


def test_a_paste_that_is_let_go_of_leaves_the_parts_before_it() -> None:
    pieces = (part(n, "가" * MESSAGE_LIMIT, 300) for n in range(2, 6))
    over = draft(later(1, "a"), *pieces).within_limit()
    assert over.overfull
    assert over.without_newest() == draft(later(1, "a"))
    more = over.with_part(part(6, "b", 400))
    assert more is not None
    assert more.words.text == "a\nb"


def test_what_is_held_is_let_go_of_first() -> None:
    held = (replace(later(n, "가" * MESSAGE_LIMIT), held=True) for n in range(2, 6))
    assert draft(later(1, "a"), *held).within_limit() == draft(later(1, "a"))


def test_a_held_message_is_no_part_until_it_is_taken() -> None:
    holding = draft(later(1, "a"), later(3, "c")).holding(later(2, "b"))
    assert holding.words.text == "a\nc"
    taken = holding.taking(2)
    assert taken is not None
    assert taken.words.text == "a\nb\nc"
    assert holding.leaving(2) == draft(later(1, "a"), later(3, "c"))
    assert holding.taking(3) is None


def test_a_draft_thrown_away_keeps_what_can_be_brought_back_and_asks_for_words() -> None:
    asking = replace(draft(later(1, "a")), candidate="me@example.com", replaces=3)
    thrown = asking.thrown_away()
    assert (thrown.words.text, thrown.asks_for_others) == ("", False)
    assert thrown.remembered == "me@example.com"
    assert thrown.brought_back().parts == draft(later(1, "a")).parts
