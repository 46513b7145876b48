"""What people do in their apps, and what the bot hears of it."""

from datetime import timedelta
from pathlib import Path

import pytest
from telegram import (
    Bot,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MessageOriginHiddenUser,
    MessageOriginUser,
    ReactionTypeEmoji,
    Update,
)
from telegram import Message as TelegramMessage

from bot.local.apps import BotBlocked, TooOldToEdit
from bot.local.other_kinds import OtherKind
from bot.local.people import Person
from bot.local.telegram import Telegram
from tests.support.clock import ManualClock
from tests.support.telegram import in_memory

MINJI, BOB = Person(name="Minji"), Person(name="Bob")
LINK = "https://t.me/slow_mailbox_bot?start=a-1"


async def messages(bot: Bot) -> list[TelegramMessage]:
    """Return the new messages among the updates that wait."""
    return [update.message for update in await bot.get_updates() if update.message]


async def last_update(bot: Bot) -> Update:
    return (await bot.get_updates())[-1]


async def test_an_edited_message_arrives_as_an_edit(
    telegram: Telegram, bot: Bot, clock: ManualClock
) -> None:
    telegram.say(BOB, "me@exmaple.com")
    [message] = telegram.chat(BOB)
    clock.advance(timedelta(hours=47))
    telegram.edit(BOB, message.id, "/start me@example.com")
    edited = (await last_update(bot)).edited_message
    assert edited is not None
    assert (edited.message_id, edited.text) == (message.id, "/start me@example.com")
    assert edited.edit_date == clock.now().replace(microsecond=0)
    assert [entity.type for entity in edited.entities] == ["bot_command"]
    assert telegram.chat(BOB)[0].text == "/start me@example.com"
    with pytest.raises(LookupError):
        telegram.edit(MINJI, message.id, "not mine")
    with pytest.raises(LookupError):
        telegram.edit(BOB, message.id + 1, "not there")
    with pytest.raises(ValueError, match="empty"):
        telegram.edit(BOB, message.id, " ")


async def test_a_message_two_days_old_is_not_edited(
    telegram: Telegram, bot: Bot, clock: ManualClock
) -> None:
    telegram.say(BOB, "Run")
    clock.advance(timedelta(hours=48))
    with pytest.raises(TooOldToEdit):
        telegram.edit(BOB, telegram.newest(BOB).id, "Swim")
    assert (await last_update(bot)).message is not None


async def test_a_reply_says_to_what(telegram: Telegram, bot: Bot) -> None:
    sent = await bot.send_message(BOB.id, "How is it going?")
    telegram.say(BOB, "Well\n" + "a" * 4096, reply=telegram.newest(BOB, by_bot=True))
    first, second = await messages(bot)
    assert first.reply_to_message is not None
    assert first.reply_to_message.message_id == sent.message_id
    assert second.reply_to_message is None


async def test_what_follows_a_forced_reply_is_a_reply_once(telegram: Telegram, bot: Bot) -> None:
    asked = await bot.send_message(BOB.id, "Your resolution?", reply_markup=ForceReply())
    telegram.say(MINJI, "mine")
    telegram.open(BOB, LINK)
    telegram.say(BOB, "Run")
    telegram.say(BOB, "and read")
    hers, start, run, read = await messages(bot)
    assert run.reply_to_message is not None
    assert run.reply_to_message.message_id == asked.message_id
    assert not hers.reply_to_message
    assert not start.reply_to_message
    assert not read.reply_to_message


async def test_a_reaction_is_told_only_to_a_bot_that_asks(telegram: Telegram, bot: Bot) -> None:
    sent = await bot.send_message(BOB.id, "Sealed.")
    message = telegram.newest(BOB)
    update_id = telegram.react(BOB, message, "👍")
    await telegram.confirmed(update_id)
    assert await bot.get_updates(allowed_updates=[Update.MESSAGE_REACTION]) == ()
    telegram.react(BOB, telegram.newest(BOB), "❤")
    reaction = (await last_update(bot)).message_reaction
    assert reaction is not None
    assert reaction.user is not None
    assert (reaction.user.id, reaction.message_id) == (BOB.id, sent.message_id)
    assert reaction.old_reaction == (ReactionTypeEmoji("👍"),)
    assert reaction.new_reaction == (ReactionTypeEmoji("❤"),)
    telegram.react(BOB, telegram.newest(BOB), None)
    taken_back = (await last_update(bot)).message_reaction
    assert taken_back is not None
    assert taken_back.new_reaction == ()


async def test_other_things_than_text_arrive_as_what_they_are(telegram: Telegram, bot: Bot) -> None:
    for kind in (OtherKind.STICKER, OtherKind.PHOTO, OtherKind.VOICE):
        telegram.send(BOB, kind, "A word")
    sticker, photo, voice = await messages(bot)
    assert sticker.sticker
    assert photo.photo
    assert voice.voice
    assert [each.caption for each in (sticker, photo, voice)] == [None, "A word", "A word"]
    assert sticker.text is photo.text is voice.text is None
    telegram.send(BOB, OtherKind.PHOTO)
    assert (await messages(bot))[-1].caption is None


async def test_a_forwarded_text_is_somebody_elses(telegram: Telegram, bot: Bot) -> None:
    telegram.send(BOB, OtherKind.FORWARD, "Run every morning")
    [message] = await messages(bot)
    assert message.text == "Run every morning"
    assert isinstance(message.forward_origin, MessageOriginHiddenUser)
    assert message.forward_origin.sender_user_name


async def test_without_a_text_the_chats_newest_message_is_forwarded(
    telegram: Telegram, bot: Bot, clock: ManualClock
) -> None:
    with pytest.raises(LookupError):
        telegram.send(BOB, OtherKind.FORWARD)
    button = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="yes")]])
    sent = await bot.send_message(BOB.id, "Sealed.", reply_markup=button)
    clock.advance(timedelta(days=1))
    telegram.send(BOB, OtherKind.FORWARD)
    [message] = await messages(bot)
    assert (message.text, message.date) == ("Sealed.", sent.date + timedelta(days=1))
    assert message.reply_markup is None
    assert isinstance(message.forward_origin, MessageOriginUser)
    assert message.forward_origin.sender_user == await bot.get_me()
    assert message.forward_origin.date == sent.date


async def test_who_blocks_the_bot_sends_it_nothing_until_they_unblock_it(
    telegram: Telegram, bot: Bot
) -> None:
    telegram.say(BOB, "Hello")
    telegram.block(BOB)
    member = (await last_update(bot)).my_chat_member
    assert member is not None
    assert (member.old_chat_member.status, member.new_chat_member.status) == ("member", "kicked")
    assert (member.from_user.id, member.new_chat_member.user) == (BOB.id, await bot.get_me())
    with pytest.raises(BotBlocked):
        telegram.say(BOB, "Hello?")
    with pytest.raises(BotBlocked):
        telegram.send(BOB, OtherKind.PHOTO)
    telegram.unblock(BOB)
    telegram.unblock(BOB)
    member = (await last_update(bot)).my_chat_member
    assert member is not None
    assert (member.old_chat_member.status, member.new_chat_member.status) == ("kicked", "member")
    telegram.say(BOB, "Hello again")
    assert len(await bot.get_updates()) == 4


async def test_the_button_that_starts_the_bot_unblocks_it(telegram: Telegram, bot: Bot) -> None:
    telegram.block(BOB)
    telegram.open(BOB, LINK)
    assert not telegram.has_blocked(BOB)
    assert [message.text for message in await messages(bot)] == ["/start a-1"]


async def test_a_bot_gets_only_the_kinds_of_update_it_asks_for(
    clock: ManualClock, tmp_path: Path
) -> None:
    file = tmp_path / "telegram.json"
    before = Telegram(clock=clock, state_file=file)
    async with in_memory(before) as bot:
        await bot.get_updates(allowed_updates=[Update.MESSAGE])
    after = Telegram(clock=clock, state_file=file)
    after.block(BOB)
    update_id = after.unblock(BOB)
    await after.confirmed(update_id)
    async with in_memory(after) as bot:
        assert await bot.get_updates() == ()
        await bot.get_updates(allowed_updates=[])
        after.block(BOB)
        assert (await last_update(bot)).my_chat_member is not None


async def test_a_reply_that_is_asked_for_is_still_asked_for_after_a_restart(
    clock: ManualClock, tmp_path: Path
) -> None:
    file = tmp_path / "telegram.json"
    async with in_memory(Telegram(clock=clock, state_file=file)) as bot:
        await bot.send_message(BOB.id, "Your resolution?", reply_markup=ForceReply())
    after = Telegram(clock=clock, state_file=file)
    after.say(BOB, "Run")
    async with in_memory(after) as bot:
        [message] = await messages(bot)
    assert message.reply_to_message is not None
