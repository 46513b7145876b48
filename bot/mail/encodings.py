"""Text as it travels in a mail's header and body: encoded words, quoted-printable, base64."""

import binascii
import re
from collections.abc import Iterable

from bot.mail.characters import legible

SOFT_BREAK = b"=\r\n"
"""Ends a line of quoted-printable, and isn't of the text."""

_LINE = 76
_OF_WORD = len("=?utf-8?b??=")
_AMID_CHARACTER = range(0x80, 0xC0)  # bytes of UTF-8
_LONE_DOT = re.compile(rb"^\.(?=\r?$)", re.MULTILINE)
"""What ends a mail early where a server on the way is careless (RFC 5321 4.5.2)."""


def as_lines(text: str) -> bytes:
    """Return a text fit for a body, in UTF-8, its lines ended by CRLF."""
    if not text.isprintable():
        text = legible(text).replace("\n", "\r\n")
    return text.encode()


def is_mostly_ascii(content: bytes | int, characters: int) -> bool:
    """Return whether quoted-printable suits a text of so many bytes and characters."""
    size = content if isinstance(content, int) else len(content)
    return size - characters < size // 8


def quoted_printable(content: bytes) -> bytes:
    """Return lines of text in quoted-printable (RFC 2045 6.7)."""
    encoded = binascii.b2a_qp(content)
    if b"\n" not in content:  # so that it knew no other end for its soft breaks
        encoded = encoded.replace(b"\n", b"\r\n")
    if encoded.startswith(b".") or b"\n." in encoded:
        encoded = _LONE_DOT.sub(b"=2E", encoded)
    return encoded


def base64(content: bytes) -> bytes:
    """Return bytes in base64, each line ended by CRLF (RFC 2045 6.8)."""
    encoded = binascii.b2a_base64(content, newline=False)
    return b"".join(encoded[at : at + _LINE] + b"\r\n" for at in range(0, len(encoded), _LINE))


def encoded_words(text: str, *, behind: int) -> str:
    """Return a text as encoded words, a line each, the first behind so many characters (RFC 2047).

    No word ends amid a character.
    """
    pieces = _pieces(text.encode(), _room(behind))
    words = (f"=?utf-8?b?{binascii.b2a_base64(each, newline=False).decode()}?=" for each in pieces)
    return "\r\n ".join(words)


def _pieces(encoded: bytes, room: int) -> Iterable[bytes]:
    at = 0
    while at < len(encoded):
        end = at + room
        while end < len(encoded) and encoded[end] in _AMID_CHARACTER:
            end -= 1
        yield encoded[at:end]
        at, room = end, _room(1)


def _room(behind: int) -> int:
    """Return how many bytes fit into an encoded word behind so many characters of its line."""
    return (_LINE - behind - _OF_WORD) // 4 * 3
