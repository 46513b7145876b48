"""The two run modes: on Telegram, and all by itself in the local mode."""

import asyncio
import logging
import math
import os
import signal
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, TextIO, TypeVar

from bot.app import App
from bot.botapi.budget import Rates
from bot.botapi.client import Requests
from bot.clock import MovableClock, SystemClock
from bot.local.browser import browser
from bot.local.console import Console
from bot.local.files import empty
from bot.local.mailserver import MailServer
from bot.local.request import LocalRequest
from bot.local.telegram import Telegram
from bot.locales import catalog
from bot.settings import Security, Settings, SmtpSettings, TelegramSettings
from bot.store.lock import FolderLock
from bot.tuning import Tuning

Result = TypeVar("Result")

logger = logging.getLogger(__name__)

LOCAL_FOLDER = "local"
LOCAL_SENDER = "Slow Mailbox <letters@slow-mailbox.example>"
# The local Telegram has no limits, and the only person there may type a whole script at once.
UNHURRIED = Tuning(rates=Rates(overall=math.inf, per_chat=math.inf), answers_a_minute=math.inf)


async def on_telegram(settings: Settings, telegram: TelegramSettings, smtp: SmtpSettings) -> None:
    """Serve people on Telegram until told to stop.

    Raises FolderInUse, TokenRefused, OtherBot, StoreError, NewerDatabase, LostKey.
    """
    with FolderLock(settings.data_dir):
        app = await App.open(settings, telegram=telegram, smtp=smtp, clock=SystemClock())
        try:
            await _until_told_to_stop(_serve(app, wrapped=bool(settings.letter_keys)))
        finally:
            await app.close()


async def locally(settings: Settings, stdin: TextIO, stdout: TextIO) -> None:
    """Serve whoever sits at the terminal until its input ends. Raises as `on_telegram`."""
    settings = replace(settings, data_dir=settings.data_dir / LOCAL_FOLDER, address_dns=False)
    with FolderLock(settings.data_dir) as lock:
        while await _begins_anew(settings, stdin, stdout):
            empty(settings.data_dir, but=lock.path)


async def _begins_anew(settings: Settings, stdin: TextIO, stdout: TextIO) -> bool:
    """Serve the terminal; returns whether everything should be erased and begun anew."""
    async with AsyncExitStack() as stack:
        console = await _local_console(settings, stdin, stdout, stack)
        return bool(await _until_told_to_stop(console.run()))


async def _local_console(
    settings: Settings, stdin: TextIO, stdout: TextIO, stack: AsyncExitStack
) -> Console:
    in_terminal = stdin.isatty() and stdout.isatty()
    clock = MovableClock()
    telegram = Telegram(clock=clock, state_file=settings.data_dir / "telegram.json")
    clock.ahead = telegram.skipped
    mail_server = MailServer(settings.data_dir / "mail")
    await mail_server.start()
    stack.push_async_callback(mail_server.stop)
    app = await App.open(
        settings,
        telegram=TelegramSettings(token="1:local", base_url="http://telegram.invalid"),  # noqa: S106
        smtp=_local_smtp(mail_server.port),
        clock=clock,
        requests=Requests(calls=LocalRequest(telegram), updates=LocalRequest(telegram)),
        tuning=UNHURRIED,
    )
    stack.push_async_callback(app.close)
    console = Console(
        telegram=telegram,
        mail_server=mail_server,
        clock=clock,
        catalog=catalog(settings.language),
        zone=settings.zone,
        settle=app.settle,
        next_due=app.next_due,
        browse=browser() if in_terminal else None,
        stdin=stdin,
        stdout=stdout,
        colour=stdout.isatty() and "NO_COLOR" not in os.environ,
    )
    await app.start()
    return console


def _local_smtp(port: int) -> SmtpSettings:
    return SmtpSettings(
        host="127.0.0.1",
        port=port,
        username=None,
        password=None,
        security=Security.NONE,
        sender=LOCAL_SENDER,
    )


async def _serve(app: App, *, wrapped: bool) -> None:
    if not wrapped:
        logger.info(
            "who has ledger.db too can read letters; `python -m bot keys` tells how to prevent that"
        )
    await app.start()
    logger.info("the bot is ready", extra={"bot": f"@{app.username}"})
    await asyncio.get_running_loop().create_future()


async def _until_told_to_stop(work: Coroutine[Any, Any, Result]) -> Result | None:
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
