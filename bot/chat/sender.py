"""Who sent an update, and what with."""

from telegram import Message, Update, User

from bot.words import Entity, Words


def sender(update: Update) -> User:
    """Give who sent the update; every kind the bot asks Telegram for has a sender.

    Raises ValueError for one without.
    """
    if update.effective_user is None:
        raise ValueError("an update without a sender")
    return update.effective_user


def message_of(update: Update) -> Message:
    """Give the message that the update brings or belongs to. Raises TypeError for none."""
    if not isinstance(update.effective_message, Message):
        raise TypeError("an update without a message")
    return update.effective_message


def words_of(message: Message) -> Words:
    """Give a text message's words with their formatting, without a command that leads them."""
    words = Words(
        message.text or "",
        tuple(
            Entity(type=e.type, offset=e.offset, length=e.length, url=e.url, language=e.language)
            for e in message.entities
            if e.type in _FORMATTING
        ),
    )
    command = (e.length for e in message.entities if (e.type, e.offset) == ("bot_command", 0))
    return words.after(next(command, 0))


_FORMATTING = {
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "blockquote",
    "expandable_blockquote",
    "code",
    "pre",
    "text_link",
}
