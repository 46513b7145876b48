"""What a text is while a letter is written: an address, nearly one, or more of the letter."""

from functools import cache

from bot.email_address import LONGEST_SENTENCE, BadAddress, Checked, Flaw, check
from bot.locales import LANGUAGES, catalog

_LONGEST_AROUND = 80
"""Characters around an address in a sentence that only gives it."""

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
    return len(text) <= _LONGEST_AROUND and _plain(text) in _no_mail_words()


@cache
def _no_mail_words() -> frozenset[str]:
    answers = (catalog(each).say("no-mail-answers").split("\n") for each in LANGUAGES)
    return frozenset(_plain(answer) for each in answers for answer in each)


def _plain(text: str) -> str:
    return " ".join(text.casefold().strip(" .,!?~…\"'").split())
