"""A person hears twice of an address that they haven't confirmed, and no more.

Once a day after sealing, once with the first letter that comes without its mail.
"""

from datetime import datetime, timedelta

from bot.letters import Channel
from bot.messages.address_unconfirmed import AddressUnconfirmed, MailNotSent
from bot.store import outbox
from bot.store.database import Session, Transaction, from_text, to_text
from bot.store.outbox import NewDelivery

NUDGE_AFTER = timedelta(days=1)

BATCH = 20
"""How many are looked at in one transaction."""

_WANTED = """
confirmed_at IS NULL AND refused_at IS NULL AND EXISTS (
    SELECT 1 FROM letters l JOIN deliveries d ON d.letter_id = l.id
    WHERE l.address_id = addresses.id AND d.channel = 'email' AND d.state = 'held'
)
"""


async def plan(tx: Transaction, address_id: int, now: datetime) -> None:
    """Let a person be asked about an address in a day, if they never were."""
    await tx.run(
        "UPDATE addresses SET nudge_at = :at WHERE id = :id AND confirmed_at IS NULL"
        " AND nudge_at IS NULL AND nudged_at IS NULL",
        id=address_id,
        at=to_text(now + NUDGE_AFTER),
    )


async def nudge(tx: Transaction, now: datetime) -> bool:
    """Owe the questions whose day has come, where mail still waits.

    `BATCH` at most; returns whether there may be more.
    """
    rows = await tx.all(
        "UPDATE addresses SET nudge_at = NULL WHERE id IN (SELECT id FROM addresses"
        " WHERE nudge_at <= :now ORDER BY nudge_at LIMIT :most)"
        f" RETURNING id, person_id, {_WANTED} AS wanted",
        now=to_text(now),
        most=BATCH,
    )
    for row in rows:
        if row["wanted"]:
            await _ask(tx, row["id"], row["person_id"], now)
    return len(rows) == BATCH


async def tell_of_mail(tx: Transaction, delivery_id: int, now: datetime) -> None:
    """Tell a person whom a letter reached in the chat if its mail waits for their confirming."""
    row = await tx.one(
        "SELECT addresses.id, addresses.person_id FROM deliveries said"
        " JOIN letters ON letters.id = said.letter_id"
        " JOIN addresses ON addresses.id = letters.address_id"
        f" WHERE said.id = :id AND {_WANTED}",
        id=delivery_id,
    )
    if row is not None:
        await _owe(tx, MailNotSent.kind, row["id"], row["person_id"], now)


async def next_nudge(session: Session) -> datetime | None:
    """Return the moment at which the next person is to be asked."""
    row = await session.row(
        "SELECT min(nudge_at) AS moment FROM addresses WHERE nudge_at IS NOT NULL"
    )
    return from_text(row["moment"]) if row["moment"] else None


async def _ask(tx: Transaction, address_id: int, person_id: int, now: datetime) -> None:
    await tx.run(
        "UPDATE addresses SET nudged_at = :now WHERE id = :id", id=address_id, now=to_text(now)
    )
    await _owe(tx, AddressUnconfirmed.kind, address_id, person_id, now)


async def _owe(tx: Transaction, kind: str, address_id: int, person_id: int, now: datetime) -> None:
    word = NewDelivery(
        key=f"{kind}:{address_id}",
        kind=kind,
        channel=Channel.CHAT,
        person_id=person_id,
        address_id=address_id,
        due_at=now,
    )
    await outbox.add(tx, word)
