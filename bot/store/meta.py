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


async def remember(tx: Transaction, fact: MetaKey, value: str) -> None:
    """Remember a fact in place of what was known before."""
    await tx.run(
        "INSERT OR REPLACE INTO facts (name, value) VALUES (:name, :value)",
        name=fact,
        value=tx.vault.encrypt(STORE_KEY, cell_of(fact), value),
    )


async def recall(session: Session, fact: MetaKey) -> str | None:
    """Return a fact; None while it isn't known."""
    row = await session.one("SELECT value FROM facts WHERE name = :name", name=fact)
    return session.vault.decrypt(cell_of(fact), row["value"]) if row else None


async def require_bot(session: Session, bot_id: str) -> None:
    """Make sure that the store is of the bot with that id, or of none yet. Raises OtherBot."""
    if await recall(session, MetaKey.BOT_ID) not in {None, bot_id}:
        raise OtherBot


def cell_of(fact: MetaKey) -> Cell:
    """Return where a fact stands."""
    return Cell("facts", "value", fact.value)
