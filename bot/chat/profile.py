"""How the bot presents itself in Telegram: its menu of commands and its descriptions."""

import logging
from collections.abc import Sequence

from telegram import Bot, BotCommand
from telegram.error import TelegramError

from bot.chat.handlers import MENU
from bot.locales import LANGUAGES, Catalog, Language, catalog

logger = logging.getLogger(__name__)


async def present(bot: Bot, *, default: Language, days: Sequence[int]) -> None:
    """Set the menu and the descriptions, per language and for all others in the default one.

    What Telegram doesn't take is logged: the bot works without it.
    """
    try:
        for code, language in ((None, default), *((each, each) for each in LANGUAGES)):
            await _present(bot, code, catalog(language), days)
    except TelegramError as error:
        logger.warning("the bot's profile was not set", extra={"error": type(error).__name__})


async def _present(bot: Bot, code: str | None, speech: Catalog, days: Sequence[int]) -> None:
    after = speech.after(days)
    menu = [BotCommand(name, speech.say(f"command-{name}")) for name in MENU]
    await bot.set_my_commands(menu, language_code=code)
    await bot.set_my_description(speech.say("description", after=after), language_code=code)
    await bot.set_my_short_description(
        speech.say("short-description", after=after), language_code=code
    )
