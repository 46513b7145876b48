"""How long Telegram asked to send nothing more, kept over a restart."""

from datetime import datetime, timedelta

from bot.store.database import Session, Transaction, from_text, to_text


async def remember(tx: Transaction, chat_id: int, until: datetime, now: datetime) -> None:
    """Keep a hold on a chat, the longer of two, and forget those that are over."""
    await tx.run("DELETE FROM holds WHERE until <= :now", now=to_text(now))
    await tx.run(
        "INSERT INTO holds (chat_id, until) VALUES (:chat, :until)"
        " ON CONFLICT (chat_id) DO UPDATE SET until = max(until, excluded.until)",
        chat=chat_id,
        until=to_text(until),
    )


async def standing(session: Session, now: datetime) -> dict[int, timedelta]:
    """Return how long each hold still lasts."""
    rows = await session.all("SELECT * FROM holds WHERE until > :now", now=to_text(now))
    return {row["chat_id"]: from_text(row["until"]) - now for row in rows}
