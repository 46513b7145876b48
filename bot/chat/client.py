"""The bot as a client of the Bot API."""

import asyncio
import logging

from telegram import Update
from telegram.error import InvalidToken, NetworkError, TelegramError
from telegram.ext import ExtBot

from bot.chat.inbox import MailboxApplication

logger = logging.getLogger(__name__)


FIRST_RETRY, LONGEST_RETRY = 1.0, 30.0  # seconds between attempts to reach Telegram at start


class TokenRefused(Exception):
    """Telegram doesn't know the token."""


class LastingBot(ExtBot[None]):
    """Goes on asking for updates though Telegram refuses the token.

    python-telegram-bot ends its polling for good at the first 401 or 404, which Telegram also gives
    during its own outages and the operator may mend.
    """

    async def get_updates(self, *args: object, **kwargs: object) -> tuple[Update, ...]:
        """Give updates as `telegram.Bot.get_updates` does; a refused token is a NetworkError."""
        try:
            return await super().get_updates(*args, **kwargs)  # type: ignore[arg-type]
        except InvalidToken as error:
            raise NetworkError("the token is refused") from error


class PollingTrouble:
    """Says once, of each kind of trouble that polling runs into, that it did."""

    def __init__(self) -> None:
        self._last: type[BaseException] | None = None

    def __call__(self, error: TelegramError) -> None:
        """Take an error from the polling loop, which tries again by itself."""
        kind = type(error.__cause__ or error)
        if kind is not self._last:
            logger.warning(
                "asking Telegram for updates fails for now", extra={"error": kind.__name__}
            )
        self._last = kind


async def reach(application: MailboxApplication) -> None:
    """Initialize the application as soon as Telegram answers. Raises TokenRefused."""
    wait = FIRST_RETRY
    while True:
        try:
            await application.initialize()
        except InvalidToken:
            raise TokenRefused from None
        except TelegramError as error:
            if wait == FIRST_RETRY:
                cause = type(error.__cause__ or error).__name__
                logger.warning(
                    "Telegram can't be reached; trying until it can", extra={"error": cause}
                )
        else:
            return
        await asyncio.sleep(wait)
        wait = min(wait * 2, LONGEST_RETRY)
