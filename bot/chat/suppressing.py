"""No more mail to an address, or mail again, by the wish of whoever reads it.

A link alone changes nothing, as a scanner may have opened it. Nothing is kept of who pressed its
button, who may be no user of this bot.
"""

from bot.botapi import deep_links
from bot.botapi.buttons import Button, Press, PressWith
from bot.chat import confirmation, prompts, sealed
from bot.chat.exchange import Exchange
from bot.chat.feature import Feature
from bot.chat.settings_page import DELETE
from bot.store import addresses, confirmation_queue, reminders, suppression_changes, suppressions
from bot.store.addresses import Address
from bot.store.suppression_links import read_lift, read_stop
from bot.store.suppressions import Lifting, Standing

STOP = PressWith("stop:", "[A-Za-z0-9_-]{1,59}", str, "button-stop")  # what the link carried
STOP_MAIL = Press("stop-mail", "button-stop-mail")
LIFT = PressWith("lift:", "[A-Za-z0-9_-]{1,59}", str, "button-lift")  # so here

# What a link to stop may lift; the last two are lifted already.
_LIFTS = {Standing.LIFTABLE, Standing.OPEN, Standing.OUTDATED}


async def ask_whether_to_stop(exchange: Exchange) -> None:
    """Ask whether mail should stop; of mail that has, say how it comes again."""
    link = read_stop(exchange.tx.vault, exchange.payload)
    if link is None:
        prompts.offer_to_write(exchange, "link-unknown")
        return
    standing = await suppressions.standing(exchange.tx, link)
    exchange.say(standing.value, *_offered(exchange, standing))


async def stop(exchange: Exchange) -> None:
    """Stop mail to the mailbox whose link was tapped, whoever wants to send it."""
    link = read_stop(exchange.tx.vault, exchange.payload)
    if link is None:
        prompts.say_stale(exchange)
        return
    keys = await suppressions.stopped_by(exchange.tx, link)
    if not keys:
        exchange.edit(Standing.OUTDATED.value)
        return
    await suppression_changes.suppress(exchange.tx, keys, exchange.now)
    notified = [await suppressions.notify(exchange.tx, key, exchange.now) for key in keys]
    exchange.edit("stop-done" if any(notified) else "stop-done-unconfirmed")


async def ask_whether_to_lift(exchange: Exchange) -> None:
    """Ask whether mail may come again."""
    link = read_lift(exchange.tx.vault, exchange.payload)
    if link is None:
        prompts.offer_to_write(exchange, "link-unknown")
        return
    lifting = await suppressions.lifting(exchange.tx, link)
    button = LIFT.button(exchange.catalog, exchange.payload)
    exchange.say(lifting.value, *([button] if lifting is Lifting.POSSIBLE else []))


async def lift(exchange: Exchange) -> None:
    """Let mail come again to the mailbox whose link was tapped, once it is confirmed anew."""
    tx = exchange.tx
    stop_link = read_stop(tx.vault, exchange.payload)
    link = stop_link or read_lift(tx.vault, exchange.payload)
    if link is None or (stop_link and await suppressions.standing(tx, stop_link) not in _LIFTS):
        prompts.say_stale(exchange)
    elif not stop_link and await suppressions.lifting(tx, link) is Lifting.OUTDATED:
        exchange.edit(Lifting.OUTDATED.value)
    else:
        await _lift(exchange, link.key)
        exchange.edit("lift-done")


async def _lift(exchange: Exchange, key: str) -> None:
    if await suppressions.is_key_suppressed(exchange.tx, key):
        await suppression_changes.lift(exchange.tx, key, exchange.now)


async def ask_what_to_stop(exchange: Exchange) -> None:
    """Ask what somebody means who wants it to stop."""
    buttons = (press.button(exchange.catalog) for press in (STOP_MAIL, DELETE))
    exchange.say("stop-what", *buttons)


async def stop_own(exchange: Exchange) -> None:
    """Stop mail to each mailbox that the sender confirmed, and wait for no other to be."""
    keys = await addresses.mailed_keys(exchange.tx, exchange.person_id)
    await suppression_changes.suppress(exchange.tx, keys, exchange.now)
    for key in keys:
        await suppressions.notify(exchange.tx, key, exchange.now)
        await suppressions.note_heard(exchange.tx, key, exchange.person_id, exchange.now)
    waited_for = await addresses.unconfirmed(exchange.tx, exchange.person_id)
    for address in waited_for:
        await withdraw(exchange, address)
    await sealed.say_anew(exchange)
    exchange.edit("stop-done" if keys else "just-here-then" if waited_for else "stop-none")


async def withdraw(exchange: Exchange, address: Address) -> None:
    """Let the letters that wait for an address to be confirmed come in the chat alone."""
    await reminders.withdraw(exchange.tx, address.id)
    await confirmation_queue.drop(exchange.tx, address.id)
    await confirmation.put_away(exchange, address.id)


def _offered(exchange: Exchange, standing: Standing) -> list[Button]:
    say, payload = exchange.catalog.say, exchange.payload
    match standing:
        case Standing.OPEN:
            return [STOP.button(exchange.catalog, payload)]
        case Standing.UNNOTIFIED:
            return [STOP.labelled(say("button-notify"), payload)]
        case Standing.LIFTABLE:
            return [LIFT.button(exchange.catalog, payload)]
        case Standing.SUPPRESSED | Standing.OUTDATED:
            return []


FEATURE = Feature(
    links={deep_links.STOP: ask_whether_to_stop, deep_links.LIFT: ask_whether_to_lift},
    presses={STOP: stop, LIFT: lift, STOP_MAIL: stop_own},
    commands={"stop": ask_what_to_stop},
)
