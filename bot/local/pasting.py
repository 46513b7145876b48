"""How a Telegram app sends what a person types or pastes."""

import re
from collections.abc import Iterator

from bot.text import Entity, Words

COMMAND = re.compile(r"/[A-Za-z0-9_]{1,32}(@[A-Za-z0-9_]+)?(?!\S)")


def messages_of(words: Words) -> Iterator[Words]:
    """Return the messages an app makes of `words`: trimmed, each at most 4096 code units.

    White space at a cut is dropped. A command in front is marked as one.
    """
    for piece in words.trimmed().pieces():
        message = piece.trimmed()
        if message.text:
            yield _with_command(message)


def one_message_of(words: Words) -> Words:
    """Return the first of the messages. Raises ValueError for nothing but white space."""
    for message in messages_of(words):
        return message
    raise ValueError("an empty text can't be sent")


def _with_command(words: Words) -> Words:
    if (command := COMMAND.match(words.text)) is None:
        return words
    entity = Entity(type="bot_command", offset=0, length=command.end())
    return Words(words.text, (entity, *words.entities))
