"""The address: typed, pressed, or put right; a good one seals the letter or replaces another."""

from dataclasses import replace

from telegram import Update

from bot.chat import prompts
from bot.chat.desk import Context
from bot.chat.drafting import continues, keep, part_of, settle_words, take_edit, with_draft
from bot.chat.presses import number_carried
from bot.chat.replacing import replace_address
from bot.chat.sealing import seal
from bot.chat.sender import message_of, sender
from bot.chat.speech import say
from bot.email_address import BadAddress, check, looks_like_address
from bot.store import people, stops
from bot.store.drafts import Draft, Step
from bot.store.people import TooManyAddresses


@with_draft
async def take_address(update: Update, context: Context, draft: Draft) -> object:
    """Take a text as the address, unless it is the rest of a long paste."""
    message = message_of(update)
    text = message.text or ""
    part = part_of(message)
    if continues(draft, part) and not looks_like_address(text):
        return await settle_words(update, context, replace(draft, parts=(*draft.parts, part)))
    return await _settle_address(update, context, draft, text)


@with_draft
async def take_edited(update: Update, context: Context, draft: Draft) -> object:
    """Take an edit: of the words, or of an address that wasn't right.

    An edit of anything older, an earlier letter's address say, is neither.
    """
    message = message_of(update)
    if any(message.message_id <= part.message_id for part in draft.parts):
        return await take_edit(update, context)
    return await _settle_address(update, context, draft, message.text or "")


@with_draft
async def take_used(update: Update, context: Context, draft: Draft) -> object:
    """Take an address used before, if it is the sender's."""
    used = await people.address(
        context.desk.database.reader, number_carried(context), owner=sender(update).id
    )
    if used is None:
        await prompts.ask_for_step(update, context, draft)
        return draft.step
    return await _act_on(update, context, draft, used.address)


@with_draft
async def ask_for_other(update: Update, context: Context, draft: Draft) -> object:
    """Ask for an address that wasn't used before."""
    await say(update, context, context.desk.catalog(update).say("ask-other-address"))
    return draft.step


@with_draft
async def take_suggested(update: Update, context: Context, draft: Draft) -> object:
    """Take the address that a slip was probably meant to be."""
    return await _take_either(update, context, draft, draft.suggestion)


@with_draft
async def take_as_typed(update: Update, context: Context, draft: Draft) -> object:
    """Take an address that looked like a slip and wasn't."""
    return await _take_either(update, context, draft, draft.candidate)


async def _take_either(
    update: Update, context: Context, draft: Draft, address: str | None
) -> object:
    if address is None:
        await prompts.ask_for_step(update, context, draft)
        return draft.step
    return await _act_on(update, context, draft, address)


async def _settle_address(update: Update, context: Context, draft: Draft, text: str) -> object:
    try:
        checked = check(text)
    except BadAddress as problem:
        await keep(update, context, replace(draft, candidate=None, suggestion=None))
        await say(update, context, context.desk.catalog(update).say(problem.flaw.value))
        return Step.ADDRESS
    if checked.suggestion is None:
        return await _act_on(update, context, draft, checked.address)
    unsure = replace(draft, candidate=checked.address, suggestion=checked.suggestion)
    await keep(update, context, unsure)
    await prompts.ask_whether_slip(update, context, checked.address, checked.suggestion)
    return Step.ADDRESS


async def _act_on(update: Update, context: Context, draft: Draft, address: str) -> object:
    if await stops.is_stopped(context.desk.database.reader, address):
        await say(update, context, context.desk.catalog(update).say("stopped-address"))
        return Step.ADDRESS
    try:
        if draft.replaces is None:
            return await seal(update, context, draft, address)
        return await replace_address(update, context, draft, draft.replaces, address)
    except TooManyAddresses:
        most = f"{context.desk.caps.addresses:,}"
        await say(update, context, context.desk.catalog(update).say("addresses-full", most=most))
        return Step.ADDRESS
