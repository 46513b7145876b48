"""Lets one letter go to another address of its person's, whatever became of its mail so far."""

from datetime import datetime

from bot.store import reminders
from bot.store.addresses import Address
from bot.store.database import Transaction, to_text


async def send_to(tx: Transaction, letter_id: int, address: Address, now: datetime) -> None:
    """Let a letter's mail that hasn't arrived go to an address, held while that isn't confirmed.

    What was refused is owed anew; what may have arrived is not. A claim is taken back; a mail in
    flight goes to where it was claimed for.
    """
    await tx.run(
        "UPDATE letters SET address_id = :address WHERE id = :id", id=letter_id, address=address.id
    )
    await tx.run(
        "UPDATE deliveries SET state = iif(:confirmed, 'due', 'held'), lease_until = NULL,"
        " next_at = max(due_at, :now), failures = 0, unjudged = 0, reason = NULL, failed_at = NULL"
        " WHERE letter_id = :id AND channel = 'email' AND (state IN ('held', 'due', 'retry',"
        " 'claimed') OR state = 'failed' AND doubts = 0)",
        id=letter_id,
        confirmed=address.confirmed,
        now=to_text(now),
    )
    await reminders.owe_missing_mail(tx, letter_id, address, now)
    tx.owes = True
