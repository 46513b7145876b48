"""A look at everything the bot needs, before it runs or beside it; nothing is sent or changed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.app import DATABASE
from bot.clock import SystemClock
from bot.delivery.smtp_check import try_server
from bot.settings import Settings, SmtpSettings, TelegramSettings
from bot.store import inspection
from bot.store.database import StoreError
from bot.store.inspection import Condition
from bot.store.migrations import NewerDatabase
from bot.store.vault import Keys, LostKey, name_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How one part is; `text` is one line for the operator."""

    part: str
    ok: bool
    text: str

    def __str__(self) -> str:
        return f"{'ok' if self.ok else 'FAULT':<6} {self.part:<9} {self.text}"


async def look_over(settings: Settings) -> AsyncIterator[Finding]:
    """Look at each part in turn."""
    yield _settings(settings)
    yield await _store(settings)
    yield await _mail(settings.smtp)
    yield await _telegram(settings.telegram)


def _settings(settings: Settings) -> Finding:
    if not settings.letter_keys:
        text = "letters are not encrypted; `python -m bot keys` tells how"
    else:
        text = f"letters are encrypted with key {name_of(settings.letter_keys[0])}"
    return Finding(part="settings", ok=True, text=text)


async def _store(settings: Settings) -> Finding:
    path = settings.data_dir / DATABASE
    if not path.exists():
        return Finding(part="store", ok=True, text=f"{path} will be made at the first start")
    try:
        condition = await inspection.inspect(path, Keys.of(settings.letter_keys))
    except NewerDatabase:
        return Finding(
            part="store", ok=False, text=f"{path} was written by a newer version; upgrade this one"
        )
    except LostKey as lost:
        text = f"LETTER_KEYS lacks key {lost.name}; put it back, or what it encrypted is lost"
        return Finding(part="store", ok=False, text=text)
    except StoreError as error:
        text = f"{path} can't be read ({type(error).__name__}); is it whole, and this user's?"
        return Finding(part="store", ok=False, text=text)
    return Finding(part="store", ok=not condition.faults, text=_told(condition))


def _told(condition: Condition) -> str:
    if condition.faults:
        return f"damaged; faults that SQLite finds: {condition.faults:,}; bring back a copy"
    if condition.outdated:
        return "whole; the next start brings it up to date"
    told = f"whole; letters: {condition.letters:,}"
    if condition.unrotated:
        told += f"; {condition.unrotated:,} values wait for `python -m bot keys --rotate`"
    return told


async def _mail(settings: SmtpSettings | None) -> Finding:
    if settings is None:
        text = "SMTP_HOST is not set; it names the mail server that takes the letters"
        return Finding(part="mail", ok=False, text=text)
    trial = await try_server(settings, SystemClock())
    return Finding(part="mail", ok=trial.ok, text=trial.text)


async def _telegram(settings: TelegramSettings | None) -> Finding:
    if settings is None:
        text = "TELEGRAM_BOT_TOKEN is not set; @BotFather on Telegram gives you one"
        return Finding(part="telegram", ok=False, text=text)
    try:
        async with Bot(settings.token, base_url=f"{settings.base_url}/bot") as bot:
            return Finding(part="telegram", ok=True, text=f"the bot is @{bot.username}")
    except InvalidToken:
        text = "TELEGRAM_BOT_TOKEN is not a token Telegram knows; copy it anew from @BotFather"
    except TelegramError as error:
        name = type(error.__cause__ or error).__name__
        text = f"can't be reached ({name}); look at the network, or at TELEGRAM_BASE_URL"
    return Finding(part="telegram", ok=False, text=text)
