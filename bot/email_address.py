"""One grammar for email addresses as people type them: read, suggest, canonical forms.

A text is bounded before anything is parsed, so no text takes longer than an address can.
"""

import difflib
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from email_validator import EmailNotValidError, validate_email

from bot.visibility import has_unseen, without_unseen_ends

LONGEST_TYPED = 320
"""Characters of a text that may hold an address: room for the longest one and its wrapping."""

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
_ASCII_OF: dict[int, str | int] = {
    **{0xFF00 + n: 0x20 + n for n in range(1, 0x5F)},  # full-width letters, digits and signs
    **dict.fromkeys(map(ord, "。｡"), "."),
    **dict.fromkeys(map(ord, "、､"), ","),
}
_CLOSING = ".,"
_QUOTES = dict(zip("\"'`“‘„‚«‹「『《〈【[(", "\"'`”’“‘»›」』》〉】])", strict=True))  # noqa: RUF001
_MAILTO = "mailto:"
_SIGNS = frozenset("%!|")  # by which mail was once sent on, or a program run


class Flaw(StrEnum):
    """What keeps a text from being an address; the value names the message that says so."""

    NO_AT = "address-no-at"
    MANY_ATS = "address-many-ats"
    SPACE = "address-space"
    UNSEEN = "address-unseen"
    NO_NAME = "address-no-name"
    NO_DOMAIN = "address-no-domain"
    DOMAIN_WITHOUT_DOT = "address-domain-without-dot"
    DOTS = "address-dots"
    SIGN = "address-sign"
    DASH = "address-dash"
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
    """Return the address that a text holds (RFC 5321, RFC 6531). Raises BadAddress."""
    if len(text) > LONGEST_TYPED:
        raise BadAddress(Flaw.TOO_LONG if "@" in text else Flaw.NO_AT)
    typed = _unwrapped(text.translate(_ASCII_OF))
    if flaw := _flaw(typed):
        raise BadAddress(flaw)
    try:
        valid = validate_email(typed, check_deliverability=False)
    except EmailNotValidError:
        raise BadAddress(Flaw.CHARACTERS) from None
    return Checked(address=valid.normalized, suggestion=_likelier(valid.local_part, valid.domain))


def looks_like_address(text: str) -> bool:
    """Return whether a text is an address, well-formed as it stands."""
    try:
        check(text)
    except BadAddress:
        return False
    return True


def exact_form(address: str) -> str:
    """Return the form that an address shares with all its letter cases."""
    return address.casefold()


def mailbox_form(address: str) -> str:
    """Return the form that all spellings of one mailbox share: no dots, +tags nor letter case.

    Characters that only look otherwise, full-width ones say, are made equal too: some servers take
    them so (RFC 6532, section 3.1).
    """
    name, _, domain = unicodedata.normalize("NFKC", address).casefold().rpartition("@")
    plain = name.partition("+")[0].replace(".", "") or name
    return f"{plain}@{_same_domain(domain)}"


def domain_form(address: str) -> str:
    """Return the form that all spellings of an address's domain share."""
    return _same_domain(address.casefold().rpartition("@")[2])


def _unwrapped(text: str) -> str:
    """Return a text without what pasting and punctuation put around an address."""
    wrapped = None
    while text != wrapped:
        wrapped = text
        text = _peeled(without_unseen_ends(text))
    return text


def _peeled(text: str) -> str:
    """Return a text without one layer of wrapping."""
    if text.endswith(">"):
        name, _, inside = text[:-1].rpartition("<")
        return text[:-1] if "@" in name else inside
    if text[:1] in _QUOTES and text[1:].endswith(_QUOTES[text[0]]):
        return text[1:-1]
    if text[: len(_MAILTO)].casefold() == _MAILTO:
        return text[len(_MAILTO) :]
    return text.removeprefix("<").rstrip(_CLOSING)


def _flaw(typed: str) -> Flaw | None:
    name, _, domain = typed.rpartition("@")
    flaws = (
        (Flaw.NO_AT, "@" not in typed),
        (Flaw.TOO_LONG, len(typed) > _LONGEST),
        (Flaw.MANY_ATS, "@" in name),
        (Flaw.SPACE, any(character.isspace() for character in typed)),
        (Flaw.UNSEEN, has_unseen(typed)),
        (Flaw.NO_NAME, not name),
        (Flaw.NO_DOMAIN, not domain),
        (Flaw.DOMAIN_WITHOUT_DOT, "." not in domain),
        (Flaw.DOTS, ".." in typed or any(_dotted_end(part) for part in (name, domain))),
        (Flaw.SIGN, not _SIGNS.isdisjoint(name)),
        (Flaw.DASH, name.startswith("-")),
    )
    return next((flaw for flaw, found in flaws if found), None)


def _dotted_end(part: str) -> bool:
    return part.startswith(".") or part.endswith(".")


def _likelier(name: str, domain: str) -> str | None:
    near = [each for each in _DOMAINS if abs(len(each) - len(domain)) <= _KEYS]
    if not near or domain in near:
        return None
    close = difflib.get_close_matches(domain, near, n=1, cutoff=_CLOSE)
    return f"{name}@{close[0]}" if close else None


def _same_domain(domain: str) -> str:
    return "gmail.com" if domain == "googlemail.com" else domain
