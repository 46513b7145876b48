"""A server's words as the operator sees them: one short line, and nobody's address."""

import pytest

from bot.delivery.server_words import shown


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", ""),
        ("5.7.1 no", "5.7.1 no"),
        ("5.1.1 <zebra.finch@example.com>: User unknown", "5.1.1 …@… User unknown"),
        ("no\r\n5.1.1 such\tuser", "no 5.1.1 such user"),
        ("zebra.finch is unknown", "…@… is unknown"),
        ("Zebra.Finch: unknown", "…@… unknown"),
        ("mailbox=zebra.finch, gone", "…@… gone"),
        ("bounce+zebra.finch=example.com@relay.example", "…@…"),
        ("see https://x.example/?to=zebra.finch%40example.com", "see …@…"),
        ("zebra crossing", "zebra crossing"),
        ("letters@mailbox.example not verified", "…@… not verified"),
        ("bell\x07\x1b[31m\u202ered", "bell[31mred"),
    ],
)
def test_words_are_shown_as(words: str, expected: str) -> None:
    assert shown(words, "zebra.finch@example.com") == expected


def test_a_short_name_is_no_reason_to_hide_every_word_with_its_letters() -> None:
    assert shown("message for me", "me@example.com") == "message for me"


def test_long_words_are_cut() -> None:
    line = shown("word " * 100)
    assert len(line) == 200
    assert line.endswith("…")


def test_no_half_of_an_address_is_left_where_words_are_cut() -> None:
    for room in range(960, 1010):
        filling = "a@b.example " * (room // 12) + "x" * (room % 12)
        assert "zebra" not in shown(f"{filling} zebrafinch@x.example")


def test_without_a_recipient_only_addresses_are_hidden() -> None:
    assert shown("box: a@b.example is full") == "box: …@… is full"
