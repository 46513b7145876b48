"""Another address: in the place of one, for sealed letters without one, or to be offered first."""

from dataclasses import replace

from bot.chat import (
    asking,
    changing,
    confirmation,
    default_address,
    prompts,
    sealed,
    settings_page,
    suppressing,
)
from bot.chat.drafting import at_its_step, discard, keep
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.drafts import Draft, Step
from bot.messages.address_unconfirmed import NO_MAIL_THERE
from bot.messages.address_wanted import CHANGE_ADDRESS
from bot.store import addresses, confirmation_queue, drafts, nudges, reminders
from bot.store.addresses import Address
from bot.store.consent import Verdict


async def ask_for_replacement(exchange: Exchange) -> None:
    """Ask for an address to take the place of the one the button names, if it is the sender's."""
    person_id = exchange.person_id
    old = await addresses.get(exchange.tx, CHANGE_ADDRESS.read(exchange.payload), owner=person_id)
    if old is None:
        prompts.say_stale(exchange)
        return
    draft = await drafts.draft_of(exchange.tx, person_id) or Draft(person_id=person_id)
    await _ask(exchange, replace(draft, replaces=old.id, adds=False, chooses=False))


async def ask_for_first(exchange: Exchange) -> None:
    """Ask for an address for the letters that were sealed without one, if any is yet to come."""
    person_id = exchange.person_id
    if not await reminders.lacks_address(exchange.tx, person_id, exchange.now):
        prompts.say_stale(exchange)
        return
    draft = await drafts.draft_of(exchange.tx, person_id) or Draft(person_id=person_id)
    await _ask(exchange, replace(draft, replaces=None, adds=True, chooses=False))


async def ask_for_default(exchange: Exchange) -> None:
    """Ask which address to offer first from now on."""
    person = await exchange.person()
    draft = await drafts.draft_of(exchange.tx, person.id) or Draft(person_id=person.id)
    chosen = replace(draft, replaces=None, adds=False, chooses=True)
    await _ask(exchange, chosen, here=True)


async def _ask(exchange: Exchange, draft: Draft, *, here: bool = False) -> None:
    asked = replace(draft, step=Step.ADDRESS, changes=None, resting=False)
    await keep(exchange, asked)
    await asking.ask_for_step(exchange, asked, here=here)


async def take_address(exchange: Exchange, draft: Draft, address: str) -> None:
    """Let an address be what the draft asks for it; a letter under way is gone on with.

    The person's sealed letters go there, those that the draft asks for, or it is the first that is
    offered for new ones. Raises TooManyAddresses.
    """
    tx, now, caps = exchange.tx, exchange.now, exchange.services.caps
    person = await exchange.person()
    new = await addresses.use(tx, person.id, address, now, most=caps.addresses)
    if draft.changes is not None:
        if not await changing.send_to(exchange, draft, new):
            await _say_too_late(exchange, draft)
            return
    elif draft.chooses:
        await default_address.choose(exchange, new)
    elif draft.adds:
        await reminders.give_address(tx, new, now)
    elif draft.replaces and (old := await addresses.get(tx, draft.replaces, owner=person.id)):
        await reminders.redirect(tx, old, new, now)
        if old.id != new.id:
            await confirmation_queue.drop(tx, old.id)
            await confirmation.put_away(exchange, old.id)
    if draft.adds or draft.replaces is not None:
        await sealed.say_anew(exchange)
    if not draft.chooses:
        await _say_taken(exchange, draft, new)
    await _go_on_without(exchange, draft)


async def withdraw(exchange: Exchange) -> None:
    """Let the letters that wait for the address of a button come in the chat alone."""
    tx, number = exchange.tx, NO_MAIL_THERE.read(exchange.payload)
    address = await addresses.get(tx, number, owner=exchange.person_id)
    if address is None:
        prompts.say_stale(exchange)
    elif address.confirmed:
        exchange.leave_buttons()
        exchange.say(Verdict.ALREADY.value)
    else:
        await suppressing.withdraw(exchange, address)
        await sealed.say_anew(exchange)
        exchange.edit("just-here-then")


async def take_no_address(exchange: Exchange, draft: Draft) -> None:
    """Let the letter that is changed come in the chat alone; of others, leave all as it is."""
    if draft.changes is None:
        await leave_address(exchange, draft)
    elif await changing.send_to(exchange, draft, None):
        exchange.say("letter-just-here")
        await _go_on_without(exchange, draft)
    else:
        await _say_too_late(exchange, draft)


async def _say_too_late(exchange: Exchange, draft: Draft) -> None:
    exchange.say("too-late-to-change")
    await _go_on_without(exchange, draft)


async def _say_taken(exchange: Exchange, draft: Draft, new: Address) -> None:
    if new.confirmed:
        exchange.say(_name_of_taken(draft), address=new.address)
        return
    await nudges.plan(exchange.tx, new.id, exchange.now)
    await confirmation.ask(exchange, new, said=_said_of_unconfirmed(exchange, draft))


def _said_of_unconfirmed(exchange: Exchange, draft: Draft) -> str | None:
    if draft.changes is not None:
        return None
    name = "address-added-unconfirmed" if draft.adds else "address-replaced-unconfirmed"
    return exchange.catalog.say(name)


def _name_of_taken(draft: Draft) -> str:
    if draft.changes is not None:
        return "letter-address-changed"
    return "address-added" if draft.adds else "address-replaced"


async def leave_address(exchange: Exchange, draft: Draft) -> None:
    """Leave the address as it is, or none; a letter under way is gone on with."""
    await exchange.person()
    exchange.say("address-not-added" if draft.adds else "address-left")
    await _go_on_without(exchange, draft)


async def _go_on_without(exchange: Exchange, draft: Draft) -> None:
    """Go on with the letter under way, if there is one, and ask for no other address any more."""
    await asking.put_question_away(exchange)
    parts = (*draft.taken_back, *draft.taken)
    left = at_its_step(Draft(person_id=draft.person_id, parts=parts))
    if left.taken:
        await drafts.keep(exchange.tx, left, exchange.now)
        await asking.ask_for_step(exchange, left)
    else:
        await discard(exchange)


FEATURE = Feature(
    presses={
        CHANGE_ADDRESS: ask_for_replacement,
        prompts.ADD_ADDRESS: ask_for_first,
        settings_page.ADDRESS: ask_for_default,
        NO_MAIL_THERE: withdraw,
    }
)
