"""A page's HTML in pieces: what mails have in common is encoded once, the rest is spliced in.

Quoted-printable may be cut anywhere by a soft line break, so each piece is encoded for itself.
"""

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from markupsafe import Markup, escape

from bot.locales import Language
from bot.mail.encodings import SOFT_BREAK, as_lines, is_mostly_ascii, quoted_printable
from bot.mail.encodings import base64 as in_base64
from bot.mail.markup import html
from bot.mail.page import Link, Page, Passage, as_html
from bot.text import Words

_KEPT = 256
"""Skeletons: of a language, a kind of message and a number of days each."""

_MARK = secrets.token_hex(8)
"""Stands for what differs; nobody can write it, because nobody knows it."""

_SLOT = re.compile(f"{_MARK}-([0-9]+)-")


@dataclass(frozen=True, slots=True)
class _Piece:
    """What all mails of a skeleton say between two slots; `size` in bytes."""

    text: str
    encoded: bytes
    size: int

    @classmethod
    def of(cls, text: str) -> "_Piece":
        """Return the piece, encoded."""
        content = as_lines(text)
        return cls(text, quoted_printable(content), len(content))


@dataclass(frozen=True, slots=True)
class _Skeleton:
    """Pieces, and between each two of them the number of the value that stands there."""

    pieces: tuple[_Piece, ...]
    slots: tuple[int, ...]
    size: int
    characters: int


def encoded_html(page: Page, language: Language) -> tuple[str, bytes]:
    """Return the name of an encoding, and in it what `as_html` says."""
    values = [str(value) for value in _values(page)]
    skeleton = _skeleton(_blank(page), language)
    contents = [as_lines(value) for value in values]
    size = skeleton.size + sum(len(contents[slot]) for slot in skeleton.slots)
    characters = skeleton.characters + sum(len(values[slot]) for slot in skeleton.slots)
    if is_mostly_ascii(size, characters):
        return "quoted-printable", b"".join(_spliced(skeleton, contents))
    return "base64", in_base64(as_lines("".join(_filled(skeleton, values))))


def _spliced(skeleton: _Skeleton, contents: Sequence[bytes]) -> Iterable[bytes]:
    yield skeleton.pieces[0].encoded
    for slot, piece in zip(skeleton.slots, skeleton.pieces[1:], strict=True):
        yield SOFT_BREAK
        if contents[slot]:
            yield quoted_printable(contents[slot])
            yield SOFT_BREAK
        yield piece.encoded


def _filled(skeleton: _Skeleton, values: Sequence[str]) -> Iterable[str]:
    yield skeleton.pieces[0].text
    for slot, piece in zip(skeleton.slots, skeleton.pieces[1:], strict=True):
        yield values[slot]
        yield piece.text


@lru_cache(maxsize=_KEPT)
def _skeleton(blank: Page, language: Language) -> _Skeleton:
    """Return the skeleton of all pages that are alike once they are blank."""
    whole = as_html(blank, language, show=lambda words: Markup(words.text))  # noqa: S704 - a slot
    parts = _SLOT.split(whole)
    pieces = tuple(map(_Piece.of, parts[::2]))
    return _Skeleton(
        pieces=pieces,
        slots=tuple(map(int, parts[1::2])),
        size=sum(each.size for each in pieces),
        characters=sum(len(each.text) for each in pieces),
    )


def _values(page: Page) -> Iterable[str | Markup]:
    """Return what differs from mail to mail as HTML, in the order of the slots."""
    yield escape(page.subject)
    yield from map(escape, page.lines)
    yield html(page.words) if page.words is not None else ""
    yield escape(page.code or "")
    for passage in page.passages:
        yield escape(passage.telling)
        yield html(passage.words) if passage.words is not None else ""
    for link in (*page.choices, page.button, *page.footer):
        if isinstance(link, Link):
            yield escape(link.url)


def _blank(page: Page) -> Page:
    """Return the page with slots in the place of what differs."""
    slots = _Slots()
    return replace(
        page,
        subject=slots.next(),
        lines=tuple(slots.next() for _ in page.lines),
        words=slots.words(page.words),
        code=slots.next_if(page.code is not None),
        passages=tuple(Passage(slots.next(), slots.words(each.words)) for each in page.passages),
        choices=tuple(Link(each.label, slots.next()) for each in page.choices),
        button=slots.link(page.button) if page.button is not None else None,
        footer=tuple(slots.link(each) if isinstance(each, Link) else each for each in page.footer),
    )


class _Slots:
    """Numbers slots in the order in which they are asked for."""

    def __init__(self) -> None:
        self._number = 0

    def next(self) -> str:
        """Return the next slot."""
        slot = f"{_MARK}-{self._number}-"
        self._number += 1
        return slot

    def next_if(self, there: bool) -> str | None:  # noqa: FBT001 - what it is about
        """Return the next slot, or None; it has a number all the same."""
        slot = self.next()
        return slot if there else None

    def words(self, words: Words | None) -> Words | None:
        """Return a slot for words where there are some."""
        slot = self.next()
        return Words(slot) if words is not None else None

    def link(self, link: Link) -> Link:
        """Return a link that leads to a slot."""
        return Link(link.label, self.next())
