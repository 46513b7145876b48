"""Sends a message to a chat, or edits one there; raises what Telegram answers against it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from telegram import Bot, ForceReply, LinkPreviewOptions, MessageEntity, ReplyParameters
from telegram.constants import ChatAction
from telegram.error import BadRequest

from bot.botapi.buttons import Row, keyboard
from bot.botapi.entities import entities_of
from bot.botapi.errors import can_not_be_edited, is_as_it_was, refuses_formatting
from bot.text import Words

T = TypeVar("T")

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class NotEdited(Exception):
    """A message can't be edited, any more or at all: it is gone, say."""


async def send(
    bot: Bot,
    chat_id: int,
    words: Words,
    buttons: Sequence[Row] = (),
    *,
    reply_to: int | None = None,
    silent: bool = False,
    hint: str | None = None,
) -> int:
    """Send a text; without its formatting, if it is the formatting that Telegram refuses.

    It answers the message `reply_to`, if that is still there. `silent`: it makes no sound. `hint`
    stands in the field in which the person writes their answer, 64 characters at most, where there
    are no buttons. Returns the message's id. Raises TelegramError.
    """
    answers = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None
    wanted = ForceReply(input_field_placeholder=hint) if hint else None

    async def call(entities: Sequence[MessageEntity]) -> int:
        sent = await bot.send_message(
            chat_id,
            words.text,
            entities=entities,
            reply_markup=keyboard(buttons) or wanted,
            reply_parameters=answers,
            disable_notification=silent or None,
            link_preview_options=_NO_PREVIEW,
        )
        return sent.message_id

    return await _formatted_or_plain(words, call)


async def edit(
    bot: Bot, chat_id: int, message_id: int, words: Words, buttons: Sequence[Row] = ()
) -> None:
    """Put a text, and its buttons or none, in the place of what a message of the bot's says.

    Done again, it changes nothing. Raises NotEdited, and TelegramError.
    """

    async def call(entities: Sequence[MessageEntity]) -> None:
        await bot.edit_message_text(
            words.text,
            chat_id,
            message_id,
            entities=entities,
            reply_markup=keyboard(buttons),
            link_preview_options=_NO_PREVIEW,
        )

    try:
        await _formatted_or_plain(words, call)
    except BadRequest as error:
        if can_not_be_edited(error):
            raise NotEdited from error
        if not is_as_it_was(error):
            raise


async def probe(bot: Bot, chat_id: int) -> None:
    """Make sure that Telegram answers, before a message that may be the second is sent."""
    await bot.send_chat_action(chat_id, ChatAction.TYPING)


async def _formatted_or_plain(
    words: Words, call: Callable[[Sequence[MessageEntity]], Awaitable[T]]
) -> T:
    try:
        return await call(entities_of(words))
    except BadRequest as error:
        if not (words.entities and refuses_formatting(error)):
            raise
        return await call(())
