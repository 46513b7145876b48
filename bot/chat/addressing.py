"""The address: typed, pressed, or put right; a good one seals the letter or replaces another.

What is no address is more of the letter. What may be either is held until its person says which.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import wraps

from bot.botapi.buttons import Button
from bot.chat import asking, drafting, places, prompts
from bot.chat.drafting import keep, part_of
from bot.chat.exchange import Exchange, Handler
from bot.chat.feature import Feature
from bot.chat.reading import address_in, leaves_it, says_more, wants_no_mail
from bot.chat.replacing import leave_address, take_address, take_no_address
from bot.chat.sealing import seal
from bot.drafts import Draft, Part
from bot.email_address import BadAddress, Checked, check, looks_like_address
from bot.store import addresses, drafts
from bot.store.addresses import TooManyAddresses

DraftHandler = Callable[[Exchange, Draft], Awaitable[None]]


def _on_press(handler: DraftHandler) -> Handler:
    """Return the handler of a button that only somebody who writes a letter has a use for."""

    @wraps(handler)
    async def pressed(exchange: Exchange) -> None:
        draft = await drafts.draft_of(exchange.tx, exchange.person_id)
        if draft is None or draft.is_none:
            prompts.say_stale(exchange)
        elif draft.resting:
            prompts.offer_draft(exchange, draft)
        else:
            await handler(exchange, draft)

    return pressed


async def take_text(exchange: Exchange, draft: Draft) -> None:
    """Take a text as the address that is waited for, or as words of the letter."""
    text, part = exchange.message.text or "", part_of(exchange.message)
    if draft.asks_for_others and leaves_it(text):
        await leave_address(exchange, draft)
    elif draft.asks_for_others and wants_no_mail(text):
        await take_no_address(exchange, draft)
    elif draft.fit and wants_no_mail(text):
        await seal(exchange, draft, None)
    elif draft.asks_for_others:
        await _take_for_others(exchange, draft, part)
    elif exchange.message.forward_origin and not looks_like_address(text):
        await hold_words(exchange, draft, "forwarded-ask")
    elif draft.is_continued_by(part) and not looks_like_address(text):
        await drafting.take_part(exchange, draft, part)
    else:
        await _take_address_or_words(exchange, draft, part)


async def hold_words(exchange: Exchange, draft: Draft, name: str) -> None:
    """Hold a message's words, and ask by the message of that name whether they are the letter's."""
    part = part_of(exchange.message)
    await keep(exchange, draft.holding(part))
    prompts.ask_whether_part(exchange, name, part.message_id)


async def _take_address_or_words(exchange: Exchange, draft: Draft, part: Part) -> None:
    text = part.words.text
    try:
        found = address_in(text)
    except BadAddress as problem:
        await _say_flawed(exchange, draft, part, problem)
        return
    if found is None:
        await drafting.take_part(exchange, draft, part)
    elif looks_like_address(text):
        await _settle_on(exchange, draft, part, found)
    elif not draft.fit or says_more(text, found.address):
        await _hold(exchange, draft, part, found)
        prompts.ask_whether_address(exchange, found, part.message_id)
    else:
        await _settle_on(exchange, draft, part, found)


async def _take_for_others(exchange: Exchange, draft: Draft, part: Part) -> None:
    try:
        found = check(part.words.text)
    except BadAddress as problem:
        await _say_flawed(exchange, draft, part, problem)
    else:
        await _settle_on(exchange, draft, part, found)


async def _settle_on(exchange: Exchange, draft: Draft, part: Part, found: Checked) -> None:
    """Act on an address, unless it may be a slip."""
    if found.suggestion is None:
        await _take_new(exchange, draft, found.address, part)
        return
    await _hold(exchange, draft, part, found)
    prompts.ask_whether_slip(exchange, found.suggestion)


async def _hold(exchange: Exchange, draft: Draft, part: Part, found: Checked) -> None:
    """Keep a text, and the address in it, until its person says what it is."""
    held = draft.holding(part)
    anew = replace(held, candidate=found.address, suggestion=found.suggestion)
    await _keep_address(exchange, anew)


async def _keep_address(exchange: Exchange, draft: Draft) -> None:
    """Keep a draft with another address than before, about which nothing is asked any more."""
    await places.put_away(exchange, prompts.ADDRESS_QUESTION)
    await keep(exchange, draft)


async def _say_flawed(exchange: Exchange, draft: Draft, part: Part, problem: BadAddress) -> None:
    """Say what keeps a text from being an address; it may be words, and is held."""
    known = None if problem.likelier else draft.remembered
    held = replace(draft.holding(part), candidate=known, suggestion=problem.likelier)
    await _keep_address(exchange, held)
    prompts.say_flawed(exchange, problem.flaw, problem.likelier, *_or_words(exchange, draft, part))


@_on_press
async def take_used(exchange: Exchange, draft: Draft) -> None:
    """Take an address used before, if it is the sender's."""
    used = await addresses.get(
        exchange.tx, prompts.USE_ADDRESS.read(exchange.payload), owner=exchange.person_id
    )
    if used is None:
        await asking.ask_for_step(exchange, draft, here=True)
    else:
        exchange.leave_buttons()
        await _act_on(exchange, draft, used.address)


@_on_press
async def take_none(exchange: Exchange, draft: Draft) -> None:
    """Seal for the chat alone."""
    if draft.fit or draft.asks_for_others:
        exchange.leave_buttons()
        await _leave_out_mail(exchange, draft)
    else:
        await asking.ask_for_step(exchange, draft, here=True)


async def _leave_out_mail(exchange: Exchange, draft: Draft) -> None:
    if draft.asks_for_others:
        await take_no_address(exchange, draft)
    else:
        await seal(exchange, draft, None)


@_on_press
async def ask_for_other(exchange: Exchange, _: Draft) -> None:
    """Ask for an address that is neither one used before nor the one suggested."""
    exchange.leave_buttons()
    await places.put_away(exchange, prompts.ADDRESS_QUESTION)
    exchange.say("ask-other-address")


@_on_press
async def take_suggested(exchange: Exchange, draft: Draft) -> None:
    """Take the address that a slip was probably meant to be."""
    await _take_offered(exchange, draft, draft.suggestion)


@_on_press
async def take_as_typed(exchange: Exchange, draft: Draft) -> None:
    """Take an address that looked like a slip and wasn't, or that was given beforehand."""
    await _take_offered(exchange, draft, draft.candidate)


async def take_held(exchange: Exchange) -> None:
    """Take a text that may have been something else as words of the letter."""
    draft = await drafts.draft_of(exchange.tx, exchange.person_id)
    if draft is None or draft.is_none:
        prompts.say_stale(exchange)
        return
    more = draft.taking(prompts.TAKE_PART.read(exchange.payload))
    await drafting.settle_words(exchange, replace(more or draft, resting=False), here=True)


@_on_press
async def leave_held(exchange: Exchange, draft: Draft) -> None:
    """Leave a text out of the letter, which is as it was."""
    left = draft.leaving(prompts.LEAVE_PART.read(exchange.payload))
    await drafting.settle_words(exchange, left, here=True)


async def _take_offered(exchange: Exchange, draft: Draft, address: str | None) -> None:
    if address is None:
        await asking.ask_for_step(exchange, draft, here=True)
    else:
        exchange.leave_buttons()
        await _take_new(exchange, draft, address)


async def _take_new(
    exchange: Exchange, draft: Draft, address: str, part: Part | None = None
) -> None:
    """Take an address, typed in `part`, unless its domain is one that no mail can go to."""
    domain = address.rpartition("@")[2].casefold()
    if exchange.takes_mail(domain):
        await _act_on(exchange, draft, address)
        return
    held = draft.holding(part) if part else draft
    await _keep_address(exchange, replace(held, candidate=None, suggestion=None))
    exchange.say("address-no-mail", *_or_words(exchange, draft, part), domain=domain)


def _or_words(exchange: Exchange, draft: Draft, part: Part | None) -> list[Button]:
    """Return the button by which a text becomes words of the letter, if it may be."""
    if part is None or draft.asks_for_others or looks_like_address(part.words.text):
        return []
    return [prompts.TAKE_PART.button(exchange.catalog, part.message_id)]


async def _act_on(exchange: Exchange, draft: Draft, address: str) -> None:
    if await addresses.is_known_stopped(exchange.tx, exchange.person_id, address):
        exchange.say("stopped-address")
        return
    try:
        if draft.asks_for_others:
            await take_address(exchange, draft, address)
        elif draft.fit:
            await seal(exchange, draft, address)
        else:
            await _remember(exchange, draft, address)
    except TooManyAddresses:
        exchange.say("addresses-full", most=f"{exchange.services.caps.addresses:,}")


async def _remember(exchange: Exchange, draft: Draft, address: str) -> None:
    """Keep an address until there are words to go there, and ask for those."""
    await _keep_address(exchange, replace(draft, candidate=address, suggestion=None))
    if draft.taken:
        exchange.say("address-kept")
        asking.ask_for_words(exchange, draft)
    else:
        exchange.say("address-first", *_or_words(exchange, draft, draft.newest_held))


FEATURE = Feature(
    presses={
        prompts.JUST_HERE: take_none,
        prompts.USE_ADDRESS: take_used,
        prompts.OTHER_ADDRESS: ask_for_other,
        prompts.AS_SUGGESTED: take_suggested,
        prompts.AS_TYPED: take_as_typed,
        prompts.AS_KEYED: take_suggested,
        prompts.AS_MEANT: take_as_typed,
        prompts.RETYPE: ask_for_other,
        prompts.TAKE_PART: take_held,
        prompts.LEAVE_PART: leave_held,
    }
)
