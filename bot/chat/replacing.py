"""Another address in the place of one that takes no mail, for all letters that went there."""

from dataclasses import replace
from datetime import datetime

from telegram import Update

from bot.chat import prompts
from bot.chat.desk import Context
from bot.chat.drafting import END, at_its_step, keep
from bot.chat.presses import number_carried
from bot.chat.sender import sender
from bot.chat.speech import say
from bot.store import consent, drafts, letters, people
from bot.store.database import Transaction
from bot.store.drafts import Draft, Step


async def ask_for_replacement(update: Update, context: Context) -> object:
    """Ask for an address to take the place of the one the button names, if it is the sender's."""
    reader, person_id = context.desk.database.reader, sender(update).id
    old = await people.address(reader, number_carried(context), owner=person_id)
    if old is None:
        await prompts.offer_to_write(update, context, name="stale-press")
        return None  # a letter under way is gone on with
    draft = await drafts.draft_of(reader, person_id) or Draft(person_id=person_id)
    asking = replace(draft, step=Step.ADDRESS, replaces=old.id, resting=False)
    await keep(update, context, asking)
    await prompts.ask_for_step(update, context, asking)
    return asking.step


async def replace_address(
    update: Update, context: Context, draft: Draft, replaced: int, address: str
) -> object:
    """Let the person's letters go to another address; a letter under way is gone on with.

    Raises TooManyAddresses.
    """
    desk, left = context.desk, _without_it(draft)
    async with desk.change(update) as (tx, person):
        now = desk.clock.now()
        old = await people.address(tx, replaced, owner=person.id)
        new = await people.use_address(tx, person.id, address, now, most=desk.caps.addresses)
        if old is not None:
            await letters.redirect(tx, old, new, now)
        wait = None if new.confirmed else await consent.ask(tx, new, desk.caps, now)
        await _leave(tx, left, now)
    desk.on_due()
    await prompts.say_replaced(update, context, new, wait)
    return await _go_on(update, context, left)


async def leave_address(update: Update, context: Context, draft: Draft) -> object:
    """Leave the address as it is; a letter under way is gone on with."""
    desk, left = context.desk, _without_it(draft)
    async with desk.change(update) as (tx, _):
        await _leave(tx, left, desk.clock.now())
    await say(update, context, desk.catalog(update).say("address-left"))
    return await _go_on(update, context, left)


def _without_it(draft: Draft) -> Draft:
    return at_its_step(replace(draft, replaces=None, candidate=None, suggestion=None))


async def _leave(tx: Transaction, left: Draft, now: datetime) -> None:
    if left.parts:
        await drafts.keep(tx, left, now)
    else:
        await drafts.discard(tx, left.person_id)


async def _go_on(update: Update, context: Context, left: Draft) -> object:
    if not left.parts:
        return END
    await prompts.ask_for_step(update, context, left)
    return left.step
