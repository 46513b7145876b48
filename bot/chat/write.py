"""The conversation that makes a letter: the words, then the address, then it is sealed."""

import warnings
from dataclasses import replace

from telegram import Update
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    ConversationHandler,
    MessageHandler,
    filters,
)
from telegram.warnings import PTBUserWarning

from bot.callbacks import ADDRESS_CHANGE_PATTERN, ADDRESS_USE_PATTERN, Press
from bot.chat import addressing, confirming, prompts
from bot.chat.desk import Context
from bot.chat.drafting import (
    END,
    Handler,
    keep,
    part_of,
    settle_words,
    take_edit,
    take_words,
    words_only,
)
from bot.chat.persistence import CONVERSATION
from bot.chat.replacing import ask_for_replacement, leave_address
from bot.chat.sender import message_of, sender
from bot.chat.speech import say
from bot.store import drafts
from bot.store.drafts import Draft, Step

_PRIVATE = filters.ChatType.PRIVATE
_NEW = _PRIVATE & filters.UpdateType.MESSAGE
_TEXT = _NEW & filters.TEXT & ~filters.COMMAND
_CODE = _NEW & filters.Regex(confirming.CODE_PATTERN)
_EDITED = _PRIVATE & filters.UpdateType.EDITED_MESSAGE & filters.TEXT
_OTHER = _NEW & ~filters.TEXT & ~filters.StatusUpdate.ALL
_WRITE_LINK = _PRIVATE & filters.Regex(r"^/start write$")

AnyHandler = BaseHandler[Update, Context, object]


def conversation() -> ConversationHandler[Context]:
    """Give the conversation; where it stands is in the store at every moment."""
    with warnings.catch_warnings():
        # Buttons are pressed on many messages; the step belongs to the person, so to no message.
        warnings.filterwarnings("ignore", "If 'per_message=False'", PTBUserWarning)
        return ConversationHandler(
            entry_points=_entry_points(),
            states={
                Step.WORDS: [
                    MessageHandler(_CODE, take_code_or_words),
                    MessageHandler(_TEXT, take_words),
                    MessageHandler(_EDITED, take_edit),
                    MessageHandler(_OTHER, words_only),
                ],
                Step.ADDRESS: [
                    MessageHandler(_CODE, take_code_or_address),
                    MessageHandler(_TEXT, addressing.take_address),
                    MessageHandler(_EDITED, addressing.take_edited),
                    MessageHandler(_OTHER, words_only),
                    CallbackQueryHandler(addressing.take_used, ADDRESS_USE_PATTERN),
                    _on_press(Press.OTHER_ADDRESS, addressing.ask_for_other),
                    _on_press(Press.AS_SUGGESTED, addressing.take_suggested),
                    _on_press(Press.AS_TYPED, addressing.take_as_typed),
                ],
            },
            fallbacks=[CommandHandler("cancel", cancel, _NEW)],
            allow_reentry=True,
            persistent=True,
            name=CONVERSATION,
        )


async def write(update: Update, context: Context) -> object:
    """Begin a letter, or offer the one under way."""
    draft = await drafts.draft_of(context.desk.database.reader, sender(update).id)
    if draft is not None and draft.parts:
        await prompts.offer_draft(update, context, name="draft-under-way")
        return END if draft.resting else draft.step
    return await start_over(update, context)


async def write_at_once(update: Update, context: Context) -> object:
    """Begin a letter with the words that stand behind the command; without any, as `write`."""
    draft = await drafts.draft_of(context.desk.database.reader, sender(update).id)
    part = part_of(message_of(update))
    if not part.words.text.strip() or (draft is not None and draft.parts):
        return await write(update, context)
    return await settle_words(update, context, Draft(person_id=sender(update).id, parts=(part,)))


async def start_over(update: Update, context: Context) -> object:
    """Begin a letter in place of any under way."""
    draft = Draft(person_id=sender(update).id)
    await keep(update, context, draft)
    await prompts.ask_for_words(update, context, draft)
    return draft.step


async def go_on(update: Update, context: Context) -> object:
    """Go on with the letter under way."""
    draft = await drafts.draft_of(context.desk.database.reader, sender(update).id)
    if draft is None:
        return await start_over(update, context)
    await keep(update, context, replace(draft, resting=False))
    await prompts.ask_for_step(update, context, draft)
    return draft.step


async def take_code_or_words(update: Update, context: Context) -> object:
    """Take six digits as a confirmation's code if one is awaited, else as a letter's words."""
    if not await confirming.is_awaited(update, context):
        return await take_words(update, context)
    await confirming.take_code(update, context)
    return Step.WORDS


async def take_code_or_address(update: Update, context: Context) -> object:
    """Take six digits as a confirmation's code if one is awaited, else as an address."""
    if not await confirming.is_awaited(update, context):
        return await addressing.take_address(update, context)
    await confirming.take_code(update, context)
    return Step.ADDRESS


async def cancel(update: Update, context: Context) -> object:
    """Throw the draft away, or only the question for another address."""
    draft = await drafts.draft_of(context.desk.database.reader, sender(update).id)
    if draft is not None and draft.replaces is not None:
        return await leave_address(update, context, draft)
    async with context.desk.change(update) as (tx, person):
        there_was_one = await drafts.discard(tx, person.id)
    name = "cancelled" if there_was_one else "nothing-to-cancel"
    await say(update, context, context.desk.catalog(update).say(name))
    return END


def _entry_points() -> list[AnyHandler]:
    return [
        CommandHandler("write", write_at_once, _NEW),
        MessageHandler(_NEW & _WRITE_LINK, write),
        _on_press(Press.WRITE, write),
        _on_press(Press.START_OVER, start_over),
        _on_press(Press.GO_ON, go_on),
        CallbackQueryHandler(ask_for_replacement, ADDRESS_CHANGE_PATTERN),
    ]


def _on_press(press: Press, handler: Handler) -> AnyHandler:
    return CallbackQueryHandler(handler, f"^{press.value}$")
