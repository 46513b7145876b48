"""A text with its formatting, as the Bot API has it (`MessageEntity`) and as this program does."""

from datetime import UTC, datetime

from telegram import Message, MessageEntity

from bot.text import Entity, Words

_FORMATTING = {
    MessageEntity.BOLD,
    MessageEntity.ITALIC,
    MessageEntity.UNDERLINE,
    MessageEntity.STRIKETHROUGH,
    MessageEntity.SPOILER,
    MessageEntity.BLOCKQUOTE,
    MessageEntity.EXPANDABLE_BLOCKQUOTE,
    MessageEntity.CODE,
    MessageEntity.PRE,
    MessageEntity.TEXT_LINK,
}


def words_of(message: Message) -> Words:
    """Return a message's words with their formatting, without a command that leads them.

    Those of a picture stand under it.
    """
    words = Words(
        message.text or message.caption or "",
        tuple(
            Entity(type=e.type, offset=e.offset, length=e.length, url=e.url, language=e.language)
            for e in message.entities or message.caption_entities
            if e.type in _FORMATTING
        ),
    )
    command = (e.length for e in message.entities if (e.type, e.offset) == ("bot_command", 0))
    return words.after(next(command, 0))


def entities_of(words: Words) -> list[MessageEntity]:
    """Return the formatting of some words as the Bot API takes it."""
    return [
        MessageEntity(
            e.type,
            e.offset,
            e.length,
            url=e.url,
            language=e.language,
            date_time_format=e.date_time_format,
            unix_time=None if e.unix_time is None else datetime.fromtimestamp(e.unix_time, UTC),
        )
        for e in words.entities
    ]
