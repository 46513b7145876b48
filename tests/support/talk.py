"""What the bot says: by its name in the catalogs, and as messages show it."""

from collections.abc import Sequence

from bot.local.messages import Message
from bot.locales import Language, catalog
from tests.support.languages import ENGLISH

EN = catalog(ENGLISH)


def told(name: str, language: Language = ENGLISH, **values: object) -> str:
    """Return what the bot says, in English unless told otherwise."""
    return catalog(language).say(name, **values)


def so_far(words: str, language: Language = ENGLISH) -> str:
    """Return the echo of what is kept of a letter, as `told` does."""
    return told("so-far", language, words=words)


def texts(messages: Sequence[Message]) -> list[str]:
    """Return what the messages say."""
    return [message.text for message in messages]


def labels(messages: Sequence[Message]) -> list[str]:
    """Return what is written on the messages' buttons."""
    return [button.label for message in messages for row in message.buttons for button in row]


def full_width(text: str) -> str:
    """Return ASCII as an input method of East Asia may write it."""
    return "".join(chr(0xFF00 + ord(character) - 0x20) for character in text)
