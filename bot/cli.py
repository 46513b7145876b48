"""The commands; with none given, `run` or `local`, whichever the settings allow."""

import argparse
import asyncio
import io
import os
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from bot import check, file_permissions, log, resend, run
from bot.app import DATABASE
from bot.botapi.client import TokenRefused
from bot.clock import SystemClock
from bot.settings import (
    ENV_FILE,
    ConfigError,
    Settings,
    read_settings,
    unknown_keys,
    unreadable_lines,
)
from bot.store import rotation
from bot.store.database import StoreError, name_of_error
from bot.store.failures import Failures, Owed
from bot.store.letter_keys import Keys, LostKey, name_of, new_key
from bot.store.lock import FolderInUse, NoStore, opened_alone
from bot.store.meta import OtherBot
from bot.store.migrations import NewerDatabase
from bot.store.pairing import (
    DamagedStore,
    LedgerMissing,
    NotAPair,
    StoreMissing,
    SuppressionsOfAnotherStore,
)
from bot.store.vault import Undecipherable

OK, FAILED, MISUSED = 0, 1, 2
PRIVATE = 0o077  # what is made is the operator's alone


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the process's exit code: 0, 1 for a failure, 2 for a wrong setting."""
    os.umask(PRIVATE)
    asked = _parser().parse_args(arguments)
    if asked.command == "keys" and not asked.rotate:
        return _show_new_key()
    try:
        for line in unreadable_lines():
            _say(f"{ENV_FILE}: line {line} can't be read and sets nothing; it wants KEY=value")
        settings = read_settings()
        log.set_up(settings.log_level, settings.secrets)
        return _run(_work(asked, settings), _folder(asked, settings))
    except ConfigError as problem:
        return _complain(str(problem), FAILED if asked.command == "check" else MISUSED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot",
        description="Slow Mailbox: brings your own words back, 7 and 30 days later."
        " Without a command: on Telegram if TELEGRAM_BOT_TOKEN is set, else locally.",
    )
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("run", help="serve people on Telegram")
    commands.add_parser("local", help="try it here: a Telegram and a mail server in this terminal")
    commands.add_parser("check", help="look whether the settings, store, mail and Telegram work")
    keys = commands.add_parser("keys", help="make a key that wraps those of letters")
    keys.add_argument(
        "--rotate", action="store_true", help="wrap letters' keys with the first of LETTER_KEYS"
    )
    again = commands.add_parser("resend", help="owe again what failed wrongly, or list why it did")
    again.add_argument("--failed", metavar="REASON", nargs="?", help="a reason, or how it begins")
    again.add_argument("--since", metavar="WHEN", help="a date, a time, or 7d or 12h back from now")
    again.add_argument("--dry-run", action="store_true", help="count, and change nothing")
    return parser


def _work(asked: argparse.Namespace, settings: Settings) -> Coroutine[Any, Any, int | None]:
    command: str | None = asked.command
    if command is None and settings.telegram is None:
        _say("No TELEGRAM_BOT_TOKEN is set, so this is the local mode; README.md tells the rest.")
    _warn(_folder(asked, settings))
    if _is_local(asked, settings):
        return _serve_locally(settings)
    if command == "check":
        return _check(settings)
    if command == "keys":
        return _rotate(settings)
    if command == "resend":
        return _resend(settings, asked.failed or "", asked.since, dry=asked.dry_run)
    if settings.telegram is None:
        raise ConfigError("TELEGRAM_BOT_TOKEN must be set: @BotFather on Telegram gives you one")
    if settings.smtp is None:
        raise ConfigError("SMTP_HOST must be set: the mail server that takes the letters")
    return run.on_telegram(settings, settings.telegram, settings.smtp)


def _is_local(asked: argparse.Namespace, settings: Settings) -> bool:
    return asked.command == "local" or (asked.command is None and settings.telegram is None)


def _folder(asked: argparse.Namespace, settings: Settings) -> Path:
    """Return where a command's store is, for what is said of it."""
    return (settings.for_local_mode() if _is_local(asked, settings) else settings).data_dir


async def _serve_locally(settings: Settings) -> None:
    from bot import local_mode

    await local_mode.serve(settings, sys.stdin or io.StringIO(), sys.stdout)


def _show_new_key() -> int:
    key = new_key()
    sys.stdout.write(f"{key}\n")
    _say(f"this is key {name_of(key)}; keep a copy elsewhere, for all letters are lost with it")
    _say("set it as LETTER_KEYS, older keys behind it; `python -m bot keys --rotate` does the rest")
    return OK


async def _check(settings: Settings) -> int:
    code = OK
    async for finding in check.look_over(settings):
        sys.stdout.write(f"{finding}\n")
        code = code if finding.ok else FAILED
    return code


async def _rotate(settings: Settings) -> None:
    if not settings.letter_keys:
        raise ConfigError("LETTER_KEYS must be set: `python -m bot keys` makes a key")
    done = 0
    for path in _stores(settings):
        async with opened_alone(path, Keys.of(settings.letter_keys)) as database:
            done += await rotation.rotate(database)
    name = name_of(settings.letter_keys[0])
    sys.stdout.write(f"{done:,} keys wrapped anew; all are with key {name} now\n")


def _stores(settings: Settings) -> list[Path]:
    """Return the stores there are, of the bot and of the local mode. Raises NoStore."""
    folders = (settings.data_dir, settings.for_local_mode().data_dir)
    stores = [path for folder in folders if (path := folder / DATABASE).exists()]
    if not stores:
        raise NoStore
    return stores


async def _resend(settings: Settings, reason: str, when: str | None, *, dry: bool) -> None:
    """List what failed, by reason; with one, owe it again unless that is only tried out."""
    if not (reason.isascii() and reason.isprintable()):
        raise ConfigError("--failed wants a reason as `python -m bot resend` lists them")
    folder, keys_at_hand = settings.data_dir, Keys.of(settings.letter_keys)
    now = SystemClock().now()
    try:
        since = resend.since(when, now=now, zone=settings.zone) if when else resend.EVER
    except resend.BadMoment:
        raise ConfigError(
            "--since wants a moment that is past: 2026-01-31, 2026-01-31T18:00, 7d or 12h"
        ) from None
    if dry or not reason:
        _list_failures(await resend.by_reason(folder, keys_at_hand, reason, since))
    else:
        owed = await resend.owe_again(folder, keys_at_hand, reason, since, now)
        sys.stdout.write(f"{_told(owed)}\n")


def _list_failures(failed: Sequence[Failures]) -> None:
    for each in failed:
        sys.stdout.write(f"{each.number:>9,}  {each.reason}\n")
    total = sum(each.number for each in failed)
    sys.stdout.write(f"{total:>9,}  in all; nothing is changed\n")


def _told(owed: Owed) -> str:
    if owed == Owed(due=0, held=0):
        return "nothing failed so, and nothing is changed; `python -m bot resend` lists what did"
    told = f"{owed.due:,} owed again, to go out once the bot runs"
    if owed.held:
        told += f"; {owed.held:,} more as soon as their address is confirmed and takes mail"
    return told


def _warn(folder: Path) -> None:
    for key in unknown_keys():
        _say(f"{ENV_FILE}: {key} is no setting; .env.example lists them all")
    for warning in file_permissions.warnings(env_file=ENV_FILE, folder=folder):
        _say(warning)


def _run(work: Coroutine[Any, Any, int | None], folder: Path) -> int:
    try:
        return asyncio.run(work) or OK
    except KeyboardInterrupt:
        return FAILED
    except tuple(_PROBLEMS) as problem:
        text, code = _PROBLEMS[type(problem)]
        return _complain(text.format(folder=folder), code)
    except LostKey as lost:
        text = f"LETTER_KEYS lacks key {lost.name}: letters can't be read without it"
        return _complain(text, MISUSED)
    except DamagedStore as damage:
        text = f"{folder}: {damage.name} is damaged: bring back a copy"
        return _complain(text, MISUSED)
    except (StoreError, OSError) as error:
        return _complain_of_system(error, folder)


_PROBLEMS: dict[type[Exception], tuple[str, int]] = {
    FolderInUse: (
        "{folder}: another process is using this folder; if that is the bot, stop it first",
        FAILED,
    ),
    NoStore: (
        "{folder}: no bot.db is there; start this where you start the bot, with its DATA_DIR",
        FAILED,
    ),
    TokenRefused: ("TELEGRAM_BOT_TOKEN is not a token Telegram knows", MISUSED),
    OtherBot: (
        "{folder} is another bot's: set its TELEGRAM_BOT_TOKEN or another DATA_DIR",
        MISUSED,
    ),
    SuppressionsOfAnotherStore: (
        "{folder} has stopped.txt but not its bot.db: bring it back, or move stopped.txt away",
        FAILED,
    ),
    StoreMissing: (
        "{folder} has ledger.db but not its bot.db: bring back a copy, or move ledger.db away",
        MISUSED,
    ),
    LedgerMissing: (
        "{folder} has bot.db but not its ledger.db, which has its keys: bring back a copy",
        MISUSED,
    ),
    NotAPair: (
        "{folder} has a bot.db that isn't its ledger.db's: bring back one that is",
        MISUSED,
    ),
    Undecipherable: (
        "{folder}: damaged, bot.db's secret can't be read: bring back a copy of both files",
        FAILED,
    ),
    NewerDatabase: ("the database was written by a newer version; upgrade this one", FAILED),
}


def _complain_of_system(error: StoreError | OSError, folder: Path) -> int:
    """Name an error as the system or SQLite does; its text could quote what people wrote."""
    if isinstance(error, BrokenPipeError):
        # Or Python would trip over what is left to be written once more, at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _complain("nobody reads the output any more", FAILED)
    name = name_of_error(error) if isinstance(error, StoreError) else error.strerror
    told = check.obstacle(folder) or f"{folder}: can't be used"
    return _complain(f"{told} ({name or type(error).__name__})", FAILED)


def _complain(text: str, code: int) -> int:
    _say(text)
    return code


def _say(text: str) -> None:
    sys.stderr.write(f"slow-mailbox: {text}\n")
