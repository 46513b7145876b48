import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from bot.local.messages import Upload
from bot.local.people import Person
from bot.local.telegram import Telegram
from tests.support.bot_api import (
    NO_CERTIFICATES,
    BotApiServer,
    bad_gateway,
    blocked,
    chat_not_found,
    deactivated,
    flood,
    malformed_json,
    migrated,
    server_error,
)
from tests.support.faults import Fault, accept_then, accept_then_drop, drop, reset, silence

ME = Person(name="Me")


class Echo:
    """A far end that says ok and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, object]]] = []

    async def call(self, method: str, parameters: Mapping[str, object]) -> tuple[int, bytes]:
        self.asked.append((method, parameters))
        return 200, b'{"ok":true,"result":true}'


@pytest.fixture
async def bot(bot_api: BotApiServer) -> AsyncIterator[Bot]:
    async with bot_of(bot_api) as bot:
        yield bot


def bot_of(bot_api: BotApiServer, token: str | None = None, read_timeout: float = 20) -> Bot:
    return Bot(
        token or bot_api.token,
        base_url=bot_api.base_url,
        base_file_url=bot_api.base_file_url,
        request=_client(read_timeout),
        get_updates_request=_client(read_timeout),
    )


def _client(read_timeout: float) -> HTTPXRequest:
    return HTTPXRequest(read_timeout=read_timeout, httpx_kwargs=NO_CERTIFICATES)


async def test_a_bot_talks_with_a_person(bot: Bot, telegram: Telegram) -> None:
    telegram.say(ME, "/write")
    (update,) = await bot.get_updates(timeout=20)
    assert update.message is not None
    await update.message.reply_text(
        "무엇을 적어 둘까요?",
        reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("Stop", callback_data="stop")]]),
    )
    last = telegram.chat(ME)[-1]
    assert last.wire["text"] == "무엇을 적어 둘까요?"
    assert last.buttons[0][0].label == "Stop"


async def test_a_poll_waits_on_its_connection_for_what_is_said_later(
    bot: Bot, bot_api: BotApiServer, telegram: Telegram
) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=20))
    await bot_api.wait_for_calls("getUpdates", 1)
    telegram.say(ME, "hello")
    assert [update.message and update.message.text for update in await polling] == ["hello"]


async def test_a_poll_whose_client_has_died_takes_nothing(
    bot_api: BotApiServer, telegram: Telegram
) -> None:
    async with bot_of(bot_api) as dying:
        polling = asyncio.create_task(dying.get_updates(timeout=20))
        await bot_api.wait_for_calls("getUpdates", 1)
        polling.cancel()
        await asyncio.wait({polling})
    await bot_api.wait_until_idle()
    telegram.say(ME, "hello")
    async with bot_of(bot_api) as living:
        assert len(await living.get_updates(timeout=20)) == 1
    assert [call.handled for call in bot_api.calls_of("getUpdates")] == [False, True]


async def test_a_file_comes_whole(bot: Bot, telegram: Telegram, bot_api: BotApiServer) -> None:
    content = bytes(range(256)) + b"\r\n--\r\n"
    telegram.say(ME, "hello")
    await bot.send_document(ME.id, content, filename="편지.json", caption="yours")
    (call,) = bot_api.calls_of("sendDocument")
    assert call.parameters["caption"] == "yours"
    assert call.parameters["document"] == Upload(name="편지.json", content=content)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", json.dumps({"chat_id": 7, "text": "안녕"}).encode()),
        ("application/x-www-form-urlencoded", b"chat_id=7&text=%EC%95%88%EB%85%95"),
    ],
)
async def test_json_and_forms_are_read(kind: str, body: bytes) -> None:
    far_end = Echo()
    async with BotApiServer(far_end) as bot_api:
        head = f"POST /bot{bot_api.token}/sendMessage HTTP/1.1\r\nContent-Type: {kind}\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", bot_api.port)
        writer.write(f"{head}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        writer.write(body)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    ((method, parameters),) = far_end.asked
    assert (method, str(parameters["chat_id"]), parameters["text"]) == ("sendMessage", "7", "안녕")


async def test_one_connection_serves_many_calls(bot: Bot, bot_api: BotApiServer) -> None:
    for _ in range(5):
        await bot.get_me()
    assert bot_api.connections.value == 1


async def test_a_wrong_token_is_refused(bot_api: BotApiServer) -> None:
    stranger = bot_of(bot_api, token="123456:someone-elses")
    with pytest.raises(InvalidToken):
        await stranger.initialize()
    await stranger.shutdown()
    assert not bot_api.calls


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (blocked(), Forbidden),
        (deactivated(), Forbidden),
        (chat_not_found(), BadRequest),
        (migrated(-100), ChatMigrated),
        (flood(35), RetryAfter),
        (server_error(), NetworkError),
        (bad_gateway(), NetworkError),
        (malformed_json(), TelegramError),
        (drop(), NetworkError),
        (reset(), NetworkError),
    ],
    ids=str,
)
async def test_a_call_can_fail_and_then_nothing_was_sent(
    bot: Bot, bot_api: BotApiServer, telegram: Telegram, fault: Fault, error: type[Exception]
) -> None:
    telegram.say(ME, "hello")
    bot_api.fault("sendMessage", fault)
    with pytest.raises(error) as raised:
        await bot.send_message(ME.id, "a letter")
    assert type(raised.value) is error
    assert [(call.handled, call.replied) for call in bot_api.calls_of("sendMessage")] == [
        (False, False)
    ]
    assert len(telegram.chat(ME)) == 1
    await bot.send_message(ME.id, "a letter")
    assert len(telegram.chat(ME)) == 2


async def test_a_refusal_carries_its_parameters(bot: Bot, bot_api: BotApiServer) -> None:
    bot_api.fault("sendMessage", migrated(-100))
    bot_api.fault("sendMessage", flood(35))
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(ME.id, "a letter")
    with pytest.raises(RetryAfter) as early:
        await bot.send_message(ME.id, "a letter")
    assert moved.value.new_chat_id == -100
    assert early.value.retry_after in (35, timedelta(seconds=35))


@pytest.mark.parametrize("fault", [accept_then_drop(), accept_then(malformed_json())], ids=str)
async def test_a_message_may_arrive_though_its_reply_does_not(
    bot: Bot, bot_api: BotApiServer, telegram: Telegram, fault: Fault
) -> None:
    telegram.say(ME, "hello")
    bot_api.fault("sendMessage", fault)
    with pytest.raises(TelegramError):
        await bot.send_message(ME.id, "a letter")
    assert telegram.chat(ME)[-1].wire["text"] == "a letter"
    assert [(call.handled, call.replied) for call in bot_api.calls_of("sendMessage")] == [
        (True, False)
    ]


async def test_a_silent_server_makes_the_client_time_out(bot_api: BotApiServer) -> None:
    async with bot_of(bot_api, read_timeout=0.05) as bot:
        bot_api.fault("sendMessage", silence())
        with pytest.raises(TimedOut):
            await bot.send_message(ME.id, "a letter")


async def test_a_call_can_be_held_before_and_after_it_is_carried_out(
    bot: Bot, bot_api: BotApiServer, telegram: Telegram
) -> None:
    telegram.say(ME, "hello")
    before, after = bot_api.hold("sendMessage"), bot_api.hold_reply("sendMessage")
    sending = asyncio.create_task(bot.send_message(ME.id, "a letter"))
    await before.reached()
    assert len(telegram.chat(ME)) == 1
    before.release()
    await after.reached()
    assert len(telegram.chat(ME)) == 2
    assert not sending.done()
    after.release()
    await sending
    assert bot_api.calls_of("sendMessage")[0].replied
