"""Another address in the place of one that takes no mail, for all letters that went there."""

from dataclasses import replace

from bot.chat import asking, prompts
from bot.chat.drafting import at_its_step, discard, keep
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.drafts import Draft, Step
from bot.messages.address_wanted import CHANGE_ADDRESS
from bot.store import addresses, consent, drafts, letters


async def ask_for_replacement(exchange: Exchange) -> None:
    """Ask for an address to take the place of the one the button names, if it is the sender's."""
    person_id = exchange.person_id
    old = await addresses.get(exchange.tx, CHANGE_ADDRESS.read(exchange.payload), owner=person_id)
    if old is None:
        prompts.say_stale(exchange)
        return
    draft = await drafts.draft_of(exchange.tx, person_id) or Draft(person_id=person_id)
    draft = replace(draft, step=Step.ADDRESS, replaces=old.id, resting=False)
    await keep(exchange, draft)
    await asking.ask_for_step(exchange, draft)


async def replace_address(exchange: Exchange, draft: Draft, replaced: int, address: str) -> None:
    """Let the person's letters go to another address; a letter under way is gone on with.

    Raises TooManyAddresses.
    """
    tx, now, caps = exchange.tx, exchange.now, exchange.services.caps
    person = await exchange.person()
    old = await addresses.get(tx, replaced, owner=person.id)
    new = await addresses.use(tx, person.id, address, now, most=caps.addresses)
    if old is not None:
        await letters.redirect(tx, old, new, now)
    wait = None if new.confirmed else await consent.ask(tx, new, caps, now)
    prompts.say_replaced(exchange, new, wait)
    await _go_on_without(exchange, draft)


async def leave_address(exchange: Exchange, draft: Draft) -> None:
    """Leave the address as it is; a letter under way is gone on with."""
    await exchange.person()
    exchange.say("address-left")
    await _go_on_without(exchange, draft)


async def _go_on_without(exchange: Exchange, draft: Draft) -> None:
    """Go on with the letter under way, if there is one, and ask for no other address any more."""
    own = replace(draft, parts=draft.taken, replaces=None, candidate=None, suggestion=None)
    left = at_its_step(own)
    if left.parts:
        await drafts.keep(exchange.tx, left, exchange.now)
        await asking.ask_for_step(exchange, left)
    else:
        await discard(exchange)


FEATURE = Feature(presses={CHANGE_ADDRESS: ask_for_replacement})
