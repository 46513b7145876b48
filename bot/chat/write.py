"""The conversation that makes a letter: the words, then the address, then it is sealed.

Where a person stands in it is their draft, in the store.
"""

from dataclasses import replace

from bot.botapi import deep_links
from bot.chat import (
    addressing,
    asking,
    changing,
    confirming,
    drafting,
    letter_question,
    moving,
    noting,
    once_more,
    other_days,
    postscripts,
    privacy,
    prompts,
    settings_page,
    stray,
    zone,
)
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.replacing import leave_address
from bot.drafts import Draft, Step
from bot.email_address import looks_like_address
from bot.messages.draft_resting import GO_ON
from bot.store import drafts

ANSWERING = {
    postscripts.ABOUT: postscripts.take,
    moving.ABOUT: moving.take,
    once_more.ABOUT: once_more.take,
    other_days.ABOUT: other_days.take,
}
"""Who takes the answer to what was asked about a sealed letter."""


async def write(exchange: Exchange) -> None:
    """Begin a letter, or offer the one under way."""
    draft = await _draft(exchange)
    if draft is not None and draft.taken:
        prompts.offer_draft(exchange, draft)
    else:
        await _begin(exchange, draft)


async def write_at_once(exchange: Exchange) -> None:
    """Begin a letter with the words that stand behind the command; without any, as `write`."""
    draft = await _draft(exchange)
    part = drafting.part_of(exchange.message)
    if not part.words.text.strip() or (draft is not None and draft.taken):
        await write(exchange)
    else:
        await drafting.take_part(exchange, _new(exchange, draft), part)


async def start_over(exchange: Exchange) -> None:
    """Begin a letter, as was chosen, in place of the one under way, which can be brought back."""
    draft = await _draft(exchange) or Draft(person_id=exchange.person_id)
    anew = draft.thrown_away()
    await asking.put_away(exchange)
    await drafting.keep(exchange, anew)
    asking.ask_for_words(exchange, anew, here=True)


async def bring_back(exchange: Exchange) -> None:
    """Go on with the letter that was thrown away."""
    draft = await _draft(exchange)
    if draft is None or draft.resting or not draft.has_thrown:
        prompts.say_stale(exchange)
    else:
        await drafting.settle_words(exchange, draft.brought_back(), here=True)


async def go_on(exchange: Exchange) -> None:
    """Go on with the letter under way, as was chosen."""
    draft = await _draft(exchange)
    if draft is None:
        await _begin(exchange, None, here=True)
        return
    draft = replace(draft, resting=False)
    draft = draft if draft.changes is None else drafting.at_its_step(draft)
    await drafting.keep(exchange, draft)
    await asking.ask_for_step(exchange, draft, here=True)


async def leave_out(exchange: Exchange) -> None:
    """Leave out the newest message, if the others make a letter."""
    draft = await _draft(exchange)
    newest = draft.taken[-1].message_id if draft and draft.taken else None
    if draft is None or draft.resting or newest is None:
        prompts.say_stale(exchange)
    elif newest != asking.LEAVE_OUT.read(exchange.payload) or not draft.without_newest().fit:
        await asking.ask_for_step(exchange, draft, here=True)
    else:
        await drafting.settle_words(exchange, draft.without_newest(), here=True)


async def cancel(exchange: Exchange) -> None:
    """Throw the draft away, or only leave the question for another address or a zone."""
    if await letter_question.leave(exchange, ANSWERING):
        return
    draft = await _draft(exchange)
    if draft is not None and draft.asks_for_others:
        await leave_address(exchange, draft)
        return
    if draft is not None and draft.rewrites:
        await changing.leave_unchanged(exchange, draft)
        return
    if await zone.is_asked(exchange):
        await settings_page.show(exchange)
        return
    await exchange.person()
    await drafting.discard(exchange)
    exchange.say("nothing-to-cancel" if draft is None or draft.holds_nothing else "cancelled")


async def take_text(exchange: Exchange) -> None:
    """Take a text as what the conversation waits for: a confirmation's code, words, an address."""
    draft = await _draft(exchange)
    no_letter = draft is None or draft.is_none
    if await confirming.takes_code(exchange, writing=not no_letter):
        return
    if await privacy.takes_text(exchange):
        return
    if await noting.takes_reply(exchange) or await zone.takes_text(exchange, draft):
        return
    if await letter_question.takes_text(exchange, ANSWERING):
        return
    if no_letter and await stray.begins_with_address(exchange):
        await addressing.take_text(exchange, _new(exchange, draft))
    elif draft is None or draft.resting:
        await stray.take_text(exchange, draft)
    elif draft.rewrites and looks_like_address(exchange.message.text or ""):
        await addressing.take_text(exchange, replace(draft, step=Step.ADDRESS))
    elif draft.rewrites:
        await changing.take_text(exchange, draft)
    else:
        await addressing.take_text(exchange, draft)


async def take_other(exchange: Exchange) -> None:
    """Say that only text can be a letter or an address."""
    draft = await _draft(exchange)
    if draft is None or draft.resting:
        await stray.take_other(exchange, draft)
    elif exchange.message.caption and not (draft.asks_for_others or draft.rewrites):
        await addressing.hold_words(exchange, draft, "caption-ask")
    else:
        exchange.say("address-only" if draft.step is Step.ADDRESS else "words-only")


async def take_edited(exchange: Exchange) -> None:
    """Take an edited message, which may change the letter under way."""
    draft, message = await _draft(exchange), exchange.message
    if await noting.takes_edit(exchange) or await postscripts.takes_edit(exchange):
        return
    if draft is None or draft.resting or not message.text:
        await changing.take_edited(exchange)
    elif draft.has_part(message.message_id):
        await drafting.take_edit(exchange, draft)
    elif draft.held(message.message_id):
        await addressing.take_text(exchange, draft)
    else:
        await changing.take_edited(exchange)


async def _begin(exchange: Exchange, draft: Draft | None, *, here: bool = False) -> None:
    new = _new(exchange, draft)
    await drafting.keep(exchange, new)
    asking.ask_for_words(exchange, new, here=here)


def _new(exchange: Exchange, draft: Draft | None) -> Draft:
    """Return a draft without words; what was given or held beforehand is not lost."""
    if draft is None:
        return Draft(person_id=exchange.person_id)
    held = tuple(part for part in draft.parts if part.held)
    return Draft(person_id=exchange.person_id, parts=held, candidate=draft.remembered)


async def _draft(exchange: Exchange) -> Draft | None:
    return await drafts.draft_of(exchange.tx, exchange.person_id)


FEATURE = Feature(
    links={deep_links.WRITE: write},
    presses={
        prompts.WRITE: write,
        prompts.START_OVER: start_over,
        GO_ON: go_on,
        asking.LEAVE_OUT: leave_out,
        asking.BRING_BACK: bring_back,
    },
    commands={"write": write_at_once, "cancel": cancel},
)
