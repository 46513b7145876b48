"""How the bot presents itself in Telegram: its menu of commands and its descriptions."""

import logging

from telegram import Bot, BotCommand
from telegram.error import TelegramError

from bot.chat.handlers import COMMANDS
from bot.locales import Language, catalog

logger = logging.getLogger(__name__)


async def present(bot: Bot) -> None:
    """Set the menu and the descriptions, per language and for all others in English.

    What Telegram doesn't take is logged: the bot works without it.
    """
    try:
        for code, language in ((None, Language.EN), *((each.value, each) for each in Language)):
            await _present(bot, code, language)
    except TelegramError as error:
        logger.warning("the bot's profile was not set", extra={"error": type(error).__name__})


async def _present(bot: Bot, code: str | None, language: Language) -> None:
    speech = catalog(language)
    menu = [BotCommand(name, speech.say(f"command-{name}")) for name in COMMANDS]
    await bot.set_my_commands(menu, language_code=code)
    await bot.set_my_description(speech.say("description"), language_code=code)
    await bot.set_my_short_description(speech.say("short-description"), language_code=code)
