"""A look at everything the bot needs, before it runs or beside it; nothing is sent or changed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError

from bot import file_permissions
from bot.app import DATABASE, bot_id_of
from bot.botapi.sending import probe
from bot.clock import SystemClock
from bot.delivery.smtp_check import try_server
from bot.settings import Settings, SmtpSettings, TelegramSettings
from bot.store import inspection, stopped_file
from bot.store.database import StoreError, name_of_error
from bot.store.inspection import Condition
from bot.store.ledger_file import LEDGER
from bot.store.letter_keys import Keys, LostKey, name_of
from bot.store.lock import FolderLock
from bot.store.migrations import NewerDatabase
from bot.store.pairing import (
    DamagedStore,
    LedgerMissing,
    NotAPair,
    StoreMissing,
    SuppressionsOfAnotherStore,
)
from bot.store.stopped_file import STOPPED
from bot.store.vault import Undecipherable


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How one part is; `text` is one line for the operator."""

    part: str
    ok: bool
    text: str

    def __str__(self) -> str:
        return f"{'ok' if self.ok else 'FAULT':<6} {self.part:<9} {self.text}"


def obstacle(folder: Path) -> str | None:
    """Return a line on what keeps this process from using a data folder; None if nothing does."""
    return file_permissions.obstacle(folder, (DATABASE, LEDGER, STOPPED, FolderLock.NAME))


async def look_over(settings: Settings) -> AsyncIterator[Finding]:
    """Return a finding for each part, as it is looked at."""
    yield _settings(settings)
    yield await _store(settings)
    yield await _mail(settings.smtp)
    yield await _telegram(settings.telegram, settings.admin_chat_id)


def _settings(settings: Settings) -> Finding:
    if not settings.letter_keys:
        text = (
            "whoever has both files can read letters; `python -m bot keys` tells how to prevent it"
        )
    else:
        text = f"letters' keys are wrapped with key {name_of(settings.letter_keys[0])}"
    return Finding(part="settings", ok=True, text=text)


async def _store(settings: Settings) -> Finding:
    folder, path = settings.data_dir, settings.data_dir / DATABASE
    if (told := obstacle(folder)) is not None:
        return _faulty(told)
    if await asyncio.to_thread(_is_new, folder):
        return Finding(part="store", ok=True, text=f"{path} will be made at the first start")
    return await _of_store(settings, path)


_UNPAIRED: dict[type[Exception], str] = {
    StoreMissing: f"has {LEDGER} but not its {DATABASE}; bring back a copy",
    LedgerMissing: f"has {DATABASE} but not its {LEDGER}; bring back a copy of that",
    NotAPair: f"has a {DATABASE} that isn't its {LEDGER}'s; bring back one that is",
    SuppressionsOfAnotherStore: (
        f"has {STOPPED} but not its {DATABASE}; bring it back, or move {STOPPED} away"
    ),
    Undecipherable: f"has a damaged {DATABASE} or {LEDGER}; bring back a copy of both",
}


async def _of_store(settings: Settings, path: Path) -> Finding:
    try:
        condition = await asyncio.to_thread(inspection.inspect, path, Keys.of(settings.letter_keys))
    except NewerDatabase:
        return _faulty(f"{path} was written by a newer version; upgrade this one")
    except LostKey as lost:
        return _faulty(f"LETTER_KEYS lacks key {lost.name}; put it back, or all letters are lost")
    except tuple(_UNPAIRED) as trouble:
        return _faulty(f"{settings.data_dir} {_UNPAIRED[type(trouble)]}")
    except DamagedStore as damage:
        return _faulty(f"{settings.data_dir / damage.name} is damaged; bring back a copy")
    except StoreError as error:
        return _faulty(
            f"{path} can't be read ({name_of_error(error)}); is it whole, and this user's?"
        )
    if condition.faults:
        return _faulty(
            f"damaged; faults that SQLite finds: {condition.faults:,}; bring back a copy"
        )
    bot_id = bot_id_of(settings.telegram.token) if settings.telegram else None
    if None not in {bot_id, condition.bot_id} and bot_id != condition.bot_id:
        return _faulty(
            f"{settings.data_dir} is another bot's; set its TELEGRAM_BOT_TOKEN or another DATA_DIR"
        )
    return Finding(part="store", ok=True, text=_told(condition))


def _is_new(folder: Path) -> bool:
    store_is_there = any(_has_length(folder / name) for name in (DATABASE, LEDGER))
    return not store_is_there and not stopped_file.read(folder)


def _has_length(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _faulty(text: str) -> Finding:
    return Finding(part="store", ok=False, text=text)


def _told(condition: Condition) -> str:
    if condition.outdated:
        return "whole; the next start brings it up to date"
    told = f"whole; letters: {condition.letters:,}"
    if condition.unrotated:
        told += f"; {condition.unrotated:,} keys wait for `python -m bot keys --rotate`"
    return told


async def _mail(settings: SmtpSettings | None) -> Finding:
    if settings is None:
        text = "SMTP_HOST is not set; it names the mail server that takes the letters"
        return Finding(part="mail", ok=False, text=text)
    trial = await try_server(settings, SystemClock())
    return Finding(part="mail", ok=trial.ok, text=trial.text)


async def _telegram(settings: TelegramSettings | None, admin: int | None) -> Finding:
    if settings is None:
        text = "TELEGRAM_BOT_TOKEN is not set; @BotFather on Telegram gives you one"
        return Finding(part="telegram", ok=False, text=text)
    try:
        async with Bot(settings.token, base_url=f"{settings.base_url}/bot") as bot:
            return await _of_bot(bot, admin)
    except InvalidToken:
        text = "TELEGRAM_BOT_TOKEN is not a token Telegram knows; copy it anew from @BotFather"
    except TelegramError as error:
        name = type(error.__cause__ or error).__name__
        text = f"can't be reached ({name}); look at the network, or at TELEGRAM_BASE_URL"
    return Finding(part="telegram", ok=False, text=text)


async def _of_bot(bot: Bot, admin: int | None) -> Finding:
    """Return which bot it is, and whether it can tell the operator of faults."""
    text = f"the bot is @{bot.username}"
    if admin is None:
        text += "; set ADMIN_CHAT_ID, or you are told of faults in the log only"
        return Finding(part="telegram", ok=True, text=text)
    try:
        await probe(bot, admin)
    except (BadRequest, Forbidden):
        text += ", but it can't write to ADMIN_CHAT_ID; send it /start from that account"
        return Finding(part="telegram", ok=False, text=text)
    return Finding(part="telegram", ok=True, text=f"{text}; you are told of faults there")
