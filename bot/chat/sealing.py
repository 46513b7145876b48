"""Seals a letter: it and its deliveries are stored before anyone is told so."""

from bot.chat import confirmation, prompts, sealed, zone
from bot.chat.drafting import discard
from bot.chat.exchange import Exchange
from bot.drafts import Draft
from bot.letters import reminders
from bot.store import addresses, letters, sealing
from bot.store.sealing import Sealing


async def seal(
    exchange: Exchange, draft: Draft, address: str | None, days: tuple[int, ...] | None = None
) -> None:
    """Seal a draft to an address, or for the chat alone, and say when it comes back.

    `days`: it does so after these instead of the usual ones. An address that isn't confirmed yet is
    sent a confirmation mail along with it. Raises TooManyAddresses.
    """
    tx, now, caps = exchange.tx, exchange.now, exchange.services.caps
    if room_from := await sealing.room_for_more(tx, exchange.person_id, caps, now):
        await prompts.say_when(exchange, "letters-capped", room_from)
        return
    if await sealing.is_full(tx, exchange.person_id, caps):
        exchange.say("letters-full", most=f"{caps.letters:,}")
        return
    person = await exchange.person()
    used = None
    if address is not None:
        used = await addresses.use(tx, person.id, address, now, most=caps.addresses)
    message_id = draft.taken[0].message_id
    new = Sealing(
        person=person,
        chat_id=person.id,
        message_id=message_id,
        update_id=exchange.update.update_id,
        words=draft.words,
        address=used,
        sealed_at=now,
        parts=draft.taken,
    )
    due = reminders(now, days or exchange.services.days, person.zone, hour=person.hour)
    await sealing.seal(tx, new, due)
    await discard(exchange)
    if found := await letters.sealed_from(tx, person.id, message_id):
        await sealed.say(exchange, found, message_id, *await zone.offer(exchange, person))
    if used is not None and not used.confirmed:
        await confirmation.ask_for_letter(exchange, used)
