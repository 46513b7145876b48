"""How a Telegram app sends what a person types or pastes."""

import re
from collections.abc import Iterator

from bot.words import MESSAGE_LIMIT, Entity, Words, utf16_length

COMMAND = re.compile(r"/[A-Za-z0-9_]{1,32}(@[A-Za-z0-9_]+)?(?!\S)")


def messages_of(words: Words) -> Iterator[Words]:
    """Give the messages an app makes of `words`: trimmed, each at most 4096 code units.

    A long text is cut at the last newline of a message's second half, else at the last space there,
    else hard; white space at a cut is dropped. A command in front is marked as one.
    """
    rest = words.trimmed()
    while utf16_length(rest.text) > MESSAGE_LIMIT:
        head = next(iter(rest.pieces()))
        cut = utf16_length(head.text[: _cut_at(head.text)])
        first, rest = _split(rest, cut)
        yield _with_command(first)
    if rest.text:
        yield _with_command(rest)


def _cut_at(head: str) -> int:
    middle = len(head) // 2
    for separator in ("\n", " "):
        if (found := head.rfind(separator, middle)) > 0:
            return found
    return len(head)


def _split(words: Words, at: int) -> tuple[Words, Words]:
    whole = words.text.encode("utf-16-le", "surrogatepass")
    size = len(whole) // 2
    return _part(words, whole, 0, at), _part(words, whole, at, size)


def _part(words: Words, whole: bytes, start: int, end: int) -> Words:
    text = whole[2 * start : 2 * end].decode("utf-16-le", "surrogatepass")
    inside = (entity.within(start, end) for entity in words.entities)
    return Words(text, tuple(e.moved(-start) for e in inside if e is not None)).trimmed()


def _with_command(words: Words) -> Words:
    if (command := COMMAND.match(words.text)) is None:
        return words
    entity = Entity(type="bot_command", offset=0, length=command.end())
    return Words(words.text, (entity, *words.entities))
