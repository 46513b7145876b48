import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageEntity,
    Update,
)
from telegram.error import BadRequest, InvalidToken
from telegram.ext import Application, ApplicationBuilder, MessageHandler, filters

from bot.local.messages import Said, Upload
from bot.local.people import Person
from bot.local.request import LocalRequest
from bot.local.telegram import Telegram
from bot.text import Entity, Words
from tests.support.clock import ManualClock
from tests.support.telegram import in_memory

MINJI = Person(name="Minji", language_code="ko")
BOB = Person(name="Bob")
BUTTONS = InlineKeyboardMarkup(
    [
        [InlineKeyboardButton("Seal it", callback_data="seal")],
        [
            InlineKeyboardButton("Website", url="https://example.com/?start=no"),
            InlineKeyboardButton("Come in", url="https://t.me/slow_mailbox_bot?start=abc-1"),
        ],
    ]
)


@pytest.fixture
def events(telegram: Telegram) -> list[Said]:
    seen: list[Said] = []
    telegram.on_said = seen.append
    return seen


async def only_update(bot: Bot) -> Update:
    (update,) = await bot.get_updates()
    return update


async def test_what_a_person_says_reaches_the_bot(telegram: Telegram, bot: Bot) -> None:
    update_id = telegram.say(MINJI, "/start hello")
    update = await only_update(bot)
    assert update.update_id == update_id
    assert update.message is not None
    assert update.effective_user is not None
    assert update.message.chat.id == update.effective_user.id == MINJI.id
    assert update.message.chat.type == "private"
    assert update.effective_user.language_code == "ko"
    assert update.message.parse_entities() == {
        MessageEntity(type="bot_command", offset=0, length=6): "/start"
    }


async def test_a_person_without_a_language_sends_none(telegram: Telegram, bot: Bot) -> None:
    telegram.say(BOB, "hi")
    update = await only_update(bot)
    assert update.effective_user is not None
    assert update.effective_user.language_code is None


async def test_formatted_words_keep_their_formatting(telegram: Telegram, bot: Bot) -> None:
    telegram.say(BOB, Words("run daily", (Entity(type="bold", offset=4, length=5),)))
    update = await only_update(bot)
    assert update.message is not None
    assert list(update.message.parse_entities().values()) == ["daily"]


async def test_an_update_comes_again_until_the_offset_confirms_it(
    telegram: Telegram, bot: Bot
) -> None:
    first, second = telegram.say(BOB, "one"), telegram.say(BOB, "two")
    confirmed = asyncio.create_task(telegram.confirmed(first))
    assert [update.update_id for update in await bot.get_updates()] == [first, second]
    assert not confirmed.done()
    assert [update.update_id for update in await bot.get_updates(offset=second)] == [second]
    await confirmed
    assert await bot.get_updates(offset=second + 1) == ()
    await telegram.confirmed(second)


async def test_a_long_poll_returns_as_soon_as_something_is_said(
    telegram: Telegram, bot: Bot
) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=60))
    await asyncio.sleep(0)
    update_id = telegram.say(BOB, "hello")
    assert [update.update_id for update in await polling] == [update_id]


async def test_an_empty_text_is_not_sent(telegram: Telegram) -> None:
    with pytest.raises(ValueError, match="empty"):
        telegram.say(BOB, " \n")


async def test_what_the_bot_says_is_shown_with_its_buttons(
    telegram: Telegram, bot: Bot, events: list[Said]
) -> None:
    entities = [MessageEntity(type="bold", offset=0, length=5)]
    sent = await bot.send_message(BOB.id, "Ready?", entities=entities, reply_markup=BUTTONS)
    (event,) = events
    assert event.message.id == sent.message_id
    assert event.message.words == Words("Ready?", (Entity(type="bold", offset=0, length=5),))
    assert [[button.label for button in row] for row in event.message.buttons] == [
        ["Seal it"],
        ["Website", "Come in"],
    ]
    assert sent.reply_markup == BUTTONS
    assert list(sent.parse_entities().values()) == ["Ready"]


async def test_a_pressed_button_calls_back_and_is_answered_once(
    telegram: Telegram, bot: Bot
) -> None:
    sent = await bot.send_message(BOB.id, "Ready?", reply_markup=BUTTONS)
    telegram.press(BOB, "Seal")
    query = (await only_update(bot)).callback_query
    assert query is not None
    assert query.message is not None
    assert (query.data, query.message.message_id) == ("seal", sent.message_id)
    assert await query.answer()
    with pytest.raises(BadRequest, match="too old"):
        await query.answer()


async def test_the_newest_button_is_pressed_and_only_in_the_persons_own_chat(
    telegram: Telegram, bot: Bot
) -> None:
    def button(data: str) -> InlineKeyboardMarkup:
        return InlineKeyboardMarkup([[InlineKeyboardButton("Go on", callback_data=data)]])

    for person, data in ((BOB, "old"), (BOB, "new"), (MINJI, "hers")):
        await bot.send_message(person.id, "?", reply_markup=button(data))
    telegram.press(BOB, "go ON")
    query = (await only_update(bot)).callback_query
    assert query is not None
    assert query.data == "new"


async def test_a_button_that_links_to_the_bot_starts_it(telegram: Telegram, bot: Bot) -> None:
    await bot.send_message(BOB.id, "?", reply_markup=BUTTONS)
    telegram.press(BOB, "Come in")
    update = await only_update(bot)
    assert update.message is not None
    assert update.message.text == "/start abc-1"


@pytest.mark.parametrize("label", ["Website", "Nothing like it"])
async def test_what_cannot_be_pressed_is_no_button(
    telegram: Telegram, bot: Bot, label: str
) -> None:
    await bot.send_message(BOB.id, "?", reply_markup=BUTTONS)
    with pytest.raises(LookupError):
        telegram.press(BOB, label)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://t.me/another_bot?start=x",
        "https://example.com/slow_mailbox_bot?start=x",
    ],
)
def test_a_link_elsewhere_is_not_opened(telegram: Telegram, url: str) -> None:
    with pytest.raises(LookupError):
        telegram.open(BOB, url)


async def test_a_document_keeps_its_name_and_bytes(
    telegram: Telegram, bot: Bot, events: list[Said]
) -> None:
    sent = await bot.send_document(BOB.id, b"{}\n", filename="letters.json", caption="Yours")
    (event,) = events
    assert event.upload == Upload(name="letters.json", content=b"{}\n")
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.file_size) == ("letters.json", 3)
    assert sent.caption == "Yours"


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", "empty"), (" \n", "empty"), ("a" * 4097, "too long"), ("😀" * 2049, "too long")],
)
async def test_a_text_telegram_would_not_take_is_refused(
    telegram: Telegram, bot: Bot, text: str, problem: str
) -> None:
    with pytest.raises(BadRequest, match=problem):
        await bot.send_message(BOB.id, text)
    assert telegram.messages == []


async def test_form_fields_are_understood_as_values_are(telegram: Telegram) -> None:
    fields = {
        "chat_id": str(BOB.id),
        "text": "[1]",
        "reply_markup": json.dumps(BUTTONS.to_dict()),
        "entities": '[{"type":"bold","offset":0,"length":3}]',
    }
    status, content = await telegram.call("sendMessage", fields)
    result: dict[str, Any] = json.loads(content)["result"]
    assert (status, result["text"], result["chat"]["id"]) == (200, "[1]", BOB.id)
    assert result["reply_markup"] == BUTTONS.to_dict()
    assert telegram.messages[0].words.entities == (Entity(type="bold", offset=0, length=3),)


@pytest.mark.parametrize(
    ("method", "parameters", "status"),
    [
        ("sendInvoice", {}, 404),
        ("sendMessage", {"text": "x"}, 400),
        ("sendMessage", {"chat_id": "me", "text": "x"}, 400),
        ("sendMessage", {"chat_id": 1, "text": "x", "reply_markup": "{"}, 400),
        ("sendDocument", {"chat_id": 1, "document": "attach://none"}, 400),
        ("getUpdates", {"timeout": "soon"}, 400),
    ],
)
async def test_a_call_that_makes_no_sense_is_refused(
    telegram: Telegram, method: str, parameters: dict[str, object], status: int
) -> None:
    answer, content = await telegram.call(method, parameters)
    assert answer == status
    refusal = json.loads(content)
    assert (refusal["ok"], refusal["error_code"]) == (False, status)
    assert refusal["description"]


async def test_files_cannot_be_fetched(telegram: Telegram) -> None:
    with pytest.raises(InvalidToken):
        await LocalRequest(telegram).retrieve("https://api.telegram.org/file/x")


async def test_everything_goes_on_after_a_restart(clock: ManualClock, tmp_path: Path) -> None:
    file = tmp_path / "telegram.json"
    before = Telegram(clock=clock, state_file=file)
    before.set_language(before.person("Minji"), "ko")
    before.say(BOB, "편지 😀")
    async with in_memory(before) as bot:
        sent = await bot.send_message(BOB.id, "?", reply_markup=BUTTONS)
    before.remember_skipped(timedelta(days=7))

    after = Telegram(clock=clock, state_file=file)
    assert after.skipped == timedelta(days=7)
    assert after.person("Minji") == MINJI
    assert after.messages == before.messages
    async with in_memory(after) as bot:
        pressed = after.press(BOB, "Seal")
        said, query = await bot.get_updates()
        assert said.message is not None
        assert said.message.text == "편지 😀"
        assert query.update_id == pressed > said.update_id
        assert (await bot.send_message(BOB.id, "!")).message_id > sent.message_id
        assert query.callback_query is not None
        assert await query.callback_query.answer()


async def test_a_press_can_be_answered_after_a_restart(clock: ManualClock, tmp_path: Path) -> None:
    file = tmp_path / "telegram.json"
    before = Telegram(clock=clock, state_file=file)
    async with in_memory(before) as bot:
        await bot.send_message(BOB.id, "?", reply_markup=BUTTONS)
    before.press(BOB, "Seal")
    async with in_memory(Telegram(clock=clock, state_file=file)) as bot:
        query = (await only_update(bot)).callback_query
        assert query is not None
        assert await query.answer()


async def test_what_was_confirmed_does_not_come_back_after_a_restart(
    clock: ManualClock, tmp_path: Path
) -> None:
    file = tmp_path / "telegram.json"
    before = Telegram(clock=clock, state_file=file)
    update_id = before.say(BOB, "once")
    async with in_memory(before) as bot:
        await bot.get_updates(offset=update_id + 1)
    after = Telegram(clock=clock, state_file=file)
    await after.confirmed(update_id)
    async with in_memory(after) as bot:
        assert await bot.get_updates() == ()


def test_a_persons_id_follows_from_the_name_alone(clock: ManualClock) -> None:
    first, second = Telegram(clock=clock), Telegram(clock=clock)
    first.say(first.person("Somebody before"), "hello")
    assert first.person("Minji").id == second.person("Minji").id == MINJI.id
    assert first.person("MINJI").id == MINJI.id != BOB.id


async def test_a_whole_application_runs_on_it(telegram: Telegram) -> None:
    async def echo(update: Update, _: object) -> None:
        assert update.message is not None
        await update.message.reply_text(f"You said {update.message.text}")

    application: Application[Any, Any, Any, Any, Any, Any] = (
        ApplicationBuilder()
        .token("1:local")
        .request(LocalRequest(telegram))
        .get_updates_request(LocalRequest(telegram))
        .job_queue(None)
        .build()
    )
    application.add_handler(MessageHandler(filters.TEXT, echo))
    replied = asyncio.Event()
    telegram.on_said = lambda _: replied.set()
    assert application.updater is not None
    async with application:
        await application.start()
        await application.updater.start_polling()
        update_id = telegram.say(BOB, "hello")
        await telegram.confirmed(update_id)
        await replied.wait()
        await application.updater.stop()
        await application.stop()
    assert [message.text for message in telegram.chat(BOB)] == ["hello", "You said hello"]
