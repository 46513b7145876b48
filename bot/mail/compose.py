"""Puts a mail together: headers, a text part, an HTML part, and the envelope they travel in.

The bytes are assembled here from parts that `binascii` encodes. `EmailMessage` is a hundred times
slower, and up to Python 3.11.9 it reads an encoded word in a subject back into line breaks and
writes them out as headers (CVE-2024-6923).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, quote
from functools import lru_cache

from bot.locales import Language
from bot.mail.addresses import Mailbox, UnfitForMail, mailbox
from bot.mail.characters import one_line
from bot.mail.encodings import (
    as_lines,
    base64,
    encoded_words,
    is_mostly_ascii,
    quoted_printable,
)
from bot.mail.page import Page, as_text
from bot.mail.skeleton import encoded_html

__all__ = ["Envelope", "Headers", "UnfitForMail", "compose"]

_ONE_WORD = re.compile(r"[!-;=?-~]+|<[!-;=?-~]+>")
_LONGEST_WORD = 900
_LONGEST_PLAIN = 68
_BEHIND = len("Subject: ")
_BOUNDARY = "=_letter_="
"""Never part of an encoded body: `_` isn't of base64, `=_` isn't of quoted-printable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headers:
    """What a mail's head says besides its subject.

    `sender` and `recipient` are `a@b` or `Name <a@b>`; `message_id` comes in its angle brackets,
    `unsubscribe` is a URL or `mailto:` without them. `thread` is the ids of the mails that this one
    follows, the oldest first.
    """

    sender: str
    recipient: str
    message_id: str
    date: datetime
    language: Language
    unsubscribe: str | None = None
    thread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A mail ready to be submitted; `sender` and `recipient` are bare addresses.

    `content` has CRLF line ends and is not dot-stuffed. `smtputf8` says that the server must
    offer SMTPUTF8; without it the content is ASCII.
    """

    sender: str
    recipient: str
    content: bytes
    smtputf8: bool


def compose(page: Page, headers: Headers) -> Envelope:
    """Return the mail that says `page` (RFC 5322, 2046, 3834, 6532).

    Raises UnfitForMail where a header would be broken by what was given for it, and ValueError
    for a naive date.
    """
    sender, recipient = _sender(headers.sender), mailbox(headers.recipient)
    head = "".join(
        f"{name}: {value}\r\n" for name, value in _head(page, headers, sender, recipient)
    )
    parts = (
        head.encode(),
        *_part("plain", *_encoded_text(page)),
        *_part("html", *encoded_html(page, headers.language)),
        b"\r\n--%b--\r\n" % _BOUNDARY.encode(),
    )
    return Envelope(
        sender=sender.address,
        recipient=recipient.address,
        content=b"".join(parts),
        smtputf8=sender.international or recipient.international,
    )


@lru_cache(maxsize=16)
def _sender(text: str) -> Mailbox:
    return mailbox(text)


def _head(
    page: Page, headers: Headers, sender: Mailbox, recipient: Mailbox
) -> Iterable[tuple[str, str]]:
    if headers.date.tzinfo is None:
        raise ValueError("a mail's date must be aware")
    yield "Message-ID", _given("Message-ID", headers.message_id)
    if headers.thread:
        yield "In-Reply-To", _given("In-Reply-To", headers.thread[-1])
        ids = (_given("References", each) for each in headers.thread)
        yield "References", "\r\n ".join(ids)
    yield "Date", format_datetime(headers.date)
    yield "From", _shown(sender)
    yield "To", _shown(recipient)
    yield "Subject", _unstructured(one_line(page.subject))
    if headers.unsubscribe is not None:
        yield "List-Unsubscribe", f"<{_given('List-Unsubscribe', headers.unsubscribe)}>"
    yield "Auto-Submitted", "auto-generated"
    yield "X-Auto-Response-Suppress", "All"
    yield "Content-Language", headers.language
    yield "MIME-Version", "1.0"
    yield "Content-Type", f'multipart/alternative; boundary="{_BOUNDARY}"'


def _given(name: str, value: str) -> str:
    if not _ONE_WORD.fullmatch(value):
        raise UnfitForMail(f"{name} wants visible ASCII characters without a space")
    if len(value) > _LONGEST_WORD:
        raise UnfitForMail(f"{name} is too long for a line")
    return value


def _shown(owner: Mailbox) -> str:
    if not owner.name:
        return owner.address
    if _is_plain(owner.name):
        phrase = f'"{quote(owner.name)}"'
    else:
        phrase = encoded_words(owner.name, behind=_BEHIND)
    return f"{phrase}\r\n <{owner.address}>"


def _unstructured(text: str) -> str:
    return text if _is_plain(text) else encoded_words(text, behind=_BEHIND)


def _is_plain(text: str) -> bool:
    """Return whether the text can stand unencoded, and would be read back as it is."""
    tight = len(text) <= _LONGEST_PLAIN and text == text.strip()
    return tight and text.isascii() and "=?" not in text


def _encoded_text(page: Page) -> tuple[str, bytes]:
    text = as_text(page)
    content = as_lines(text)
    if is_mostly_ascii(content, len(text)):
        return "quoted-printable", quoted_printable(content)
    return "base64", base64(content)


def _part(subtype: str, encoding: str, body: bytes) -> tuple[bytes, bytes]:
    head = (
        f"\r\n--{_BOUNDARY}\r\n"
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    return head.encode(), body
