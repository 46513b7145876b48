"""The run mode on Telegram."""

import asyncio
import logging
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from bot.app import App
from bot.clock import SystemClock
from bot.settings import Settings, SmtpSettings, TelegramSettings
from bot.store.lock import FolderLock

Result = TypeVar("Result")

logger = logging.getLogger(__name__)


async def on_telegram(settings: Settings, telegram: TelegramSettings, smtp: SmtpSettings) -> None:
    """Serve people on Telegram until told to stop.

    Raises FolderInUse, TokenRefused, OtherBot, StoreError, NewerDatabase, LostKey.
    """
    with FolderLock(settings.data_dir):
        opening = App.open(settings, telegram=telegram, smtp=smtp, clock=SystemClock())
        if (app := await until_told_to_stop(opening)) is None:
            return
        try:
            await until_told_to_stop(_serve(app, wrapped=bool(settings.letter_keys)))
        finally:
            await app.close()


async def _serve(app: App, *, wrapped: bool) -> None:
    if not wrapped:
        logger.info(
            "who has ledger.db too can read letters; `python -m bot keys` tells how to prevent that"
        )
    await app.start()
    logger.info("the bot is ready", extra={"bot": f"@{app.username}"})
    await asyncio.get_running_loop().create_future()


async def until_told_to_stop(work: Coroutine[Any, Any, Result]) -> Result | None:
    """Return the result of some work; None if SIGTERM or SIGINT came first."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await asyncio.wait([task])
        return None if task.cancelled() else task.result()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
