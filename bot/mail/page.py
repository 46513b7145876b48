"""What one mail says, and the two ways to read it: as text and as a page of paper."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from bot.locales import Language, catalog
from bot.mail.markup import html, plain
from bot.text import Words

if TYPE_CHECKING:
    from jinja2 import Template

_RULE = "\N{MIDDLE DOT} \N{MIDDLE DOT} \N{MIDDLE DOT}"
_FOOTER_MARK = "-- "


@dataclass(frozen=True, slots=True)
class Link:
    """A link and what it offers."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Passage:
    """What is told beside the letter's words, and whose words it tells of, if any."""

    telling: str
    words: Words | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one mail says, in the order it is read.

    `preheader` is the line an inbox shows beside the subject, `stamp` the few letters on the
    page's stamp, `code` a number to type in, set large. `passages` stand below the words;
    `choices` are links side by side.
    """

    subject: str
    preheader: str
    greeting: str
    lines: tuple[str, ...] = ()
    words: Words | None = None
    code: str | None = None
    passages: tuple[Passage, ...] = ()
    closing: tuple[str, ...] = ()
    choices: tuple[Link, ...] = ()
    button: Link | None = None
    footer: tuple[str | Link, ...] = ()
    stamp: str | None = None


def as_text(page: Page) -> str:
    """Return the page as plain text, paragraphs an empty line apart; the words stand as written."""
    return "\n\n".join(_paragraphs(page)) + "\n"


def as_html(page: Page, language: Language, *, show: Callable[[Words], Markup] = html) -> str:
    """Return the page as an HTML document that loads nothing from anywhere.

    `show` returns a person's words as HTML.
    """
    speech = catalog(language)
    return _template().render(
        page=page,
        language=language,
        product=speech.say("product-name"),
        sans=speech.say("css-sans"),
        serif=speech.say("css-serif"),
        word_break=speech.say("css-word-break"),
        html=show,
    )


def _paragraphs(page: Page) -> Iterable[str]:
    yield page.greeting
    yield from page.lines
    if page.words is not None:
        yield from (_RULE, plain(page.words), _RULE)
    if page.code is not None:
        yield f"    {page.code}"
    yield from map(_passage, page.passages)
    yield from page.closing
    if page.choices:
        yield "\n".join(map(_offer, page.choices))
    if page.button is not None:
        yield _offer(page.button)
    if page.footer:
        yield "\n".join((_FOOTER_MARK, *map(_offer, page.footer)))


def _passage(passage: Passage) -> str:
    if passage.words is None:
        return passage.telling
    quoted = (f"> {line}".rstrip() for line in plain(passage.words).split("\n"))
    return "\n".join((passage.telling, *quoted))


def _offer(line: str | Link) -> str:
    return f"{line.label}: {line.url}" if isinstance(line, Link) else line


@cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    folder = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(
        loader=folder,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html")
