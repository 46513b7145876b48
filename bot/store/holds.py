"""How long Telegram asked to send nothing more, kept over a restart."""

import asyncio
import logging
from datetime import datetime, timedelta

from bot.botapi.budget import EVERYBODY
from bot.clock import Clock
from bot.store.database import Database, StoreError, Transaction, from_text, name_of_error, to_text

logger = logging.getLogger(__name__)


class Holds:
    """Keeps the holds on chats, and on all of them (`EVERYBODY`)."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    def remember(self, chat_id: int, span: timedelta) -> None:
        """Keep a hold, as soon as the store takes it; one that it doesn't is logged."""
        task = asyncio.create_task(self._remember(chat_id, self._clock.now() + span))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def standing(self) -> dict[int, timedelta]:
        """Return how long each hold still lasts, by chat. Raises StoreError."""
        now = self._clock.now()
        rows = await self._database.reader.all(
            "SELECT * FROM holds WHERE until > :now", now=to_text(now)
        )
        return {row["chat_id"]: from_text(row["until"]) - now for row in rows}

    async def _remember(self, chat_id: int, until: datetime) -> None:
        whom = "everybody" if chat_id == EVERYBODY else "a chat"
        logger.warning("Telegram asks to wait", extra={"whom": whom, "until": until.isoformat()})
        try:
            async with self._database.transaction() as tx:
                await _keep(tx, chat_id, until, self._clock.now())
        except StoreError as error:
            about = {"error": name_of_error(error)}
            logger.warning("a wait that Telegram asked for is not kept", extra=about)


async def _keep(tx: Transaction, chat_id: int, until: datetime, now: datetime) -> None:
    """Keep the longer of two holds on a chat, and forget those that are over."""
    await tx.run("DELETE FROM holds WHERE until <= :now", now=to_text(now))
    await tx.run(
        "INSERT INTO holds (chat_id, until) VALUES (:chat, :until)"
        " ON CONFLICT (chat_id) DO UPDATE SET until = max(until, excluded.until)",
        chat=chat_id,
        until=to_text(until),
    )
