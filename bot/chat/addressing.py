"""The address: typed, pressed, or put right; a good one seals the letter or replaces another."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import wraps

from bot.chat import prompts
from bot.chat.drafting import continues, keep, part_of, settle_words, take_edit
from bot.chat.exchange import Exchange, Handler
from bot.chat.feature import Feature
from bot.chat.replacing import replace_address
from bot.chat.sealing import seal
from bot.email_address import BadAddress, check, looks_like_address
from bot.store import addresses, drafts, suppressions
from bot.store.addresses import TooManyAddresses
from bot.store.drafts import Draft, Step

DraftHandler = Callable[[Exchange, Draft], Awaitable[None]]


def _on_press(handler: DraftHandler) -> Handler:
    """Return the handler of a button that only a draft that waits for its address has a use for."""

    @wraps(handler)
    async def pressed(exchange: Exchange) -> None:
        draft = await drafts.draft_of(exchange.tx, exchange.person_id)
        if draft is None or draft.step is not Step.ADDRESS:
            prompts.say_stale(exchange)
        elif draft.resting:
            prompts.offer_draft(exchange, "draft-waiting")
        else:
            exchange.leave_buttons()
            await handler(exchange, draft)

    return pressed


async def take_address(exchange: Exchange, draft: Draft) -> None:
    """Take a text as the address, unless it is the rest of a long paste."""
    text, part = exchange.message.text or "", part_of(exchange.message)
    if continues(draft, part) and not looks_like_address(text):
        await settle_words(exchange, replace(draft, parts=(*draft.parts, part)))
    else:
        await _settle_address(exchange, draft, text)


async def take_edited(exchange: Exchange, draft: Draft) -> None:
    """Take an edit: of the words, or of an address that wasn't right.

    An edit of anything older, an earlier letter's address say, is neither.
    """
    message = exchange.message
    if any(message.message_id <= part.message_id for part in draft.parts):
        await take_edit(exchange, draft)
    else:
        await _settle_address(exchange, draft, message.text or "")


@_on_press
async def take_used(exchange: Exchange, draft: Draft) -> None:
    """Take an address used before, if it is the sender's."""
    used = await addresses.get(
        exchange.tx, prompts.USE_ADDRESS.read(exchange.payload), owner=exchange.person_id
    )
    if used is None:
        await prompts.ask_for_step(exchange, draft)
    else:
        await _act_on(exchange, draft, used.address)


@_on_press
async def ask_for_other(exchange: Exchange, _: Draft) -> None:
    """Ask for an address that is neither one used before nor the one suggested."""
    exchange.say("ask-other-address")


@_on_press
async def take_suggested(exchange: Exchange, draft: Draft) -> None:
    """Take the address that a slip was probably meant to be."""
    await _take_offered(exchange, draft, draft.suggestion)


@_on_press
async def take_as_typed(exchange: Exchange, draft: Draft) -> None:
    """Take an address that looked like a slip and wasn't."""
    await _take_offered(exchange, draft, draft.candidate)


async def _take_offered(exchange: Exchange, draft: Draft, address: str | None) -> None:
    if address is None:
        await prompts.ask_for_step(exchange, draft)
    else:
        await _take_new(exchange, draft, address)


async def _settle_address(exchange: Exchange, draft: Draft, text: str) -> None:
    try:
        checked = check(text)
    except BadAddress as problem:
        await keep(exchange, replace(draft, candidate=None, suggestion=problem.likelier))
        prompts.say_flawed(exchange, problem.flaw, problem.likelier)
        return
    if checked.suggestion is None:
        await _take_new(exchange, draft, checked.address)
        return
    unsure = replace(draft, candidate=checked.address, suggestion=checked.suggestion)
    await keep(exchange, unsure)
    prompts.ask_whether_slip(exchange, checked.suggestion)


async def _take_new(exchange: Exchange, draft: Draft, address: str) -> None:
    """Take an address, unless its domain is one that no mail can go to."""
    domain = address.rpartition("@")[2].casefold()
    if exchange.takes_mail(domain):
        await _act_on(exchange, draft, address)
    else:
        await keep(exchange, replace(draft, candidate=None, suggestion=None))
        exchange.say("address-no-mail", domain=domain)


async def _act_on(exchange: Exchange, draft: Draft, address: str) -> None:
    if await suppressions.is_suppressed(exchange.tx, address):
        exchange.say("stopped-address")
        return
    try:
        if draft.replaces is None:
            await seal(exchange, draft, address)
        else:
            await replace_address(exchange, draft, draft.replaces, address)
    except TooManyAddresses:
        exchange.say("addresses-full", most=f"{exchange.services.caps.addresses:,}")


FEATURE = Feature(
    presses={
        prompts.USE_ADDRESS: take_used,
        prompts.OTHER_ADDRESS: ask_for_other,
        prompts.AS_SUGGESTED: take_suggested,
        prompts.AS_TYPED: take_as_typed,
        prompts.AS_KEYED: take_suggested,
        prompts.RETYPE: ask_for_other,
    }
)
