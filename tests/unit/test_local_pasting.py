import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.local.pasting import messages_of
from bot.text import MESSAGE_LIMIT, Entity, Words, utf16_length


def texts(text: str) -> list[str]:
    return [piece.text for piece in messages_of(Words(text))]


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("a" * 4096, [4096]),
        ("a" * 4097, [4096, 1]),
        ("a" * 3000 + " " + "b" * 3000, [3000, 3000]),
        ("a" * 3000 + "\n" + "b" * 500 + " " + "c" * 2000, [3000, 2501]),
        ("a" * 1000 + " " + "b" * 5000, [4096, 1905]),
        ("😀" * 2049, [2048, 1]),
        ("  short \n", [5]),
        (" \n ", []),
    ],
)
def test_a_text_is_cut_as_an_app_cuts_it(text: str, lengths: list[int]) -> None:
    assert [len(piece) for piece in texts(text)] == lengths


@given(st.lists(st.sampled_from(["a" * 700, "가" * 900, "😀" * 600, " ", "\n", "x"]), max_size=40))
def test_cutting_loses_nothing_but_white_space(parts: list[str]) -> None:
    pieces = texts("".join(parts))
    assert all(0 < utf16_length(piece) <= MESSAGE_LIMIT for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join("".join(parts).split())


def test_formatting_stays_on_its_words_across_a_cut() -> None:
    bold = Entity(type="bold", offset=2998, length=6)
    first, second = messages_of(Words("😀" * 1500 + "\n" + "b" * 3000, (bold,)))
    assert first.entities == (Entity(type="bold", offset=2998, length=2),)
    assert second.entities == (Entity(type="bold", offset=0, length=3),)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("/start", 6),
        ("/start abc", 6),
        ("/start@slow_mailbox_bot x", 23),
        ("/home/me", 0),
        ("a /b", 0),
    ],
)
def test_a_command_in_front_is_marked(text: str, length: int) -> None:
    (message,) = messages_of(Words(text))
    expected = (Entity(type="bot_command", offset=0, length=length),) if length else ()
    assert message.entities == expected
