import pytest

from bot.local.quotes import barred
from bot.text import Entity, Words


def quote(offset: int, length: int, kind: str = "blockquote") -> Entity:
    return Entity(type=kind, offset=offset, length=length)


@pytest.mark.parametrize(
    ("text", "entities", "shown"),
    [
        ("no quote\nat all", (), "no quote\nat all"),
        ("Run", (quote(0, 3),), "│ Run"),
        ("You wrote:\nRun\nRead\n\nGood.", (quote(11, 8),), "You wrote:\n│ Run\n│ Read\n\nGood."),
        ("😀\nRun\n😀\nx", (quote(3, 7),), "😀\n│ Run\n│ 😀\nx"),
        ("a Run b", (quote(2, 3),), "a \n│ Run\n b"),
        ("Run", (quote(0, 3, "expandable_blockquote"),), "│ Run"),
        ("a\nb", (quote(0, 1), quote(2, 1)), "│ a\n│ b"),
        ("ab", (quote(0, 1), quote(1, 1)), "│ a\n│ b"),
    ],
)
def test_each_line_of_a_quote_stands_behind_a_bar(
    text: str, entities: tuple[Entity, ...], shown: str
) -> None:
    assert barred(Words(text, entities)).text == shown


def test_formatting_stays_on_its_words() -> None:
    bold, link = (Entity(type=kind, offset=2, length=3) for kind in ("bold", "italic"))
    words = barred(
        Words("a\nRun\nb", (quote(2, 3), bold, link, Entity(type="code", offset=6, length=1)))
    )
    assert words.text == "a\n│ Run\nb"
    assert [(e.offset, e.length) for e in words.entities] == [(2, 5), (4, 3), (4, 3), (8, 1)]
