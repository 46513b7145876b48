"""A data folder belongs to one bot: another one's message numbers could be taken for its own."""

from dataclasses import replace

import pytest

from bot.botapi.client import TokenRefused
from bot.store.meta import OtherBot
from tests.support.app import Harness


async def test_another_bot_is_refused_and_the_first_one_goes_on(harness: Harness) -> None:
    async with harness.app() as app:
        await harness.user(app).seal("Run", "me@example.com")
    other = replace(harness, environ={"TELEGRAM_BOT_TOKEN": "2:other"})
    with pytest.raises(OtherBot):
        async with other.app():
            pass
    async with harness.app() as app:
        assert "a mailbox" in (await harness.user(app).say("hello"))[-1].text


async def test_a_token_that_never_worked_claims_no_folder(harness: Harness) -> None:
    mistyped = replace(harness, environ={"TELEGRAM_BOT_TOKEN": "9:mistyped"})
    harness.telegram.fail_next("getMe", 401, {"description": "Unauthorized"})
    with pytest.raises(TokenRefused):
        async with mistyped.app():
            pass
    async with harness.app() as app:
        assert (await harness.user(app).say("/start"))[-1].text
