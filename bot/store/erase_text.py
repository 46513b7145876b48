"""A letter's words are erased; its row stays, and what was delivered of it."""

from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Session, Transaction, to_text
from bot.text import Words

BATCH = 200
"""How many letters are erased in one transaction."""

_NOTHING = Words("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A letter that a delivery brought to its person."""

    letter_id: int
    erased: bool


async def brought(session: Session, token: str, *, owner: int) -> Brought | None:
    """Return the letter that the delivery of that token brought, if it is `owner`'s."""
    row = await session.one(
        "SELECT l.id, l.burned_at FROM deliveries d JOIN letters l ON l.id = d.letter_id"
        " WHERE d.person_id = :owner AND l.person_id = :owner AND d.token = :token",
        owner=owner,
        token=token,
    )
    return Brought(letter_id=row["id"], erased=row["burned_at"] is not None) if row else None


async def erase(tx: Transaction, letter_id: int, now: datetime) -> None:
    """Erase a letter's words, and drop what of it was still to come. Again, it changes nothing.

    A delivery in flight is left to settle.
    """
    await tx.run(
        "UPDATE letters SET text = :text, entities = :entities, burned_at = :now"
        " WHERE id = :id AND burned_at IS NULL",
        id=letter_id,
        text=tx.vault.encrypt(_NOTHING.text),
        entities=tx.vault.encrypt(_NOTHING.entities_to_json()),
        now=to_text(now),
    )
    tx.erases = True
    await tx.run(
        "DELETE FROM deliveries"
        " WHERE letter_id = :id AND state IN ('held', 'due', 'retry', 'claimed')",
        id=letter_id,
    )


async def drop_retry(tx: Transaction, delivery_id: int) -> None:
    """Drop a delivery that waits for another try, if its letter was erased meanwhile."""
    await tx.run(
        "DELETE FROM deliveries WHERE id = :id AND state = 'retry' AND EXISTS"
        " (SELECT 1 FROM letters l WHERE l.id = letter_id AND l.burned_at IS NOT NULL)",
        id=delivery_id,
    )


ENDED = """
SELECT id FROM letters l WHERE burned_at IS NULL AND sealed_at < :before
AND NOT EXISTS (
    SELECT 1 FROM deliveries d WHERE d.letter_id = l.id
    AND (d.state IN ('due', 'claimed', 'in_flight', 'retry')
        OR d.due_at >= :before OR d.sent_at >= :before OR d.failed_at >= :before)
)
LIMIT :batch
"""


async def erase_ended(tx: Transaction, before: datetime, now: datetime) -> int:
    """Erase the words of letters whose last reminder was due, and settled, before a moment.

    Returns how many they were: `BATCH` at most. A reminder still under way keeps its letter; mail
    that is held for want of consent doesn't.
    """
    rows = await tx.all(ENDED, before=to_text(before), batch=BATCH)
    for row in rows:
        await erase(tx, row["id"], now)
    return len(rows)
