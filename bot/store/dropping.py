"""Drops deliveries that are not to go any more; one in flight is left to settle."""

from bot.store.database import Transaction

_TO_COME = "state IN ('held', 'due', 'retry', 'claimed')"


async def drop_word(tx: Transaction, address_id: int, kind: str) -> None:
    """Drop what is to be said, by a message of that kind, of an address, where it hasn't left."""
    await tx.run(
        "DELETE FROM deliveries WHERE kind = :kind AND address_id = :address"
        " AND state IN ('due', 'retry', 'claimed')",
        kind=kind,
        address=address_id,
    )


async def drop_letter(tx: Transaction, letter_id: int) -> None:
    """Drop what of a letter is still to come; a delivery in flight is left to settle."""
    await tx.run(
        f"DELETE FROM deliveries WHERE letter_id = :id AND {_TO_COME}",
        id=letter_id,
    )


async def drop_mails(tx: Transaction, letter_id: int) -> None:
    """Drop the mails of a letter that are still to come; one in flight is left to settle."""
    await tx.run(
        f"DELETE FROM deliveries WHERE letter_id = :id AND channel = 'email' AND {_TO_COME}",
        id=letter_id,
    )


async def drop_mails_to(tx: Transaction, address_id: int) -> None:
    """Drop the mails of all letters to an address that are still to come, as `drop_mails` does."""
    await tx.run(
        "DELETE FROM deliveries WHERE channel = 'email'"
        f" AND {_TO_COME}"
        " AND letter_id IN (SELECT id FROM letters WHERE address_id = :address)",
        address=address_id,
    )


async def forget_address(tx: Transaction, address_id: int) -> None:
    """Keep nothing of what was said of an address, and no mail that failed for being stopped."""
    await tx.run("DELETE FROM deliveries WHERE address_id = :address", address=address_id)
    await tx.run(
        "DELETE FROM deliveries WHERE channel = 'email' AND state = 'failed' AND reason = 'stopped'"
        " AND letter_id IN (SELECT id FROM letters WHERE address_id = :address)",
        address=address_id,
    )


async def drop_retry(tx: Transaction, delivery_id: int) -> None:
    """Drop a delivery that waits for another try, if its letter's words were erased meanwhile."""
    await tx.run(
        "DELETE FROM deliveries WHERE id = :id AND state = 'retry' AND EXISTS"
        " (SELECT 1 FROM letters l WHERE l.id = letter_id AND l.burned_at IS NOT NULL)",
        id=delivery_id,
    )


async def forget_person(tx: Transaction, person_id: int) -> None:
    """Keep nothing of what is owed, or was sent, to a person."""
    await tx.run("DELETE FROM deliveries WHERE person_id = :person", person=person_id)
