"""The commands: `run`, `local`; with none given, whichever the settings allow."""

import argparse
import asyncio
import os
import sys
from collections.abc import Coroutine, Sequence
from typing import Any

from bot import logs, modes
from bot.app import TokenRefused
from bot.config import ConfigError, Settings, read_settings
from bot.store.database import StoreError
from bot.store.lock import FolderInUse
from bot.store.migrations import NewerDatabase

OK, FAILED, MISUSED = 0, 1, 2
PRIVATE = 0o077  # what is made is the operator's alone


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives the process's exit code: 0, 1 for a failure, 2 for a wrong setting."""
    os.umask(PRIVATE)
    command = _parser().parse_args(arguments).command
    try:
        settings = read_settings()
        logs.set_up(settings.log_level, settings.secrets)
        return _run(_mode(command, settings), settings)
    except ConfigError as problem:
        return _complain(str(problem), MISUSED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot",
        description="Slow Mailbox: brings your own words back, 7 and 30 days later."
        " Without a command: on Telegram if TELEGRAM_BOT_TOKEN is set, else locally.",
    )
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("run", help="serve people on Telegram")
    commands.add_parser("local", help="try it here: a Telegram and a mail server in this terminal")
    return parser


def _mode(command: str | None, settings: Settings) -> Coroutine[Any, Any, None]:
    if command == "local" or (command is None and settings.telegram is None):
        if command is None:
            _say(
                "No TELEGRAM_BOT_TOKEN is set, so this is the local mode; README.md tells the rest."
            )
        return modes.locally(settings, sys.stdin, sys.stdout)
    if settings.telegram is None:
        raise ConfigError("TELEGRAM_BOT_TOKEN must be set: @BotFather on Telegram gives you one")
    if settings.smtp is None:
        raise ConfigError("SMTP_HOST must be set: the mail server that takes the letters")
    return modes.on_telegram(settings, settings.telegram, settings.smtp)


def _run(mode: Coroutine[Any, Any, None], settings: Settings) -> int:
    try:
        asyncio.run(mode)
    except FolderInUse:
        return _complain(f"{settings.data_dir}: another process is using this folder", FAILED)
    except TokenRefused:
        return _complain("TELEGRAM_BOT_TOKEN is not a token Telegram knows", MISUSED)
    except NewerDatabase:
        return _complain("the database was written by a newer version; upgrade this one", FAILED)
    except (StoreError, OSError) as error:
        return _complain(f"{settings.data_dir}: can't be used ({type(error).__name__})", FAILED)
    return OK


def _complain(text: str, code: int) -> int:
    _say(text)
    return code


def _say(text: str) -> None:
    sys.stderr.write(f"slow-mailbox: {text}\n")
