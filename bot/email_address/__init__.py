"""One grammar for email addresses as people type them: read and suggest.

A text is bounded before anything is parsed, so no text takes longer than a sentence can.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.email_address.in_text import unwrapped, without_glued, words_with_at
from bot.email_address.mailbox_forms import exact_form
from bot.email_address.slips import as_keys, likelier, with_dot, with_known_ending
from bot.email_address.top_level_domains import has_known_ending
from bot.visibility import has_unseen

LONGEST_SENTENCE = 500
"""Characters of a text that an address may stand in; what is longer is no answer but a letter."""
LONGEST_ALONE = 320
"""Characters of a text that may be an address and no more: the longest one and its wrapping."""

_LONGEST = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets
_SIGNS = frozenset("%!|")  # by which mail was once sent on, or a program run


class Flaw(StrEnum):
    """What keeps a text from being an address; the value names the message that says so."""

    NO_AT = "address-no-at"
    MANY_ATS = "address-many-ats"
    SEVERAL = "address-several"
    SPACE = "address-space"
    UNSEEN = "address-unseen"
    NO_NAME = "address-no-name"
    NO_DOMAIN = "address-no-domain"
    DOMAIN_WITHOUT_DOT = "address-domain-without-dot"
    DOTS = "address-dots"
    SIGN = "address-sign"
    DASH = "address-dash"
    TOO_LONG = "address-too-long"
    KEYBOARD = "address-keyboard"
    ENDING = "address-ending"
    CHARACTERS = "address-characters"


_UNFINISHED = frozenset({Flaw.NO_NAME, Flaw.NO_DOMAIN})


class BadAddress(ValueError):
    """The text is no address; `flaw` says why, `likelier` is the address it was meant to be."""

    def __init__(self, flaw: Flaw, likelier: str | None = None) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw
        self.likelier = likelier


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A well-formed address, and a likelier one if this looks like a slip of the finger."""

    address: str
    suggestion: str | None


def check(text: str) -> Checked:
    """Return the address that a text is, or that a sentence holds (RFC 5321, RFC 6531).

    Raises BadAddress, also for a text with two of them.
    """
    if len(text) > LONGEST_SENTENCE:
        raise BadAddress(Flaw.TOO_LONG if "@" in text else Flaw.NO_AT)
    typed = unwrapped(text)
    try:
        return _read(typed)
    except BadAddress as problem:
        alone = problem
    words = [without_glued(word) for word in words_with_at(typed)]
    addresses = {exact_form(word): word for word in words if not _flaw(word)}
    if len(addresses) > 1:
        raise BadAddress(Flaw.SEVERAL)
    if addresses:
        return _read(*addresses.values())
    if not words or not _has_space(typed):
        raise alone
    raise BadAddress(_flaw_of_sentence(typed, words), _meant_by(words))


def looks_like_address(text: str) -> bool:
    """Return whether a text is an address and no more, if only one that needs to be put right."""
    if len(text) > LONGEST_ALONE:
        return False
    try:
        _read(unwrapped(text))
    except BadAddress as problem:
        return problem.flaw is Flaw.ENDING or problem.likelier is not None
    return True


def _read(word: str) -> Checked:
    """Return the address that a word is. Raises BadAddress."""
    from email_validator import EmailNotValidError, validate_email

    word = without_glued(word)
    name, _, domain = word.rpartition("@")
    if flaw := _flaw(word):
        undotted = flaw is Flaw.DOMAIN_WITHOUT_DOT
        raise BadAddress(flaw, _well_formed(with_dot(name, domain)) if undotted else None)
    if meant := _well_formed(as_keys(name, domain)):
        raise BadAddress(Flaw.KEYBOARD, meant)
    if not has_known_ending(domain):
        only_that = _well_formed(f"{name}@{domain.rpartition('.')[0]}.com")
        flaw = Flaw.ENDING if only_that else Flaw.CHARACTERS
        raise BadAddress(flaw, _well_formed(with_known_ending(name, domain)))
    try:
        valid = validate_email(word, check_deliverability=False)
    except EmailNotValidError:
        raise BadAddress(Flaw.CHARACTERS) from None
    return Checked(address=valid.normalized, suggestion=likelier(valid.local_part, valid.domain))


def _well_formed(address: str | None) -> str | None:
    """Return an address that may be offered, or what it is a slip for; None if it is none."""
    if address is None:
        return None
    try:
        checked = _read(address)
    except BadAddress as problem:
        return problem.likelier
    return checked.suggestion or checked.address


def _meant_by(words: list[str]) -> str | None:
    """Return the address that the only word with an @ was meant to be, if it has none's form."""
    try:
        _read(*words) if len(words) == 1 else None
    except BadAddress as problem:
        return problem.likelier
    return None


def _flaw_of_sentence(typed: str, words: list[str]) -> Flaw:
    """Return why none of the words with an @ is an address."""
    joined = "".join(typed.split())
    if not _flaw(joined) and has_known_ending(joined):
        return Flaw.SPACE
    flaws = [flaw for flaw in map(_flaw, words) if flaw]
    return next((flaw for flaw in flaws if flaw not in _UNFINISHED), flaws[0])


def _flaw(typed: str) -> Flaw | None:
    name, _, domain = typed.rpartition("@")
    flaws = (
        (Flaw.NO_AT, "@" not in typed),
        (Flaw.TOO_LONG, len(typed) > _LONGEST),
        (Flaw.MANY_ATS, "@" in name),
        (Flaw.SPACE, _has_space(typed)),
        (Flaw.UNSEEN, has_unseen(typed)),
        (Flaw.NO_NAME, not name),
        (Flaw.NO_DOMAIN, not domain),
        (Flaw.DOMAIN_WITHOUT_DOT, "." not in domain),
        (Flaw.DOTS, ".." in typed or any(_dotted_end(part) for part in (name, domain))),
        (Flaw.SIGN, not _SIGNS.isdisjoint(name)),
        (Flaw.DASH, name.startswith("-")),
    )
    return next((flaw for flaw, found in flaws if found), None)


def _has_space(text: str) -> bool:
    return any(character.isspace() for character in text)


def _dotted_end(part: str) -> bool:
    return part.startswith(".") or part.endswith(".")
