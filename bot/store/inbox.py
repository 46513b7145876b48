"""Updates received from Telegram: kept before they are confirmed, handled once."""

import json
from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Session, Transaction, to_text


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedUpdate:
    """An update not yet handled to its end; `payload` is Telegram's JSON."""

    id: int
    payload: str


async def receive(tx: Transaction, update_id: int, payload: str, now: datetime) -> bool:
    """Keep an update; False when it was received before."""
    row = await tx.one(
        "INSERT INTO updates (id, payload, received_at) VALUES (:id, :payload, :now)"
        " ON CONFLICT DO NOTHING RETURNING id",
        id=update_id,
        payload=tx.vault.seal(payload),
        now=to_text(now),
    )
    return row is not None


async def mark_applied(tx: Transaction, update_id: int) -> None:
    """Note, with the effect itself, that an update has taken effect."""
    await tx.run("UPDATE updates SET applied = 1 WHERE id = :id", id=update_id)


async def mark_handled(tx: Transaction, update_id: int) -> None:
    """Note that an update was answered; what it said is no longer kept."""
    await tx.run("UPDATE updates SET handled = 1, payload = NULL WHERE id = :id", id=update_id)


async def forget_person(tx: Transaction, person_id: int, update_id: int) -> None:
    """Forget what a person's updates said, up to the one being handled, and handle none again."""
    for received in await unhandled(tx):
        if received.id <= update_id and _sender_id(received.payload) == person_id:
            await mark_applied(tx, received.id)
            await mark_handled(tx, received.id)


async def is_applied(session: Session, update_id: int) -> bool:
    """Tell whether an update's effect is in the store already."""
    row = await session.one("SELECT 1 FROM updates WHERE id = :id AND applied", id=update_id)
    return row is not None


async def unhandled(session: Session) -> list[ReceivedUpdate]:
    """Give what an earlier run received and did not get round to, in order of arrival."""
    rows = await session.all("SELECT id, payload FROM updates WHERE handled = 0 ORDER BY id")
    return [
        ReceivedUpdate(id=row["id"], payload=session.vault.open(row["payload"])) for row in rows
    ]


async def forget_before(tx: Transaction, moment: datetime) -> None:
    """Forget handled updates that came before `moment`; Telegram repeats none after a day."""
    await tx.run(
        "DELETE FROM updates WHERE handled AND received_at < :moment", moment=to_text(moment)
    )


def _sender_id(payload: str) -> int | None:
    """Give who sent an update (https://core.telegram.org/bots/api#update)."""
    content = [part for part in json.loads(payload).values() if isinstance(part, dict)]
    return next((part["from"]["id"] for part in content if "from" in part), None)
