"""Letters' mails and the consent of their addresses: held, released, owed anew."""

from datetime import datetime

from bot.store.database import Transaction, to_text


async def hold(tx: Transaction, address_id: int) -> None:
    """Hold the mails of the letters that go to an address, until it is confirmed.

    A claim is taken back; a mail in flight, which goes to where it was claimed for, isn't.
    """
    await tx.run(
        "UPDATE deliveries SET state = 'held', lease_until = NULL"
        " WHERE channel = 'email' AND state IN ('due', 'retry', 'claimed')"
        " AND letter_id IN (SELECT id FROM letters WHERE address_id = :address)",
        address=address_id,
    )


async def hold_unconfirmed(tx: Transaction, delivery_id: int) -> None:
    """Hold a letter's mail that didn't go, if its address isn't a confirmed one any more."""
    await tx.run(
        "UPDATE deliveries SET state = 'held', lease_until = NULL"
        " WHERE id = :id AND channel = 'email' AND state IN ('retry', 'claimed') AND EXISTS"
        " (SELECT 1 FROM letters l JOIN addresses a ON a.id = l.address_id"
        "  WHERE l.id = deliveries.letter_id AND a.confirmed_at IS NULL)",
        id=delivery_id,
    )


async def release(tx: Transaction, address_id: int) -> None:
    """Owe the mails that were held until an address was confirmed."""
    await tx.run(
        "UPDATE deliveries SET state = 'due' WHERE channel = 'email' AND state = 'held'"
        " AND letter_id IN (SELECT id FROM letters WHERE address_id = :address)",
        address=address_id,
    )
    tx.owes = True


async def owe_anew(tx: Transaction, address_id: int, now: datetime) -> None:
    """Owe once more the mails that failed for certain and whose letters go to an address."""
    await tx.run(
        "UPDATE deliveries SET state = 'due', next_at = :now, failures = 0, reason = NULL,"
        " failed_at = NULL WHERE channel = 'email' AND state = 'failed' AND doubts = 0"
        " AND letter_id IN"
        " (SELECT id FROM letters WHERE address_id = :address AND burned_at IS NULL)",
        now=to_text(now),
        address=address_id,
    )
    tx.owes = True
