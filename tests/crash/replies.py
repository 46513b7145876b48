"""What the bot says, told apart by its message in the catalog."""

import re
from functools import cache

from bot.locales import catalog
from tests.crash.deliveries import DAYS
from tests.support.languages import ENGLISH

PUT_ASIDE = "update-put-aside"
"""What is said of an update that was open at two ends of the program: it must be sent again."""

NOTES = frozenset(
    {
        "address-refused",
        "address-stopped",
        "address-unconfirmed",
        "mail-not-sent",
        "mail-in-doubt",
        "note-in-doubt",
        "draft-resting",
    }
)
"""What the outbox brings unasked, in no order with the replies."""

SEALED = "sealed"
"""What is said of a sealing; edited, it only says when the letter comes now."""

CLOSED = "sealed-closed"
"""What the message that tells of a letter's sealing says, an hour later."""

ANSWERED = "answer-taken"
"""What a reminder ends with once it is answered, or what is said alone to an answer by mail."""

NOTED = "note-kept-until"
"""What is said to a note beside an answer."""

LETTERS = "letters-head"
"""How the list of somebody's only letter begins."""

_REPLIES = (
    SEALED,
    "ask-words",
    "so-far",
    "ask-new-address",
    "ask-changed-words",
    "taken-back",
    "ask-other-days",
    "other-days-chosen",
    "confirm-sent",
    "confirm-confirmed",
    "confirm-expired",
    "spam",
    "address-replaced-unconfirmed",
    "stop-ask",
    "stop-done",
    "lift-ask",
    "lift-done",
    "delete-ask",
    "delete-done",
    "settings",
    "settings-zone",
    "letter-sealed-on",
    "ask-postscript",
    "postscript-added",
    "move-which",
    "move-when",
    "letter-moved",
    ANSWERED,
    PUT_ASIDE,
)
_UNWANTED = (
    "answer-not-yours",
    "letter-gone-already",
    "note-full",
    "note-kept",
    "lift-not-needed",
    "stop-already",
    "stop-done-unconfirmed",
    "stop-unnotified",
    "confirm-none",
    "confirm-already",
    "confirm-not-asked",
    "confirm-not-yours",
    "confirm-stopped",
    "confirm-used-up",
    "draft-under-way",
    "addresses-full",
    "flood",
    "letters-capped",
    "letters-full",
    "link-unknown",
    "nothing-kept",
    "our-fault",
    "stale-press",
    "start",
    "stopped-address",
    "store-failed",
    "stray",
    "too-late-to-change",
    "unknown-command",
)
"""What a person who does all right is never told."""

_SAY = catalog(ENGLISH)
_PLACE = "§"
_FILLED = (
    *("days", "address", "when", "change", "after", "most", "words", "first", "date"),
    *("language", "city", "time", "arrives", "answer", "response"),
)
_PLACES = dict.fromkeys(_FILLED, _PLACE)


def name_of(text: str, *, edited: bool = False) -> str | None:
    """Return the message that a text is, or begins with; None for a reminder, say.

    A reminder that was `edited` is the answer that it ends with.
    """
    if _SAY.say(CLOSED) in text:
        return CLOSED
    if edited and dict(_patterns())[ANSWERED].search(text):
        return ANSWERED
    return next((name for name, pattern in _patterns() if pattern.match(text)), None)


def label(name: str) -> str:
    """Return a button's label."""
    return _SAY.say(name)


def recalled(answer: str) -> str:
    """Return what a letter says at its last coming of the answer given at its first."""
    return _SAY.count("recalled-answer", DAYS[0], answer=label(answer))


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    names = (*_REPLIES, *sorted(NOTES), *_UNWANTED)
    said = ((name, _SAY.say(name, **_PLACES)) for name in names)
    counted = ((name, _SAY.count(name, n)) for name, n in ((LETTERS, 1), (NOTED, DAYS[-1])))
    return tuple((name, _pattern(text)) for name, text in (*counted, *said))


def _pattern(message: str) -> re.Pattern[str]:
    return re.compile(re.escape(message).replace(_PLACE, ".+?"), re.DOTALL)
