"""What is said of an address that is to be confirmed: one message, edited until that is settled.

It goes by what its person did themselves: nothing in it tells of others, or of the mailbox.
"""

from datetime import datetime, timedelta

from bot.botapi.buttons import ID, Button, PressWith, Row
from bot.chat import places
from bot.chat.exchange import Exchange
from bot.messages.address_unconfirmed import CONFIRM_AGAIN
from bot.messages.address_wanted import CHANGE_ADDRESS
from bot.store import addresses, confirmation_queue, consent, nudges, slots
from bot.store.addresses import Address
from bot.text import Words

NO_MAIL = PressWith("spam:", ID, int, "button-no-mail")

_COVERED = timedelta(hours=1)
"""How long a mail serves all letters to an address, and none is sent for another letter."""


async def ask(
    exchange: Exchange, address: Address, *, said: str | None = None, here: bool = False
) -> None:
    """Ask for a confirmation mail and say when it goes; `here` as in `places.find`.

    `said` is what is said of the address above that.
    """
    caps, now = exchange.services.caps, exchange.now
    goes_at = await confirmation_queue.ask(exchange.tx, address, caps, now)
    if goes_at > now:
        when = await _at(exchange, goes_at)
        text = exchange.catalog.say_words("confirm-waits", address=address.address, when=when)
        buttons: Row = _wrong(exchange, address)
    else:
        text = exchange.catalog.say_words("confirm-sent", address=address.address)
        buttons = _ways_on(exchange, address)
    if said is not None:
        text = Words(said).followed_by(text, "\n")
    await _say(exchange, address, text, [buttons], here=here)


async def ask_for_letter(exchange: Exchange, address: Address) -> None:
    """Ask for a confirmation mail for a letter just sealed, unless the last one covers it.

    In a day it is asked whether mail should come there, if it still isn't confirmed.
    """
    await nudges.plan(exchange.tx, address.id, exchange.now)
    last = await consent.last_asked(exchange.tx, address.id)
    if last is None or last.goes_at <= exchange.now - _COVERED:
        await ask(exchange, address)
        return
    if last.is_void:
        await confirmation_queue.ask(exchange.tx, address, exchange.services.caps, exchange.now)
    name = "confirm-covers" if last.goes_at <= exchange.now else "confirm-covers-later"
    moment = await _moment(exchange, last.goes_at)
    text = exchange.catalog.say_words(name, address=address.address, moment=moment)
    await _say(exchange, address, text, [_ways_on(exchange, address)])


async def say_where_to_look(exchange: Exchange, address: Address, hints: str) -> None:
    """Say where a mail may be that isn't there, and when another can go."""
    again = await _again(exchange, address)
    buttons: list[Row] = [again, _wrong(exchange, address)]
    await _say(exchange, address, Words(hints), buttons, here=True)


async def say_confirmed(exchange: Exchange, address_id: int, address: str) -> None:
    """Say that an address is confirmed, in the place of what was said of it."""
    name = _slot_of(address_id)
    await places.find(exchange, name, here=False)
    place = await slots.find(exchange.tx, exchange.person_id, name)
    await slots.forget(exchange.tx, exchange.person_id, name)
    text = exchange.catalog.say("confirm-confirmed", address=address)
    exchange.reply(text, edits=place.message_id if place else None)


async def end_unused(exchange: Exchange, address_id: int | None) -> None:
    """Ask for no confirmation of an address that none of the person's letters goes to any more."""
    if address_id is None or await addresses.is_in_use(exchange.tx, address_id):
        return
    await confirmation_queue.drop(exchange.tx, address_id)
    await put_away(exchange, address_id)


async def put_away(exchange: Exchange, address_id: int) -> None:
    """Say no more of an address that nothing goes to any longer."""
    await places.put_away(exchange, _slot_of(address_id))


async def _say(
    exchange: Exchange, address: Address, text: Words, buttons: list[Row], *, here: bool = False
) -> None:
    name = _slot_of(address.id)
    await places.find(exchange, name, here=here, elsewhere=exchange.is_new)
    exchange.reply(text, buttons, slot=name)


async def _again(exchange: Exchange, address: Address) -> Button:
    """Return the button for another mail, which says when that can go."""
    caps, now = exchange.services.caps, exchange.now
    goes_at = await confirmation_queue.next_possible(exchange.tx, address, caps, now)
    if goes_at <= now:
        return CONFIRM_AGAIN.button(exchange.catalog, address.id)
    when = await _at(exchange, goes_at)
    label = exchange.catalog.say("button-confirm-later", when=when.text)
    return CONFIRM_AGAIN.labelled(label, address.id)


async def _at(exchange: Exchange, moment: datetime) -> Words:
    """Return a moment as the time at which something happens."""
    drawn = await _moment(exchange, moment)
    if await _is_today(exchange, moment):
        return exchange.catalog.say_words("at-time", time=drawn)
    return exchange.catalog.say_words("at-date-and-time", moment=drawn)


async def _moment(exchange: Exchange, moment: datetime) -> Words:
    """Return a moment as its person reads it: the hour alone, where it is today's."""
    catalog, zone = exchange.catalog, (await exchange.person()).zone
    if await _is_today(exchange, moment):
        return Words.moment(catalog.time(moment, zone), moment, "t")
    return Words.moment(catalog.date_and_time(moment, zone, near=exchange.now), moment, "wDt")


async def _is_today(exchange: Exchange, moment: datetime) -> bool:
    zone = (await exchange.person()).zone
    return moment.astimezone(zone).date() == exchange.now.astimezone(zone).date()


def _ways_on(exchange: Exchange, address: Address) -> tuple[Button, ...]:
    return NO_MAIL.button(exchange.catalog, address.id), _wrong(exchange, address)


def _wrong(exchange: Exchange, address: Address) -> Button:
    return CHANGE_ADDRESS.labelled(exchange.catalog.say("button-wrong-address"), address.id)


def _slot_of(address_id: int) -> str:
    return f"confirm:{address_id}"
