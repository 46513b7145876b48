"""An update whose effect is stored already: nothing is done twice, its answer is given again."""

from telegram import Update
from telegram.ext import ApplicationHandlerStop

from bot.chat import prompts
from bot.chat.desk import Context
from bot.chat.sender import sender
from bot.store import drafts, inbox, letters


async def answer_replay(update: Update, context: Context) -> None:
    """Answer an update that took effect before a crash, and stop there; let any other pass."""
    reader = context.desk.database.reader
    if not await inbox.is_applied(reader, update.update_id):
        return
    draft = await drafts.draft_of(reader, sender(update).id)
    if sealed := await letters.sealed_by(reader, update.update_id):
        await prompts.say_sealed(update, context, sealed)
    elif draft is not None:
        await prompts.ask_for_step(update, context, draft)
    else:
        await prompts.offer_to_write(update, context, name="back-again")
    raise ApplicationHandlerStop
