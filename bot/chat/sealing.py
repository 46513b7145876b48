"""Sealing: the letter and its deliveries are in the store before anyone is told so."""

from telegram import Update

from bot.chat import prompts
from bot.chat.desk import Context
from bot.chat.drafting import END
from bot.chat.sender import sender
from bot.chat.speech import say
from bot.letters import reminders
from bot.store import consent, drafts, letters, people
from bot.store.drafts import Draft
from bot.store.letters import Sealing


async def seal(update: Update, context: Context, draft: Draft, address: str) -> object:
    """Seal a draft to an address, in one transaction, and say when it comes back.

    An address that isn't confirmed yet is sent a confirmation mail along with it. Raises
    TooManyAddresses.
    """
    desk = context.desk
    if room_from := await letters.room_for_more(
        desk.database.reader, sender(update).id, desk.caps, desk.clock.now()
    ):
        await prompts.say_when(update, context, "letters-capped", room_from)
        return draft.step
    if await letters.is_full(desk.database.reader, sender(update).id, desk.caps):
        most = f"{desk.caps.letters:,}"
        await say(update, context, desk.catalog(update).say("letters-full", most=most))
        return draft.step
    chat_id, message_id = sender(update).id, draft.parts[0].message_id
    async with desk.change(update) as (tx, person):
        now = desk.clock.now()
        used = await people.use_address(tx, person.id, address, now, most=desk.caps.addresses)
        wait = None if used.confirmed else await consent.ask(tx, used, desk.caps, now)
        sealing = Sealing(
            person=person,
            chat_id=chat_id,
            message_id=message_id,
            update_id=update.update_id,
            words=draft.words,
            address=used,
            sealed_at=now,
        )
        await letters.seal(tx, sealing, reminders(now, desk.days, person.zone))
        await drafts.discard(tx, person.id)
        sealed = await letters.sealed_from(tx, chat_id, message_id)
    desk.on_due()
    if sealed is not None:
        await prompts.say_sealed(update, context, sealed, wait)
    return END
