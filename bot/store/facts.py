"""Single facts that outlive a run."""

from enum import StrEnum

from bot.store.database import Session, Transaction


class Fact(StrEnum):
    """What is remembered."""

    BOT_ID = "bot-id"
    BOT_USERNAME = "bot-username"


async def remember(tx: Transaction, fact: Fact, value: str) -> None:
    """Remember a fact in place of what was known before."""
    await tx.run(
        "INSERT OR REPLACE INTO facts (name, value) VALUES (:name, :value)",
        name=fact,
        value=tx.vault.seal(value),
    )


async def recall(session: Session, fact: Fact) -> str | None:
    """Give a fact; None while it isn't known."""
    row = await session.one("SELECT value FROM facts WHERE name = :name", name=fact)
    return session.vault.open(row["value"]) if row else None
