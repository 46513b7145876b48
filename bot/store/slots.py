"""Places in a chat that one message of the bot's keeps: what is said there edits it.

A place is open from the first reply said in it until it is forgotten, also while no message of it
has arrived yet. A reply still owed to a place goes with it.
"""

from dataclasses import dataclass

from bot.store.database import Session, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place; `message_id` is None as long as no message of it has arrived.

    `covered`: something else was said below it.
    """

    message_id: int | None
    covered: bool


async def open_slot(tx: Transaction, chat_id: int, name: str) -> int:
    """Return the number of the place of that name in a chat, opened if need be."""
    row = await tx.row(
        "INSERT INTO slots (chat_id, name) VALUES (:chat, :name)"
        " ON CONFLICT (chat_id, name) DO UPDATE SET name = excluded.name RETURNING id",
        chat=chat_id,
        name=name,
    )
    return int(row["id"])


async def find(session: Session, chat_id: int, name: str) -> Slot | None:
    """Return the place of that name in a chat, if it is open."""
    row = await session.one(
        "SELECT message_id, covered FROM slots WHERE chat_id = :chat AND name = :name",
        chat=chat_id,
        name=name,
    )
    return Slot(message_id=row["message_id"], covered=bool(row["covered"])) if row else None


async def cover(tx: Transaction, chat_id: int) -> None:
    """Note that something else is said in a chat, below all places there."""
    await tx.run("UPDATE slots SET covered = 1 WHERE chat_id = :chat", chat=chat_id)


async def cover_by_new(tx: Transaction, slot: int) -> None:
    """Note that a place whose message is yet to come is below all others in its chat."""
    await tx.run(
        "UPDATE slots SET covered = 1 WHERE id <> :slot AND chat_id ="
        " (SELECT chat_id FROM slots WHERE id = :slot AND message_id IS NULL)",
        slot=slot,
    )


async def put(tx: Transaction, chat_id: int, name: str, message_id: int) -> None:
    """Let a message that is there already keep a place."""
    await tx.run(
        "INSERT INTO slots (chat_id, name, message_id) VALUES (:chat, :name, :message)"
        " ON CONFLICT (chat_id, name)"
        " DO UPDATE SET message_id = excluded.message_id, covered = 0",
        chat=chat_id,
        name=name,
        message=message_id,
    )


async def forget(tx: Transaction, chat_id: int, name: str) -> None:
    """Forget a place: what is said there next is a new message."""
    await tx.run(
        "DELETE FROM slots WHERE chat_id = :chat AND name = :name", chat=chat_id, name=name
    )


async def forget_chat(tx: Transaction, chat_id: int) -> None:
    """Forget all places in a chat."""
    await tx.run("DELETE FROM slots WHERE chat_id = :chat", chat=chat_id)
