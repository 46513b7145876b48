"""What mail servers say in words where their codes say less, or something else.

A provider's refusal often has no enhanced code (RFC 3463), or one that blames the recipient for
what only the operator of this bot can mend. The table is `smtp_sentences.toml`.
"""

import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path

_MOST_CHARACTERS = 500
"""Of a reply; what comes after is links and good advice."""


class Says(StrEnum):
    """What a sentence means: the operator's part first, then the recipient's."""

    LOGIN = "login"
    SENDER = "sender"
    PAUSED = "paused"
    QUOTA = "quota"
    RELAY = "relay"
    AUTHENTICATION = "authentication"
    BLOCKLIST = "blocklist"
    TOO_FAST = "too-fast"
    """Too much comes from here at once; it passes."""
    BUSY = "busy"
    """The mailbox gets too much at once; it passes."""
    FULL = "full"
    """The mailbox is full; it may pass."""
    CLOSED = "closed"
    """The mailbox is shut, or its holder takes no mail from here."""
    NOBODY = "nobody"
    """There is no such mailbox."""


OPERATORS = frozenset(
    (
        Says.LOGIN, Says.SENDER, Says.PAUSED, Says.QUOTA, Says.RELAY, Says.AUTHENTICATION,
        Says.BLOCKLIST,
    )
)  # fmt: skip
"""What only the operator can mend."""

RECIPIENTS = frozenset((Says.CLOSED, Says.NOBODY))
"""What names the recipient."""


@cache
def sentences() -> tuple[tuple[Says, tuple[str, ...]], ...]:
    """Return every phrase by what it means; the first that fits a reply counts."""
    table = Path(__file__).with_suffix(".toml").read_text("utf-8")
    meanings = tomllib.loads(table)["meaning"]
    return tuple((Says(each["says"]), tuple(each["phrases"])) for each in meanings)


def said_in(reply: str) -> Says | None:
    """Return what a reply says in words; None for words that aren't known.

    Addresses in it are passed over, for whoever gave one would put words in the server's mouth.
    """
    text = _plain(reply)
    for says, phrases in sentences():
        if any(_holds(text, phrase) for phrase in phrases):
            return says
    return None


def _plain(reply: str) -> str:
    """Return a reply on one line, in small letters, without codes and addresses."""
    words = reply[:_MOST_CHARACTERS].casefold().replace("\u2019", "'").split()
    return " ".join(word for word in words if not _is_code(word) and "@" not in word)


def _is_code(word: str) -> bool:
    """Return whether it is an enhanced code, which some repeat on each line of a reply."""
    return word.startswith(("4.", "5.")) and word.replace(".", "").isdigit()


def _holds(text: str, phrase: str) -> bool:
    at = 0
    for part in phrase.split(" * "):
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True
