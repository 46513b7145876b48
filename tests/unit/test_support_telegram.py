from collections.abc import AsyncIterator

import pytest
from telegram import Bot
from telegram.error import Forbidden, RetryAfter

from bot.local.people import Person
from tests.support.outbox_stage import in_memory
from tests.support.telegram import ScriptedTelegram

MINJI = Person(name="Minji", language_code="ko")
BOB = Person(name="Bob")


@pytest.fixture
async def bot(telegram: ScriptedTelegram) -> AsyncIterator[Bot]:
    async with in_memory(telegram) as bot:
        yield bot


async def test_other_things_than_text_arrive_as_what_they_are(
    telegram: ScriptedTelegram, bot: Bot
) -> None:
    for kind in ("sticker", "photo", "voice"):
        telegram.send_other(BOB, kind)
    updates = await bot.get_updates()
    messages = [update.message for update in updates]
    assert all(message is not None and message.text is None for message in messages)
    assert messages[0] is not None
    assert messages[0].sticker
    assert messages[1] is not None
    assert messages[1].photo
    assert messages[2] is not None
    assert messages[2].voice


async def test_a_group_is_a_chat_of_its_own(telegram: ScriptedTelegram, bot: Bot) -> None:
    telegram.say_in_group(BOB, "hi all", -100)
    (update,) = await bot.get_updates()
    assert update.effective_chat is not None
    assert (update.effective_chat.id, update.effective_chat.type) == (-100, "group")
    assert telegram.chat(BOB) == []


async def test_an_edited_message_arrives_as_an_edit(telegram: ScriptedTelegram, bot: Bot) -> None:
    telegram.say(BOB, "me@exmaple.com")
    (message,) = telegram.chat(BOB)
    telegram.edit(BOB, message.id, "me@example.com")
    update = (await bot.get_updates())[1]
    assert update.edited_message is not None
    assert (update.edited_message.message_id, update.edited_message.text) == (
        message.id,
        "me@example.com",
    )
    with pytest.raises(LookupError):
        telegram.edit(MINJI, message.id, "not mine")


async def test_faults_are_given_in_turn_and_then_no_more(
    telegram: ScriptedTelegram, bot: Bot
) -> None:
    blocked = {"description": "Forbidden: bot was blocked by the user"}
    telegram.fail_next("sendMessage", 403, blocked)
    telegram.fail_next("sendMessage", 429, {"parameters": {"retry_after": 7}})
    with pytest.raises(Forbidden, match="blocked"):
        await bot.send_message(BOB.id, "x")
    with pytest.raises(RetryAfter):
        await bot.send_message(BOB.id, "x")
    assert telegram.messages == []
    await bot.send_message(BOB.id, "x")
    assert len(telegram.messages) == 1
