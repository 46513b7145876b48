"""Cuts what goes to a chat into messages that Telegram takes."""

from collections.abc import Iterator

from bot.text import MESSAGE_LIMIT, Words, utf16_length


def messages_around(opening: Words, quoted: Words, closing: Words) -> tuple[Words, ...]:
    """Return a person's words in a quote between what is said before and after them.

    Words that hold quotes of their own are messages of their own, as Telegram takes no quote in
    another. The closing, which a message holds, is in one piece.
    """
    if quoted.holds_quote:
        return tuple(part for part in (opening, *quoted.pieces(), closing) if part.text)
    *before, last = opening.followed_by(quoted.quoted(), "\n").pieces()
    return (*before, *_with_closing(last, closing))


def _with_closing(last: Words, closing: Words) -> Iterator[Words]:
    """Return the last message with the closing under it, or both where one can't hold them."""
    if not closing.text:
        yield last
    elif utf16_length(last.text) + utf16_length(closing.text) < MESSAGE_LIMIT:
        yield last.followed_by(closing, "\n")
    else:
        yield from (last, closing)
