"""Sealing: a letter and its deliveries are written, if its person has room for another."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.caps import Caps
from bot.drafts import Part
from bot.letters import Reminder
from bot.store import changes
from bot.store.addresses import Address
from bot.store.database import Session, Transaction, from_text, to_text
from bot.store.letter_cells import words_kept
from bot.store.owners import next_number
from bot.store.people import Person
from bot.store.reminders import owe
from bot.text import Words

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """What is sealed: a person's words, the address they go to if to any, what brought them.

    `parts` are the messages by which it can be changed; without them it can't.
    """

    person: Person
    chat_id: int
    message_id: int
    update_id: int
    words: Words
    address: Address | None
    sealed_at: datetime
    parts: tuple[Part, ...] = ()


async def seal(tx: Transaction, sealing: Sealing, reminders: Iterable[Reminder]) -> None:
    """Write a letter and its deliveries: each reminder in the chat, and by mail to its address.

    Mail is held while the address isn't confirmed.
    A second sealing of the same message changes nothing.
    """
    number, key_id = await next_number(tx, "letters"), await tx.ledger.take()
    place = number, sealing.person.id
    row = await tx.one(
        "INSERT INTO letters (id, key_id, person_id, chat_id, message_id, update_id, text,"
        " entities, address_id, zone, sealed_at, under_way_until, parts)"
        " VALUES (:id, :key, :person, :chat, :message, :update, :text, :entities, :address,"
        " :zone, :now, :now, :parts)"
        " ON CONFLICT (chat_id, message_id) DO NOTHING RETURNING id",
        id=number,
        key=key_id,
        person=sealing.person.id,
        chat=sealing.chat_id,
        message=sealing.message_id,
        update=sealing.update_id,
        **words_kept(tx.vault, key_id, place, sealing.words),
        address=sealing.address.id if sealing.address else None,
        zone=sealing.person.zone.key,
        now=to_text(sealing.sealed_at),
        parts=_parts_kept(tx, key_id, place, sealing),
    )
    if row is None:
        return
    messages = {sealing.message_id, *(part.message_id for part in sealing.parts)}
    await changes.keep_messages(tx, row["id"], sealing.chat_id, messages)
    for reminder in reminders:
        await owe(tx, row["id"], reminder, sealing.person.id, sealing.address)


def _parts_kept(
    tx: Transaction, key_id: int, place: tuple[int, int], sealing: Sealing
) -> str | None:
    if not sealing.parts:
        return None
    return changes.parts_kept(tx.vault, key_id, place, sealing.parts)


async def room_for_more(
    session: Session, person_id: int, caps: Caps, now: datetime
) -> datetime | None:
    """Return the moment at which a person may seal another letter; None if they may now."""
    row = await session.one(
        "SELECT sealed_at FROM letters WHERE person_id = :person AND sealed_at > :since"
        " ORDER BY sealed_at DESC LIMIT 1 OFFSET :most",
        person=person_id,
        since=to_text(now - _DAY),
        most=caps.letters_per_day - 1,
    )
    tomorrow = from_text(row["sealed_at"]) + _DAY if row else None
    ended = await room_on_the_way(session, person_id, caps, now)
    return max((moment for moment in (tomorrow, ended) if moment), default=None)


async def room_on_the_way(
    session: Session, person_id: int, caps: Caps, now: datetime
) -> datetime | None:
    """Return the moment at which a person may have another letter on its way; None for now."""
    row = await session.one(
        "SELECT max(due_at) AS ends FROM deliveries WHERE person_id = :person"
        " AND letter_id IS NOT NULL GROUP BY letter_id HAVING ends > :now"
        " ORDER BY ends DESC LIMIT 1 OFFSET :most",
        person=person_id,
        now=to_text(now),
        most=caps.open_letters - 1,
    )
    return from_text(row["ends"]) if row else None


async def is_full(session: Session, person_id: int, caps: Caps) -> bool:
    """Return whether as many letters of a person's are kept, with their words, as may be."""
    row = await session.one(
        "SELECT 1 FROM letters WHERE person_id = :person AND burned_at IS NULL"
        " LIMIT 1 OFFSET :most",
        person=person_id,
        most=caps.letters - 1,
    )
    return row is not None
