"""What is tried once and may be lost: nothing in the store says that it is owed."""

import logging
from dataclasses import dataclass

from telegram.error import TelegramError

from bot.botapi.budget import CallBudget
from bot.botapi.errors import explain
from bot.botapi.extras import Extra
from bot.chat.calls import Calls
from bot.store.replies import Reply

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentOnce:
    """Makes each call once, within the budget."""

    calls: Calls
    budget: CallBudget

    async def say(self, chat_id: int, reply: Reply) -> None:
        """Say what the store couldn't keep."""
        if await self.budget.reply_slot(chat_id):
            return
        try:
            await self.calls.say(chat_id, reply)
        except TelegramError as error:
            about = {"error": type(error).__name__}
            logger.warning("a reply that is not kept did not go out", extra=about)

    async def add(self, chat_id: int, extra: Extra) -> None:
        """Make the call for what goes with an answer."""
        if await self.budget.reply_slot(chat_id):
            return
        try:
            await self.calls.add(chat_id, extra)
        except TelegramError as error:
            fault = explain(error)
            logger.debug("what goes with an answer is lost", extra={"reason": fault.reason})
            if fault.after is not None:
                self.budget.flood(chat_id, fault.after)
        except Exception:
            logger.exception("what goes with an answer failed by a fault of ours")

    async def acknowledge(self, query_id: str) -> None:
        """Answer a callback query; Telegram refuses this for a button pressed long ago."""
        try:
            await self.calls.acknowledge(query_id)
        except TelegramError as error:
            about = {"error": type(error).__name__}
            logger.debug("a button press was not acknowledged", extra=about)
