from typing import Any
from unittest.mock import AsyncMock

from telegram import Bot

from bot.chat.handlers import MENU
from bot.chat.profile import present
from bot.locales import LANGUAGES
from tests.support.languages import ENGLISH, KOREAN


def arguments(method: AsyncMock) -> dict[str | None, Any]:
    """Return what was set by each call, by its language."""
    return {call.kwargs["language_code"]: call.args[0] for call in method.await_args_list}


async def test_the_descriptions_name_the_days_that_are_set_in_each_language() -> None:
    bot = AsyncMock(spec=Bot)
    await present(bot, default=KOREAN, days=(3, 10))
    ko = "나에게 보내는 느린 편지, 3일 뒤와 10일 뒤에"
    en = "Slow letters to yourself, back after 3 and 10 days"
    short = arguments(bot.set_my_short_description)
    assert short.keys() == {None, *LANGUAGES}
    assert (short[None], short[KOREAN], short[ENGLISH]) == (ko, ko, en)
    told = arguments(bot.set_my_description)
    assert told.keys() == {None, *LANGUAGES}
    assert "3일 뒤와 10일 뒤에" in told[None] == told[KOREAN]
    assert "after 3 and 10 days" in told[ENGLISH]


async def test_the_menu_has_the_same_commands_in_each_language() -> None:
    bot = AsyncMock(spec=Bot)
    await present(bot, default=KOREAN, days=(7, 30))
    menus = {
        code: [command.command for command in menu]
        for code, menu in arguments(bot.set_my_commands).items()
    }
    assert menus == {code: [*MENU] for code in (None, *LANGUAGES)}
