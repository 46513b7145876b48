"""What address to suggest: a well-known domain for a slip of the finger, keys for Hangul."""

import difflib
import re

from bot.email_address.hangul_keys import has_hangul, has_lone_jamo, to_keys
from bot.email_address.in_text import UNSPACED
from bot.email_address.top_level_domains import has_known_ending, top_level_domain

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
_FOR_DOTS = str.maketrans(",;/", "...")  # the keys beside it
_ENDINGS = ("com", "net", "org", "kr", "edu", "info")
_CLOSE_ENDING = 0.6  # one slip in three letters
_GLUED_BEFORE = re.compile(rf"\A.*[{UNSPACED}][^a-zA-Z0-9{UNSPACED}]*")
_LATIN = re.compile("[a-zA-Z]")


def likelier(name: str, domain: str) -> str | None:
    """Return the address that a well-formed one was probably meant to be, if another."""
    meant = (_latin(name) if domain.isascii() else name, _well_known(domain) or domain)
    return None if meant == (name, domain) else "@".join(meant)


def with_known_ending(name: str, domain: str) -> str | None:
    """Return what was probably meant by an address whose top-level domain there isn't."""
    dotted = domain.casefold().translate(_FOR_DOTS)
    if dotted != domain and has_known_ending(dotted):
        return f"{name}@{dotted}"
    front, _, ending = dotted.rpartition(".")
    if well_known := _well_known(dotted):
        return f"{name}@{well_known}"
    if close := difflib.get_close_matches(ending, _ENDINGS, n=1, cutoff=_CLOSE_ENDING):
        return f"{name}@{front}.{close[0]}"
    ends_before = "." in front and has_known_ending(front)  # `me@gmail.com.Thanks`
    return f"{name}@{front}" if ends_before else None


def with_dot(name: str, domain: str) -> str | None:
    """Return what was probably meant by an address whose domain has no dot."""
    dotted = domain.casefold().translate(_FOR_DOTS)
    if dotted != domain and has_known_ending(dotted):
        return f"{name}@{dotted}"
    well_known = _well_known(dotted)
    return f"{name}@{well_known}" if well_known else None


def as_keys(name: str, domain: str) -> str | None:
    """Return an address as the keys that were pressed, if its Hangul can't be meant.

    No word has jamo that make no syllable, and the well-known services give Latin names only.
    """
    domain_too = has_lone_jamo(domain) or (
        has_hangul(top_level_domain(domain)) and not has_known_ending(domain)
    )
    served = domain.casefold() in _DOMAINS or _well_known(domain.casefold()) is not None
    if domain_too or has_lone_jamo(name) or (served and name != to_keys(name) == _latin(name)):
        return f"{to_keys(name)}@{to_keys(domain) if domain_too else domain}"
    return None


def _well_known(domain: str) -> str | None:
    """Return the well-known domain that another, in small letters, is a slip for."""
    near = [each for each in _DOMAINS if abs(len(each) - len(domain)) <= _KEYS]
    if not near or domain in near:
        return None
    return next(iter(difflib.get_close_matches(domain, near, n=1, cutoff=_CLOSE)), None)


def _latin(name: str) -> str:
    """Return a name without the word glued before it, as in `메일은hong`, or else as keys."""
    last = _GLUED_BEFORE.sub("", name, count=1)
    return last if _LATIN.search(last) else to_keys(name)
