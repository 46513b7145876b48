"""The local mode: the same program, with a Telegram and a mail server of its own inside."""

import math
import os
from contextlib import AsyncExitStack
from typing import TextIO

from bot.app import App
from bot.botapi.budget import Rates
from bot.botapi.client import Requests
from bot.clock import MovableClock
from bot.local.browser import browser
from bot.local.console import Console
from bot.local.files import empty
from bot.local.mailserver import MailServer
from bot.local.request import LocalRequest
from bot.local.telegram import Telegram
from bot.locales import catalog
from bot.run import until_told_to_stop
from bot.settings import Security, Settings, SmtpSettings, TelegramSettings
from bot.store.lock import FolderLock
from bot.tuning import Tuning

LOCAL_SENDER = "Slow Mailbox <letters@slow-mailbox.example>"
# The local Telegram has no limits, and the only person there may type a whole script at once.
UNHURRIED = Tuning(rates=Rates(overall=math.inf, per_chat=math.inf), answers_a_minute=math.inf)


async def serve(settings: Settings, stdin: TextIO, stdout: TextIO) -> None:
    """Serve whoever sits at the terminal until its input ends. Raises as `run.on_telegram`."""
    settings = settings.for_local_mode()
    with FolderLock(settings.data_dir) as lock:
        while await _begins_anew(settings, stdin, stdout):
            empty(settings.data_dir, but=lock.path)


async def _begins_anew(settings: Settings, stdin: TextIO, stdout: TextIO) -> bool:
    """Serve the terminal; returns whether everything should be erased and begun anew."""
    async with AsyncExitStack() as stack:
        console = await _local_console(settings, stdin, stdout, stack)
        return bool(await until_told_to_stop(console.run()))


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
