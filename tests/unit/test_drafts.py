"""A letter in the making: how the messages that bring it become one text."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.drafting import continues
from bot.store.drafts import Draft, Part
from bot.words import MESSAGE_LIMIT, Entity, Words

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BOLD = Entity(type="bold", offset=0, length=2)


def part(number: int, words: Words | str, after: float = 0) -> Part:
    """Give the message of that number, sent so many seconds after noon."""
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
    assert continues(draft(before), part(2, "b", after)) is is_next


def test_the_first_message_goes_on_nothing() -> None:
    assert not continues(draft(), part(1, "a" * MESSAGE_LIMIT))


def test_a_part_is_kept_whole() -> None:
    kept = part(7, Words("🙂 b", (BOLD,)), 0.123456)
    assert Part.from_dict({k: str(v) for k, v in kept.to_dict().items()}) == kept
