"""Which characters can be seen: a text may be long and still show nothing."""

import re

_UNSEEN = (
    r"\s\x00-\x1f\x7f-\x9f"  # white space and controls
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\u2800\U0001d159"  # blank by their drawing: a Braille pattern, a note without a head
)
"""Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt, and what is blank besides.

A joiner or a variation selector is part of many an emoji; alone it shows nothing.
"""
_NOTHING = re.compile(f"[{_UNSEEN}]*")
_ONE = re.compile(f"[{_UNSEEN}]")


def shows_nothing(text: str) -> bool:
    """Return whether nothing of a text can be seen."""
    return _NOTHING.fullmatch(text) is not None


def has_unseen(text: str) -> bool:
    """Return whether any character of a text can't be seen, white space included."""
    return _ONE.search(text) is not None


def without_unseen_ends(text: str) -> str:
    """Return a text without the characters at either end that can't be seen."""
    start, end = 0, len(text)
    while start < end and _ONE.match(text, start):
        start += 1
    while start < end and _ONE.match(text, end - 1):
        end -= 1
    return text[start:end]
