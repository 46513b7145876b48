from unittest.mock import AsyncMock, call

from telegram import Bot

from bot.chat.handlers import COMMANDS
from bot.chat.profile import present
from bot.locales import LANGUAGES
from tests.support.languages import KOREAN


async def test_the_descriptions_name_the_days_that_are_set_in_each_language() -> None:
    bot = AsyncMock(spec=Bot)
    await present(bot, default=KOREAN, days=(3, 10))
    ko = "나에게 보내는 느린 편지, 3일 뒤와 10일 뒤에"
    en = "Slow letters to yourself, back after 3 and 10 days"
    assert bot.set_my_short_description.await_args_list == [
        call(ko, language_code=None),
        call(en, language_code="en"),
        call(ko, language_code="ko"),
    ]
    told = [each.args[0] for each in bot.set_my_description.await_args_list]
    assert ["3일 뒤와 10일 뒤에" in text for text in told] == [True, False, True]
    assert "after 3 and 10 days" in told[1]


async def test_the_menu_has_every_command_in_each_language() -> None:
    bot = AsyncMock(spec=Bot)
    await present(bot, default=KOREAN, days=(7, 30))
    menus = {
        each.kwargs["language_code"]: [command.command for command in each.args[0]]
        for each in bot.set_my_commands.await_args_list
    }
    assert menus == {code: [*COMMANDS] for code in (None, *LANGUAGES)}
