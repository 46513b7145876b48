"""Owes a letter's reminders, in the chat and by mail, and lets the mail go to another address."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.letters import Channel, Letter, Reminder
from bot.messages.reminder import ReminderMessage
from bot.store import addresses, dropping, outbox
from bot.store.addresses import Address
from bot.store.database import Session, Transaction, from_text, to_text
from bot.store.outbox import NewDelivery

MOST_DAYS = 60
"""Days on which a letter comes back at most."""


async def owe(
    tx: Transaction, letter_id: int, reminder: Reminder, person_id: int, address: Address | None
) -> None:
    """Owe a letter's reminder on each channel: no mail to a letter without an address."""
    if address is not None:
        await _owe_mail(tx, letter_id, reminder, address)
    await outbox.add(tx, _reminder(letter_id, reminder, Channel.CHAT, person_id))


async def owe_once_more(tx: Transaction, letter: Letter, reminder: Reminder) -> bool:
    """Owe a letter's reminder beyond those it was sealed with; False where they are too many."""
    row = await tx.row(
        "SELECT l.address_id, count(DISTINCT d.day) AS days"
        " FROM letters l LEFT JOIN deliveries d ON d.letter_id = l.id WHERE l.id = :letter",
        letter=letter.id,
    )
    if row["days"] >= MOST_DAYS:
        return False
    address = await _address(tx, row["address_id"], letter)
    await owe(tx, letter.id, reminder, letter.person_id, address)
    return True


async def replace_days(tx: Transaction, letter: Letter, due: Iterable[Reminder]) -> bool:
    """Let a letter come back on other days than those it was sealed with.

    False, and nothing is changed, where one of those was tried already.
    """
    row = await tx.row(
        "SELECT l.address_id, EXISTS (SELECT 1 FROM deliveries d WHERE d.letter_id = l.id"
        " AND d.day IS NOT NULL AND d.state NOT IN ('due', 'held')) AS tried"
        " FROM letters l WHERE l.id = :letter",
        letter=letter.id,
    )
    if row["tried"]:
        return False
    await dropping.drop_letter(tx, letter.id)
    address = await _address(tx, row["address_id"], letter)
    for reminder in due:
        await owe(tx, letter.id, reminder, letter.person_id, address)
    return True


async def _address(tx: Transaction, address_id: int | None, letter: Letter) -> Address | None:
    if address_id is None:
        return None
    return await addresses.get(tx, address_id, owner=letter.person_id)


async def redirect(tx: Transaction, old: Address, new: Address, now: datetime) -> None:
    """Let the letters sealed to one of a person's addresses go to another.

    What the old one refused is owed anew; what may have arrived there is not. All of it is held
    while the new one isn't confirmed.
    """
    await tx.run(
        "UPDATE letters SET address_id = :new WHERE address_id = :old AND person_id = :person",
        new=new.id,
        old=old.id,
        person=old.person_id,
    )
    await outbox.owe_anew(tx, new.id, now)
    if new.confirmed:
        await outbox.release(tx, new.id)
    else:
        await outbox.hold(tx, new.id)


# Reminders yet to come of letters for the chat alone; with their words, so that none is erased.
_TO_COME = """
    FROM letters l JOIN deliveries d ON d.letter_id = l.id
    WHERE l.person_id = :person AND l.address_id IS NULL AND l.burned_at IS NULL
    AND d.channel = :chat AND d.day IS NOT NULL AND d.due_at > :now
"""


async def lacks_address(session: Session, person_id: int, now: datetime) -> bool:
    """Return whether a person has a letter yet to come that goes to no address."""
    row = await session.one(
        f"SELECT 1 {_TO_COME} LIMIT 1", person=person_id, chat=Channel.CHAT, now=to_text(now)
    )
    return row is not None


async def go_elsewhere(session: Session, address: Address, now: datetime) -> bool:
    """Return whether a letter yet to come, of an address's person, doesn't go there."""
    row = await session.one(
        "SELECT 1 FROM letters l JOIN deliveries d ON d.letter_id = l.id"
        " WHERE l.person_id = :person AND l.address_id IS NOT :address AND l.burned_at IS NULL"
        " AND d.day IS NOT NULL AND d.due_at > :now LIMIT 1",
        person=address.person_id,
        address=address.id,
        now=to_text(now),
    )
    return row is not None


async def give_address(tx: Transaction, address: Address, now: datetime) -> None:
    """Let the letters of an address's person that go to none, and are yet to come, go there.

    Their mail is held while it isn't confirmed.
    """
    coming = await tx.all(
        f"SELECT l.id, d.day, d.due_at {_TO_COME} ORDER BY d.due_at, d.id",
        person=address.person_id,
        chat=Channel.CHAT,
        now=to_text(now),
    )
    await tx.run(
        "UPDATE letters SET address_id = :address WHERE id IN (SELECT value FROM json_each(:ids))",
        address=address.id,
        ids=json.dumps(sorted({row["id"] for row in coming})),
    )
    for row in coming:
        reminder = Reminder(day=row["day"], due_at=from_text(row["due_at"]))
        await _owe_mail(tx, row["id"], reminder, address)


async def send_to(tx: Transaction, letter_id: int, address: Address | None, now: datetime) -> None:
    """Let the mails of a letter that are still to come go to an address, or to none."""
    await tx.run(
        "UPDATE letters SET address_id = :address WHERE id = :id",
        id=letter_id,
        address=address.id if address else None,
    )
    await dropping.drop_mails(tx, letter_id)
    if address is not None:
        await owe_missing_mail(tx, letter_id, address, now)


async def owe_missing_mail(
    tx: Transaction, letter_id: int, address: Address, now: datetime
) -> None:
    """Owe a letter's mail to an address on each day to come on which none is owed."""
    coming = await tx.all(
        "SELECT day, due_at FROM deliveries WHERE letter_id = :id AND channel = :chat"
        " AND day IS NOT NULL AND due_at > :now ORDER BY due_at, id",
        id=letter_id,
        chat=Channel.CHAT,
        now=to_text(now),
    )
    for row in coming:
        reminder = Reminder(day=row["day"], due_at=from_text(row["due_at"]))
        await _owe_mail(tx, letter_id, reminder, address)


async def withdraw(tx: Transaction, address_id: int) -> None:
    """Let the letters that go to an address, of which none went there yet, go to none."""
    await dropping.drop_mails_to(tx, address_id)
    await tx.run(
        "UPDATE letters SET address_id = NULL WHERE address_id = :address", address=address_id
    )


async def _owe_mail(tx: Transaction, letter_id: int, reminder: Reminder, address: Address) -> None:
    """Owe the mail of a reminder, which is held while its address isn't confirmed."""
    mail = _reminder(letter_id, reminder, Channel.EMAIL, address.person_id)
    await outbox.add(tx, replace(mail, held=not address.confirmed))


def key_of(letter_id: int, day: int, channel: Channel) -> str:
    """Return the key of a letter's reminder."""
    return f"letter:{letter_id}:{day}:{channel}"


def _reminder(letter_id: int, reminder: Reminder, channel: Channel, person_id: int) -> NewDelivery:
    return NewDelivery(
        key=key_of(letter_id, reminder.day, channel),
        kind=ReminderMessage.kind,
        channel=channel,
        person_id=person_id,
        letter_id=letter_id,
        day=reminder.day,
        due_at=reminder.due_at,
    )
