"""The address that is offered first; letters still to come can be taken along to it."""

from bot.botapi.buttons import ID, PressWith
from bot.chat import confirmation, prompts, sealed
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.store import addresses, confirmation_queue, people, reminders
from bot.store.addresses import Address

ALONG = PressWith("address:along:", ID, int, "button-along")
ONLY_NEW = PressWith("address:only-new:", ID, int, "button-only-new")


async def choose(exchange: Exchange, address: Address) -> None:
    """Let an address be the first that is offered, and offer to take what is to come along."""
    tx, catalog = exchange.tx, exchange.catalog
    await people.choose_address(tx, address.person_id, address.id)
    if await reminders.go_elsewhere(tx, address, exchange.now):
        ways = [press.button(catalog, address.id) for press in (ALONG, ONLY_NEW)]
        exchange.say("address-default-along", *ways, address=address.address)
        if not address.confirmed:
            await confirmation.ask(exchange, address)
    elif address.confirmed:
        exchange.say("address-default", address=address.address)
    else:
        said = catalog.say("address-default", address=address.address)
        await confirmation.ask(exchange, address, said=said)


async def take_along(exchange: Exchange) -> None:
    """Let all letters that are still to come go to the address the button names, if it's theirs."""
    tx, now = exchange.tx, exchange.now
    new = await addresses.get(tx, ALONG.read(exchange.payload), owner=exchange.person_id)
    if new is None:
        prompts.say_stale(exchange)
        return
    for old in await addresses.in_use(tx, exchange.person_id):
        if old.id != new.id:
            await reminders.redirect(tx, old, new, now)
            await confirmation_queue.drop(tx, old.id)
            await confirmation.put_away(exchange, old.id)
    await reminders.give_address(tx, new, now)
    await sealed.say_anew(exchange)
    done = "address-replaced" if new.confirmed else "address-along-unconfirmed"
    exchange.edit(done, address=new.address)


async def leave(exchange: Exchange) -> None:
    """Let letters that are still to come go where they went."""
    new = await addresses.get(
        exchange.tx, ONLY_NEW.read(exchange.payload), owner=exchange.person_id
    )
    if new is None:
        prompts.say_stale(exchange)
    else:
        exchange.edit("address-default", address=new.address)


FEATURE = Feature(presses={ALONG: take_along, ONLY_NEW: leave})
