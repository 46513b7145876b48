"""Email addresses as people type them: what is wrong with one, and what it was meant to be."""

import difflib
import re
from dataclasses import dataclass
from enum import StrEnum
from string import whitespace

from email_validator import EmailNotValidError, validate_email

_DOMAINS = (
    "gmail.com", "naver.com", "daum.net", "hanmail.net", "kakao.com", "nate.com", "outlook.com",
    "outlook.kr", "hotmail.com", "live.com", "yahoo.com", "yahoo.co.jp", "yahoo.co.uk",
    "icloud.com", "me.com", "mac.com", "proton.me", "protonmail.com", "korea.com", "korea.kr",
    "googlemail.com", "gmx.com", "gmx.net", "gmx.de", "mail.com", "aol.com", "msn.com",
    "fastmail.com", "zoho.com", "ymail.com", "email.com", "mail.ru", "yandex.com", "yandex.ru",
    "qq.com", "163.com", "126.com",
)  # fmt: skip
_CLOSE = 0.8  # of difflib's ratio: one slip of the finger in the shortest of these domains
_KEYS = 2  # that a slip adds or leaves out; korea.ac.kr isn't korea.kr
_LONGEST = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets
_ASCII_OF = {0xFF00 + n: 0x20 + n for n in range(1, 0x5F)}  # full-width letters, digits and signs
_UNSEEN = whitespace + "\u00a0\u3000\u200b\u200e\u200f\u202a\u202c\u2060\u2066\u2068\u2069\ufeff"
_WRAPPED = re.compile(r"^(?:mailto:)?\s*<?\s*(?:mailto:)?([^<>]*?)\s*>?$", re.IGNORECASE)


class Flaw(StrEnum):
    """What keeps a text from being an address; the value names the message that says so."""

    NO_AT = "address-no-at"
    MANY_ATS = "address-many-ats"
    SPACE = "address-space"
    NO_NAME = "address-no-name"
    NO_DOMAIN = "address-no-domain"
    DOMAIN_WITHOUT_DOT = "address-domain-without-dot"
    DOTS = "address-dots"
    TOO_LONG = "address-too-long"
    CHARACTERS = "address-characters"


class BadAddress(ValueError):
    """The text is no address; `flaw` says why."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A well-formed address, and a likelier one if this looks like a slip of the finger."""

    address: str
    suggestion: str | None


def check(text: str) -> Checked:
    """Give the address that a text holds (RFC 5321, RFC 6531). Raises BadAddress."""
    typed = _unwrapped(text)
    try:
        valid = validate_email(typed, check_deliverability=False)
    except EmailNotValidError:
        raise BadAddress(_flaw(typed)) from None
    address = valid.normalized
    return Checked(address=address, suggestion=_likelier(valid.local_part, valid.domain))


def looks_like_address(text: str) -> bool:
    """Tell whether a text is an address, well-formed as it stands."""
    try:
        check(text)
    except BadAddress:
        return False
    return True


def _unwrapped(text: str) -> str:
    """Give a text without what pasting and an input method of East Asia put around and in it."""
    text = text.translate(_ASCII_OF).strip(_UNSEEN)
    found = _WRAPPED.match(text)
    return (found[1] if found else text).strip(_UNSEEN)


def _likelier(name: str, domain: str) -> str | None:
    if domain in _DOMAINS:
        return None
    close = difflib.get_close_matches(domain, _DOMAINS, n=1, cutoff=_CLOSE)
    if not close or abs(len(close[0]) - len(domain)) > _KEYS:
        return None
    return f"{name}@{close[0]}"


def _flaw(typed: str) -> Flaw:
    name, _, domain = typed.rpartition("@")
    flaws = (
        (Flaw.NO_AT, "@" not in typed),
        (Flaw.TOO_LONG, len(typed) > _LONGEST),
        (Flaw.MANY_ATS, "@" in name),
        (Flaw.SPACE, any(character.isspace() for character in typed)),
        (Flaw.NO_NAME, not name),
        (Flaw.NO_DOMAIN, not domain),
        (Flaw.DOMAIN_WITHOUT_DOT, "." not in domain),
        (Flaw.DOTS, ".." in typed or any(_dotted_end(part) for part in (name, domain))),
    )
    return next((flaw for flaw, found in flaws if found), Flaw.CHARACTERS)


def _dotted_end(part: str) -> bool:
    return part.startswith(".") or part.endswith(".")
