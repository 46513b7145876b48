import pytest
from telegram import Bot
from telegram.error import Forbidden, RetryAfter

from bot.local.people import Person
from tests.support.telegram import ScriptedTelegram

BOB = Person(name="Bob")


async def test_a_group_is_a_chat_of_its_own(telegram: ScriptedTelegram, bot: Bot) -> None:
    telegram.say_in_group(BOB, "hi all", -100)
    (update,) = await bot.get_updates()
    assert update.effective_chat is not None
    assert (update.effective_chat.id, update.effective_chat.type) == (-100, "group")
    assert telegram.chat(BOB) == []


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
