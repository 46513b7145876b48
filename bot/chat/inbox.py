"""Updates on their way in: kept before Telegram is told so, and handled once.

The polling loop confirms an update to Telegram once its `put` has returned, so a `put` that commits
the update to the store leaves no moment at which a kill could lose it.
"""

import asyncio
import json
import logging

from telegram import Bot, Chat, Update
from telegram.error import NetworkError
from telegram.ext import Application, ExtBot, JobQueue

from bot.chat.desk import Context, Desk, Nothing
from bot.clock import Clock
from bot.store import inbox, people
from bot.store.database import Database, StoreError

logger = logging.getLogger(__name__)


class Inbox(asyncio.Queue[object]):
    """python-telegram-bot's queue of updates, with the store behind it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__()
        self._database = database
        self._clock = clock

    async def put(self, item: object) -> None:
        """Keep an update and queue it; one received before is let go.

        Raises NetworkError when the store fails, upon which the polling loop asks Telegram for it
        again, later. Any other error would end that loop for good.
        """
        if not isinstance(item, Update) or await self._is_new(item):
            await super().put(item)

    async def restore(self, bot: Bot) -> None:
        """Queue what an earlier run received and didn't get round to."""
        for received in await inbox.unhandled(self._database.reader):
            try:
                await super().put(Update.de_json(json.loads(received.payload), bot))
            except Exception:
                # Not all that python-telegram-bot writes can it read back.
                logger.exception("an update is given up", extra={"update": received.id})
                await self._note_handled(received.id)

    async def note_handled(self, update: Update) -> None:
        """Note that an update was handled. What can't be noted is only looked at once more."""
        await self._note_handled(update.update_id)

    async def _note_handled(self, update_id: int) -> None:
        try:
            async with self._database.transaction() as tx:
                await inbox.mark_handled(tx, update_id)
        except StoreError as error:
            about = {"update": update_id, "error": type(error).__name__}
            logger.warning("an update stays open", extra=about)

    async def _is_new(self, update: Update) -> bool:
        try:
            payload = update.to_json()
        except Exception:
            # Not all that python-telegram-bot reads can it write down.
            logger.exception("an update is not kept", extra={"update": update.update_id})
            return True
        try:
            async with self._database.transaction() as tx:
                if (user := update.effective_user) and _in_private(update):
                    await people.hear_from(tx, user.id, language=user.language_code)
                now = self._clock.now()
                return await inbox.receive(tx, update.update_id, payload, now)
        except StoreError as error:
            logger.warning("an update waits at Telegram", extra={"error": type(error).__name__})
            raise NetworkError("the update could not be kept") from None


def _in_private(update: Update) -> bool:
    """Tell whether an update says that its sender doesn't block the bot; in a group they may."""
    return update.effective_chat is not None and update.effective_chat.type == Chat.PRIVATE


Job = JobQueue[Context]


class MailboxApplication(
    Application[ExtBot[None], Context, Nothing, Nothing, Desk, Job],
):
    """python-telegram-bot's application, which notes in its inbox what it has handled."""

    async def process_update(self, update: object) -> None:
        """Handle an update to its end."""
        await super().process_update(update)
        if isinstance(update, Update) and isinstance(self.update_queue, Inbox):
            await self.update_queue.note_handled(update)
