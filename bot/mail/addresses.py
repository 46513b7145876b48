"""Mail addresses as they stand on an envelope and in a header."""

import re
from dataclasses import dataclass
from email.utils import parseaddr

import idna

from bot.mail.characters import is_one_line

_LONGEST_LOCAL_PART = 64
_LONGEST_ADDRESS = 254
_SPECIAL = r'\s()<>\[\]:;@\\,"'
_LOCAL_PART = re.compile(rf'[^{_SPECIAL}.]+(?:\.[^{_SPECIAL}.]+)*|"(?:[^"\\]|\\.)+"')
_ASCII_DOMAIN = re.compile(
    r"(?i:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9])?|\[[a-f0-9:.]+\]|\[ipv6:[a-f0-9:.]+\])"
)


class UnfitForMail(ValueError):
    """A value can't stand in a mail's header or envelope; the text never repeats it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """An address for MAIL FROM or RCPT TO, and the name its owner is shown by ("" for none).

    `international` says that it can only travel under SMTPUTF8 (RFC 6531).
    """

    name: str
    address: str
    international: bool


def mailbox(text: str) -> Mailbox:
    """Return the mailbox `a@b` or `Name <a@b>`; a domain beyond ASCII is in A-labels (RFC 5891).

    Raises UnfitForMail.
    """
    if not is_one_line(text):
        raise UnfitForMail("an address has a control character or a line break")
    name, address = parseaddr(text) if text.endswith(">") else ("", text)
    local_part, _, domain = address.rpartition("@")
    if not _LOCAL_PART.fullmatch(local_part):
        raise UnfitForMail("an address has a local part that can't be written")
    international = not local_part.isascii()
    address = f"{local_part}@{_ascii(domain)}"
    longest = len(address.encode()) > _LONGEST_ADDRESS
    if longest or len(local_part.encode()) > _LONGEST_LOCAL_PART:
        raise UnfitForMail("an address is too long")
    return Mailbox(name=name, address=address, international=international)


def _ascii(domain: str) -> str:
    try:
        encoded = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        encoded = ""
    if not _ASCII_DOMAIN.fullmatch(encoded):
        raise UnfitForMail("an address has a domain that can't be written")
    return encoded
