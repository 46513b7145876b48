"""Sealing: the letter and its deliveries are in the store before anyone is told so."""

from telegram import Update

from bot.chat import prompts
from bot.chat.desk import Context
from bot.chat.drafting import END
from bot.chat.sender import sender
from bot.letters import reminders
from bot.store import drafts, letters, people
from bot.store.drafts import Draft
from bot.store.letters import Sealing


async def seal(update: Update, context: Context, draft: Draft, address: str) -> int:
    """Seal a draft to an address, in one transaction, and say when it comes back."""
    desk = context.desk
    chat_id, message_id = sender(update).id, draft.parts[0].message_id
    async with desk.change(update) as (tx, person):
        now = desk.clock.now()
        sealing = Sealing(
            person=person,
            chat_id=chat_id,
            message_id=message_id,
            update_id=update.update_id,
            words=draft.words,
            address=await people.use_address(tx, person.id, address, now),
            sealed_at=now,
        )
        await letters.seal(tx, sealing, reminders(now, desk.days, person.zone))
        await drafts.discard(tx, person.id)
    sealed = await letters.sealed_from(desk.database.reader, chat_id, message_id)
    if sealed is not None:
        await prompts.say_sealed(update, context, sealed)
    return END
