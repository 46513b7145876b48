"""What goes with an answer and may be lost: a reaction, and the removal of used buttons."""

from dataclasses import dataclass

from telegram import Bot, ReactionTypeEmoji
from telegram.error import BadRequest

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


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """A message of the bot's that is deleted; one too old for that keeps no buttons."""

    message_id: int


Extra = Reaction | ButtonsLeft | TakenBack


async def add(bot: Bot, chat_id: int, extra: Extra) -> None:
    """Do it; done again, it changes nothing. Raises TelegramError, also where nothing changes."""
    match extra:
        case Reaction(message_id=message_id, emoji=emoji):
            await bot.set_message_reaction(chat_id, message_id, ReactionTypeEmoji(emoji))
        case ButtonsLeft(message_id=message_id, buttons=buttons):
            await bot.edit_message_reply_markup(chat_id, message_id, reply_markup=keyboard(buttons))
        case TakenBack(message_id=message_id):
            try:
                await bot.delete_message(chat_id, message_id)
            except BadRequest:
                await bot.edit_message_reply_markup(chat_id, message_id)
