"""The bot as a client of the Bot API."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, Self

from telegram import Update
from telegram.error import InvalidToken, NetworkError, TelegramError
from telegram.ext import ExtBot
from telegram.request import BaseRequest, HTTPXRequest

from bot.chat.inbox import MailboxApplication
from bot.config import TelegramSettings

logger = logging.getLogger(__name__)

CONNECTIONS = 16  # to the Bot API: the chat lane's workers leave most of them to replies
FIRST_RETRY, LONGEST_RETRY = 1.0, 30.0  # seconds between attempts to reach Telegram at start


class TokenRefused(Exception):
    """Telegram doesn't know the token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """What carries calls to the Bot API, and what carries the long polling."""

    calls: BaseRequest
    updates: BaseRequest

    @classmethod
    def over_http(cls) -> Self:
        """Give those that go over the network."""
        calls = HTTPXRequest(connection_pool_size=CONNECTIONS)
        return cls(calls=calls, updates=HTTPXRequest())


class LastingBot(ExtBot[None]):
    """Goes on asking for updates though Telegram refuses the token, or one of them can't be read.

    python-telegram-bot ends its polling for good at the first 401 or 404, which Telegram also gives
    during its own outages and the operator may mend. Updates that it can't read, of another version
    of the Bot API say, it asks for again for ever.
    """

    @classmethod
    def at(cls, telegram: TelegramSettings, requests: Requests) -> Self:
        """Give the bot of these settings, not yet connected."""
        return cls(
            telegram.token,
            base_url=f"{telegram.base_url}/bot",
            base_file_url=f"{telegram.base_url}/file/bot",
            request=requests.calls,
            get_updates_request=requests.updates,
        )

    async def get_updates(self, *args: object, **kwargs: object) -> tuple[Update, ...]:
        """Give updates as `telegram.Bot.get_updates` does; a refused token is a NetworkError."""
        try:
            return await super().get_updates(*args, **kwargs)  # type: ignore[arg-type]
        except InvalidToken as error:
            raise NetworkError("the token is refused") from error
        except TelegramError:
            raise
        except Exception:
            logger.exception("updates can't be read; each is by itself")
            return await self._readable(kwargs.get("offset"))

    async def _readable(self, offset: object) -> tuple[Update, ...]:
        """Give the updates that wait; of one that can't be read, only its number."""
        waiting = await self._post("getUpdates", {"offset": offset})
        return tuple(self._read(wire) for wire in waiting)

    def _read(self, wire: dict[str, Any]) -> Update:
        try:
            return Update.de_json(wire, self)
        except Exception:
            about = {"update": wire["update_id"]}
            logger.exception("an update can't be read and is passed over", extra=about)
            return Update(wire["update_id"])


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
