"""What goes with an answer and may be lost: a sign, and buttons that have done their work."""

from dataclasses import dataclass

from telegram import Bot, ReactionTypeEmoji

from bot.botapi.buttons import Row, keyboard


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """An emoji put on a person's message (https://core.telegram.org/bots/api#reactiontypeemoji)."""

    message_id: int
    emoji: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonsLeft:
    """All buttons that a message of the bot's keeps."""

    message_id: int
    buttons: tuple[Row, ...] = ()


Extra = Reaction | ButtonsLeft


async def add(bot: Bot, chat_id: int, extra: Extra) -> None:
    """Do it; done again, it changes nothing. Raises TelegramError, also where nothing changes."""
    match extra:
        case Reaction(message_id=message_id, emoji=emoji):
            await bot.set_message_reaction(chat_id, message_id, ReactionTypeEmoji(emoji))
        case ButtonsLeft(message_id=message_id, buttons=buttons):
            await bot.edit_message_reply_markup(chat_id, message_id, reply_markup=keyboard(buttons))
