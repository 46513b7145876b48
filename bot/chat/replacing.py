"""Another address for sealed letters: in the place of one, or the first for those without."""

from dataclasses import replace

from bot.chat import asking, prompts
from bot.chat.drafting import at_its_step, discard, keep
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.drafts import Draft, Step
from bot.messages.address_wanted import CHANGE_ADDRESS
from bot.store import addresses, confirmation_queue, drafts, reminders
from bot.store.addresses import Address


async def ask_for_replacement(exchange: Exchange) -> None:
    """Ask for an address to take the place of the one the button names, if it is the sender's."""
    person_id = exchange.person_id
    old = await addresses.get(exchange.tx, CHANGE_ADDRESS.read(exchange.payload), owner=person_id)
    if old is None:
        prompts.say_stale(exchange)
        return
    draft = await drafts.draft_of(exchange.tx, person_id) or Draft(person_id=person_id)
    draft = replace(draft, step=Step.ADDRESS, replaces=old.id, adds=False, resting=False)
    await keep(exchange, draft)
    await asking.ask_for_step(exchange, draft)


async def ask_for_first(exchange: Exchange) -> None:
    """Ask for an address for the letters that were sealed without one, if any is yet to come."""
    person_id = exchange.person_id
    if not await reminders.lacks_address(exchange.tx, person_id, exchange.now):
        prompts.say_stale(exchange)
        return
    draft = await drafts.draft_of(exchange.tx, person_id) or Draft(person_id=person_id)
    draft = replace(draft, step=Step.ADDRESS, replaces=None, adds=True, resting=False)
    await keep(exchange, draft)
    await asking.ask_for_step(exchange, draft)


async def take_address(exchange: Exchange, draft: Draft, address: str) -> None:
    """Let the person's sealed letters go to an address; a letter under way is gone on with.

    They are those that the draft asks for. Raises TooManyAddresses.
    """
    tx, now, caps = exchange.tx, exchange.now, exchange.services.caps
    person = await exchange.person()
    new = await addresses.use(tx, person.id, address, now, most=caps.addresses)
    if draft.replaces is None:
        await reminders.give_address(tx, new, now)
    elif old := await addresses.get(tx, draft.replaces, owner=person.id):
        await reminders.redirect(tx, old, new, now)
        if old.id != new.id:
            await confirmation_queue.drop(tx, old.id)
    if not new.confirmed:
        await confirmation_queue.ask(tx, new, caps, now)
    _say_taken(exchange, draft, new)
    await _go_on_without(exchange, draft)


def _say_taken(exchange: Exchange, draft: Draft, new: Address) -> None:
    if new.confirmed:
        exchange.say("address-added" if draft.adds else "address-replaced", address=new.address)
    else:
        name = "address-added-unconfirmed" if draft.adds else "address-replaced-unconfirmed"
        prompts.say_redirected(exchange, name, new)


async def leave_address(exchange: Exchange, draft: Draft) -> None:
    """Leave the address as it is, or none; a letter under way is gone on with."""
    await exchange.person()
    exchange.say("address-not-added" if draft.adds else "address-left")
    await _go_on_without(exchange, draft)


async def _go_on_without(exchange: Exchange, draft: Draft) -> None:
    """Go on with the letter under way, if there is one, and ask for no other address any more."""
    asked = replace(draft, replaces=None, adds=False, candidate=None, suggestion=None)
    left = at_its_step(replace(asked, parts=draft.taken))
    if left.parts:
        await drafts.keep(exchange.tx, left, exchange.now)
        await asking.ask_for_step(exchange, left)
    else:
        await discard(exchange)


FEATURE = Feature(presses={CHANGE_ADDRESS: ask_for_replacement, prompts.ADD_ADDRESS: ask_for_first})
