"""Where an address stands in what a person typed: free of what is around it and glued to it.

Each step is linear in the text, or bounded by how long the caller lets it be.
"""

import re
import unicodedata
from functools import cache

from bot.email_address.hangul_keys import has_hangul, has_lone_jamo
from bot.email_address.top_level_domains import IN_UNICODE, has_known_ending
from bot.visibility import without_unseen_ends

_ASCII_OF: dict[int, str | int] = {
    **{0xFF00 + n: 0x20 + n for n in range(1, 0x5F)},  # full-width letters, digits and signs
    **dict.fromkeys(map(ord, "。｡"), "."),
    **dict.fromkeys(map(ord, "、､"), ","),
}
_CLOSING = ".,"
_QUOTES = dict(zip("\"'`“‘„‚«‹「『《〈【[(", "\"'`”’“‘»›」』》〉】])", strict=True))  # noqa: RUF001
_MAILTO = "mailto:"
_OPENING = "'`*~"  # a sentence puts them before an address; alone, a name may begin with them
_BETWEEN_WORDS = re.compile(
    r"[\s<>()\[\]{}\":“”‘’„‚«»‹›「」『』《》〈〉【】…]+"  # noqa: RUF001
    r"|[,;/]+(?![a-z.]+(?:[\s,;:/]|\Z))",  # else it is a slip for a dot: `me@company.co,kr`
    re.IGNORECASE,
)
UNSPACED = r"\u1100-\u11ff\u3040-\u30ff\u3131-\u318e\u3400-\u9fff\uac00-\ud7a3"
"""Of a class in a regular expression: Korean, Japanese, Chinese, which glue words to each other."""


def unwrapped(text: str) -> str:
    """Return a text, in NFC, without what pasting and punctuation put around an address."""
    text = unicodedata.normalize("NFC", text.translate(_ASCII_OF))
    wrapped = None
    while text != wrapped:
        wrapped = text
        text = _peeled(without_unseen_ends(text))
    return text


def words_with_at(text: str) -> list[str]:
    """Return the words of an unwrapped text that have an @, as they would be typed alone."""
    return [_word(piece) for piece in _BETWEEN_WORDS.split(text) if "@" in piece]


def without_glued(address: str) -> str:
    """Return an address without what its language glued behind it: `hong@naver.com이에요`.

    No top-level domain mixes ASCII with other letters; one that there is stays as it is.
    """
    name, at, domain = address.rpartition("@")
    glued = None if has_known_ending(domain) else _glued().search(domain)
    if glued is None or (glued[1].startswith(".") and has_lone_jamo(glued[1])):
        return address
    return name + at + domain[: glued.start(1)]


@cache
def _glued() -> re.Pattern[str]:
    """Return what finds letters glued behind a domain; it is large, and takes time to compile."""
    return re.compile(
        rf"\.(?:[a-z0-9-]+|{'|'.join(filter(has_hangul, IN_UNICODE))})"
        rf"(\.?[{UNSPACED}][{UNSPACED}.]*)\Z",
        re.IGNORECASE,
    )


def _peeled(text: str) -> str:
    """Return a text without one layer of wrapping."""
    if text.endswith(">"):
        name, _, inside = text[:-1].rpartition("<")
        return text[:-1] if "@" in name else inside
    if text[:1] in _QUOTES and text[1:].endswith(_QUOTES[text[0]]):
        return text[1:-1]
    if text[: len(_MAILTO)].casefold() == _MAILTO:
        return text[len(_MAILTO) :]
    if _is_ornament(text[:1]):
        return text[1:]
    if _is_ornament(text[-1:]):
        return text[:-1]
    return text.removeprefix("<").rstrip(_CLOSING)


def _word(piece: str) -> str:
    name, at, domain = unwrapped(piece.lstrip(_OPENING)).rpartition("@")
    return name + at + _without_signs(domain).rstrip(_CLOSING)


def _without_signs(domain: str) -> str:
    """Return a domain without the signs behind it, `!!` say, unless more of it may follow them."""
    end = next((n for n, each in enumerate(domain) if _is_sign(each)), len(domain))
    behind = domain[end:]
    return domain if any(each.isascii() and each.isalnum() for each in behind) else domain[:end]


def _is_ornament(character: str) -> bool:
    """Return whether it is a sign that no address has: an arrow, an emoji, a stray quote."""
    return not character.isascii() and unicodedata.category(character)[0] in "PS"


def _is_sign(character: str) -> bool:
    return character not in "-._@" and unicodedata.category(character)[0] in "PS"
