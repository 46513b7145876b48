import pytest

from bot.local.ansi import harmless, styled
from bot.text import Entity, Words


def entity(kind: str, offset: int, length: int, url: str | None = None) -> Entity:
    return Entity(type=kind, offset=offset, length=length, url=url)


@pytest.mark.parametrize(
    ("text", "entities", "shown"),
    [
        ("plain", (), "plain"),
        ("a bold b", (entity("bold", 2, 4),), "a \x1b[1mbold\x1b[0m b"),
        ("😀bold", (entity("bold", 2, 4),), "😀\x1b[1mbold\x1b[0m"),
        (
            "both",
            (entity("bold", 0, 4), entity("italic", 2, 2)),
            "\x1b[1mbo\x1b[0m\x1b[1;3mth\x1b[0m",
        ),
        ("x\ny", (entity("bold", 0, 3),), "\x1b[1mx\x1b[0m\n\x1b[1my\x1b[0m"),
        (
            "here!",
            (entity("text_link", 0, 4, "https://a.b"),),
            "\x1b[4mhere\x1b[0m <https://a.b>!",
        ),
        ("end", (entity("text_link", 0, 3, "https://a.b"),), "\x1b[4mend\x1b[0m <https://a.b>"),
        ("new kind", (entity("sparkle", 0, 3),), "new kind"),
    ],
)
def test_formatting_is_shown_where_it_lies(
    text: str, entities: tuple[Entity, ...], shown: str
) -> None:
    assert styled(Words(text, entities)) == shown


def test_only_newline_and_tab_pass_of_the_control_characters() -> None:
    assert harmless("a\tb\nc\x1b[2J\x00\x9b\udc80한") == "a\tb\nc\ufffd[2J\ufffd\ufffd\ufffd한"
