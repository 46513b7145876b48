"""A data folder belongs to one bot: another one's message numbers could be taken for its own."""

from dataclasses import replace

import pytest

from bot.botapi.client import TokenRefused
from bot.store.facts import OtherBot
from tests.support.house import Premises


async def test_another_bot_is_refused_and_the_first_one_goes_on(premises: Premises) -> None:
    async with premises.house() as house:
        await premises.guest(house).seal("Run", "me@example.com")
    other = replace(premises, environ={"TELEGRAM_BOT_TOKEN": "2:other"})
    with pytest.raises(OtherBot):
        async with other.house():
            pass
    async with premises.house() as house:
        assert "no letter" in (await premises.guest(house).say("hello"))[-1].text


async def test_a_token_that_never_worked_claims_no_folder(premises: Premises) -> None:
    mistyped = replace(premises, environ={"TELEGRAM_BOT_TOKEN": "9:mistyped"})
    premises.telegram.fail_next("getMe", 401, {"description": "Unauthorized"})
    with pytest.raises(TokenRefused):
        async with mistyped.house():
            pass
    async with premises.house() as house:
        assert (await premises.guest(house).say("/start"))[-1].text
