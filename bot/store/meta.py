"""Single values that outlive a run: which bot the store is of."""

from enum import StrEnum

from bot.store.database import Session, Transaction
from bot.store.key_reader import STORE_KEY
from bot.store.vault import Cell


class MetaKey(StrEnum):
    """What is remembered."""

    BOT_ID = "bot-id"
    BOT_USERNAME = "bot-username"


class OtherBot(Exception):
    """The store is another bot's, whose chats and message numbers are not this one's."""


async def remember(tx: Transaction, key: MetaKey, value: str) -> None:
    """Remember a single value in place of the one before."""
    await tx.run(
        "INSERT OR REPLACE INTO facts (name, value) VALUES (:name, :value)",
        name=key,
        value=tx.vault.encrypt(STORE_KEY, cell_of(key), value),
    )


async def recall(session: Session, key: MetaKey) -> str | None:
    """Return a single value; None while it isn't known."""
    row = await session.one("SELECT value FROM facts WHERE name = :name", name=key)
    return session.vault.decrypt(cell_of(key), row["value"]) if row else None


async def require_bot(session: Session, bot_id: str) -> None:
    """Make sure that the store is of the bot with that id, or of none yet. Raises OtherBot."""
    if await recall(session, MetaKey.BOT_ID) not in {None, bot_id}:
        raise OtherBot


def cell_of(key: MetaKey) -> Cell:
    """Return where a single value stands."""
    return Cell("facts", "value", key.value)
