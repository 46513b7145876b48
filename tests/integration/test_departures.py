"""Messages leave for Telegram over HTTP no more often than they may."""

import asyncio
from datetime import timedelta

from telegram import Bot

from bot.botapi.client import Requests
from bot.botapi.departures import GUARD
from tests.support.bot_api import BotApiServer
from tests.support.clock import ManualClock
from tests.support.telegram import ScriptedTelegram

SEND = "sendMessage"


async def test_a_message_waits_with_its_connection_made_and_what_says_nothing_passes_it(
    bot_api: BotApiServer, clock: ManualClock, telegram: ScriptedTelegram
) -> None:
    requests = Requests.over_http(clock, 1)
    bot = Bot(bot_api.token, base_url=bot_api.base_url, request=requests.calls)
    person = telegram.person("you")
    gate = bot_api.hold(SEND)
    first = asyncio.create_task(bot.send_message(person.id, "one"))
    await gate.reached()
    second = asyncio.create_task(bot.send_message(person.id, "two"))
    await clock.asleep()
    await bot_api.wait_for_connections(2)
    await bot.get_me()
    assert len(bot_api.calls_of(SEND)) == 1
    gate.release()
    clock.advance(timedelta(seconds=1 + GUARD))
    await asyncio.gather(first, second)
    assert [call.parameters["text"] for call in bot_api.calls_of(SEND)] == ["one", "two"]
    await requests.calls.shutdown()
