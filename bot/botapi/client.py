"""The bot as a client of the Bot API."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

import httpx
from telegram import Update
from telegram.error import InvalidToken, NetworkError, TelegramError
from telegram.ext import Application, ExtBot
from telegram.request import BaseRequest, HTTPXRequest

from bot.botapi.departures import Departures, hook
from bot.botapi.wire import WireUpdate
from bot.clock import Clock
from bot.settings import TelegramSettings

logger = logging.getLogger(__name__)

CONNECTIONS = 256
"""To the Bot API, opened as they are needed: a call whose answer is slow keeps one."""
FIRST_RETRY, LONGEST_RETRY = 1.0, 30.0  # seconds between attempts to reach Telegram at start

Receive = Callable[[Sequence[WireUpdate], ExtBot[None]], Awaitable[tuple[Update, ...]]]
"""Keeps a batch of updates before Telegram is told so, and returns an update for each.

Raises TelegramError where it can't; the batch is then asked for again.
"""


class TokenRefused(Exception):
    """Telegram doesn't know the token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """The HTTP clients: one for calls of the Bot API, one for the long polling."""

    calls: BaseRequest
    updates: BaseRequest

    @classmethod
    def over_http(cls, clock: Clock, most: int) -> Self:
        """Return those that go over the network; at most so many messages leave in a second.

        They share the authorities that they trust, which take longer to read than all the rest.
        """
        trust = {"verify": httpx.create_ssl_context()}
        hooks = {"event_hooks": {"request": [hook(Departures(clock, most))]}}
        calls = HTTPXRequest(connection_pool_size=CONNECTIONS, httpx_kwargs=trust | hooks)
        return cls(calls=calls, updates=HTTPXRequest(httpx_kwargs=trust))


class LastingBot(ExtBot[None]):
    """Goes on asking for updates though Telegram refuses the token, and hands them over unread.

    python-telegram-bot ends its polling for good at the first 401 or 404, which Telegram also gives
    during its own outages and the operator may mend. A batch with an update that it can't read it
    would ask for again for ever.
    """

    def __init__(self, telegram: TelegramSettings, requests: Requests, receive: Receive) -> None:
        super().__init__(
            telegram.token,
            base_url=f"{telegram.base_url}/bot",
            base_file_url=f"{telegram.base_url}/file/bot",
            request=requests.calls,
            get_updates_request=requests.updates,
        )
        self._receive = receive

    async def get_updates(  # type: ignore[override]  # only what the polling loop gives
        self,
        offset: int | None = None,
        *,
        timeout: timedelta = timedelta(),  # noqa: ASYNC109 - the Bot API's own
        allowed_updates: Sequence[str] | None = None,
    ) -> tuple[Update, ...]:
        """Return the updates that wait, received.

        Raises TelegramError; a refused token is a NetworkError.
        """
        return await self._receive(await self._ask(offset, timeout, allowed_updates), self)

    async def _ask(
        self, offset: int | None, span: timedelta, allowed: Sequence[str] | None
    ) -> list[WireUpdate]:
        seconds = span.total_seconds()
        parameters = {"offset": offset, "timeout": int(seconds), "allowed_updates": allowed}
        patience = seconds + (self._request[0].read_timeout or 0)
        try:
            wires: list[WireUpdate] = await self._post(
                "getUpdates", parameters, read_timeout=patience
            )
        except InvalidToken as error:
            raise NetworkError("the token is refused") from error
        return wires


class PollingTrouble:
    """Logs once, of each kind of trouble that polling runs into, that it did."""

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


async def reach(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
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
