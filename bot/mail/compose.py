"""Puts a mail together: headers, a text part, an HTML part, and the envelope they travel in.

The bytes are assembled here from parts that `email` and `binascii` encode. `EmailMessage` is
tens of times slower, and up to Python 3.11.9 it reads an encoded word in a subject back into line
breaks and writes them out as headers (CVE-2024-6923).
"""

import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.base64mime import body_encode
from email.header import Header
from email.utils import format_datetime, quote

from bot.locales import Language
from bot.mail.addresses import Mailbox, UnfitForMail, mailbox
from bot.mail.characters import legible, one_line
from bot.mail.page import Page, as_html, as_text

__all__ = ["Envelope", "Headers", "UnfitForMail", "compose"]

_ONE_WORD = re.compile(r"[!-;=?-~]+|<[!-;=?-~]+>")
_LONGEST_WORD = 900
_LONGEST_PLAIN = 68
_LONE_DOT = re.compile(r"^\.(?=\r?$)", re.MULTILINE)
"""What ends a mail early where a server on the way is careless (RFC 5321 4.5.2)."""

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
    sender, recipient = mailbox(headers.sender), mailbox(headers.recipient)
    head = "".join(
        f"{name}: {value}\r\n" for name, value in _head(page, headers, sender, recipient)
    )
    parts = _part("plain", as_text(page)), _part("html", as_html(page, headers.language))
    body = "".join(f"\r\n--{_BOUNDARY}\r\n{part}" for part in parts)
    return Envelope(
        sender=sender.address,
        recipient=recipient.address,
        content=f"{head}{body}\r\n--{_BOUNDARY}--\r\n".encode(),
        smtputf8=sender.international or recipient.international,
    )


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
    phrase = f'"{quote(owner.name)}"' if _is_plain(owner.name) else _encoded_words(owner.name)
    return f"{phrase}\r\n <{owner.address}>"


def _unstructured(text: str) -> str:
    return text if _is_plain(text) else _encoded_words(text)


def _is_plain(text: str) -> bool:
    """Return whether the text can stand unencoded, and would be read back as it is."""
    tight = len(text) <= _LONGEST_PLAIN and text == text.strip()
    return tight and text.isascii() and "=?" not in text


def _encoded_words(text: str) -> str:
    return Header(text, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _part(subtype: str, text: str) -> str:
    content = legible(text).replace("\n", "\r\n").encode()
    if len(content) - len(text) < len(content) // 8:
        encoding, body = "quoted-printable", _LONE_DOT.sub("=2E", binascii.b2a_qp(content).decode())
    else:
        encoding, body = "base64", body_encode(content, eol="\r\n")
    return (
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n{body}"
    )
