"""What a text is while a letter is written: an address, nearly one, or more of the letter."""

import unicodedata
from functools import cache

from bot.email_address import (
    LONGEST_SENTENCE,
    BadAddress,
    Checked,
    Flaw,
    check,
    looks_like_address,
)
from bot.locales import LANGUAGES, catalog

_LONGEST_AROUND = 80
"""Characters around an address in a sentence that only gives it."""

_FULL_LETTER = 20
"""Characters of a text from which on it may be meant as a letter."""

_TEARS = "ㅠㅜ"
_BEHIND_A_QUESTION = " !)ㅋㅎㅠㅜ\n"
_AS_EMOJI = "\ufe0f"  # a variation selector
_NO_ATTEMPT = {Flaw.NO_NAME, Flaw.NO_DOMAIN}  # among other words: `@home`, `see you @ 9`


def address_in(text: str) -> Checked | None:
    """Return the address that a text is or holds; None for one that is words.

    Raises BadAddress for a text that is nearly an address.
    """
    if len(text) > LONGEST_SENTENCE:
        return None
    try:
        return check(text)
    except BadAddress as problem:
        among_words = len(text.split()) > 1
        if problem.flaw is Flaw.NO_AT or (problem.flaw in _NO_ATTEMPT and among_words):
            return None
        raise


def says_more(text: str, address: str) -> bool:
    """Return whether a text with an address in it says more than where letters should go."""
    return "\n" in text.strip() or len(text) > len(address) + _LONGEST_AROUND


def wants_no_mail(text: str) -> bool:
    """Return whether a text says, in any language there is, that no mail is wanted."""
    return _is_one_of("no-mail-answers", text)


def leaves_it(text: str) -> bool:
    """Return whether a text says, in any language there is, that all may stay as it was."""
    return _is_one_of("leave-it-answers", text)


def agrees(text: str) -> bool:
    """Return whether a text says yes, in any language there is, and no more."""
    return _is_one_of("yes-answers", text)


def gives_thanks(text: str) -> bool:
    """Return whether a text says thanks, in any language there is, and no more."""
    return _is_one_of("thanks-given", text)


def is_small_talk(text: str) -> bool:
    """Return whether a text is no more than a greeting, a nod or a command without its slash."""
    return _is_one_of("small-talk", text)


def asks_something(text: str) -> bool:
    """Return whether a text ends in a question mark."""
    return text.rstrip(_BEHIND_A_QUESTION).endswith(("?", "？"))  # noqa: RUF001


def gives_address(text: str) -> bool:
    """Return whether a text is an address, or a sentence that gives one and no more."""
    try:
        found = address_in(text)
    except BadAddress:
        return looks_like_address(text)
    return found is not None and not says_more(text, found.address)


def may_be_letter(text: str) -> bool:
    """Return whether a text is long enough to be meant as a letter."""
    return len(text.strip()) >= _FULL_LETTER


def misses_mail(text: str) -> bool:
    """Return whether a text says, in any language there is, that a mail doesn't come."""
    return _is_one_of("mail-missed", text)


def _is_one_of(name: str, text: str) -> bool:
    return len(text) <= _LONGEST_AROUND and _unspaced(text) in _said(name)


@cache
def _said(name: str) -> frozenset[str]:
    """Return what people may say, by the message of that name, one a line, in every language."""
    lines = (catalog(each).say(name).split("\n") for each in LANGUAGES)
    return frozenset(_unspaced(line) for each in lines for line in each)


def _unspaced(text: str) -> str:
    """Return `_plain` without spaces: in Korean many write some of them, or none."""
    return "".join(_plain(text).split())


def _plain(text: str) -> str:
    """Return the letters of a text, or its signs if it has no letters."""
    said = "".join(each for each in text if each not in _TEARS)
    folded = unicodedata.normalize("NFKC", said).casefold()
    letters = "".join(each for each in folded if each.isalnum() or each.isspace())
    return " ".join(letters.split()) or text.replace(_AS_EMOJI, "").strip(" .,!?~")
