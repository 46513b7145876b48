"""What the bot may do in the embedded Telegram, and what it is refused."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from telegram import (
    Bot,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    MessageEntity,
    ReplyParameters,
)
from telegram.constants import ChatAction
from telegram.error import BadRequest, Forbidden

from bot.local.messages import Change, Changed, Said
from bot.local.people import Person
from bot.local.telegram import Telegram
from tests.support.clock import ManualClock
from tests.support.telegram import in_memory

BOB, MINJI = Person(name="Bob"), Person(name="Minji")
MOMENT = datetime(2026, 1, 8, 9, tzinfo=UTC)


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(each, callback_data=each)] for each in labels]
    )


@pytest.fixture
def events(telegram: Telegram) -> list[Said | Changed]:
    seen: list[Said | Changed] = []
    telegram.on_said = telegram.on_changed = seen.append
    return seen


def labels(telegram: Telegram) -> list[str]:
    return [button.label for row in telegram.messages[-1].buttons for button in row]


async def test_an_edited_text_stands_in_the_place_of_the_old(
    telegram: Telegram, bot: Bot, events: list[Said | Changed], clock: ManualClock
) -> None:
    sent = await bot.send_message(BOB.id, "Is it right?", reply_markup=keyboard("Yes", "No"))
    clock.advance(timedelta(days=30))
    bold = [MessageEntity(type="bold", offset=0, length=3)]
    edited = await sent.edit_text("Yes.", entities=bold, reply_markup=keyboard("Change"))
    assert isinstance(edited, Message)
    assert (edited.message_id, edited.text, edited.date) == (sent.message_id, "Yes.", sent.date)
    assert edited.edit_date == clock.now().replace(microsecond=0)
    [message] = telegram.messages
    assert message.text == "Yes."
    assert labels(telegram) == ["Change"]
    assert events[-1] == Changed(message=message, how=Change.EDITED)


async def test_buttons_go_with_an_edit_that_has_none(telegram: Telegram, bot: Bot) -> None:
    first = await bot.send_message(BOB.id, "?", reply_markup=keyboard("Yes"))
    await first.edit_text("!")
    assert labels(telegram) == []
    second = await bot.send_message(BOB.id, "?", reply_markup=keyboard("Yes"))
    await second.edit_reply_markup(None)
    assert labels(telegram) == []
    with pytest.raises(LookupError):
        telegram.press(BOB, "Yes")


async def test_buttons_alone_are_edited(telegram: Telegram, bot: Bot) -> None:
    sent = await bot.send_message(BOB.id, "?", reply_markup=keyboard("Yes"))
    await sent.edit_reply_markup(keyboard("No"))
    assert (telegram.messages[0].text, labels(telegram)) == ("?", ["No"])


@pytest.mark.parametrize(
    "edit",
    [
        lambda sent: sent.edit_text("?", reply_markup=keyboard("Yes")),
        lambda sent: sent.edit_reply_markup(keyboard("Yes")),
    ],
    ids=["text", "buttons"],
)
async def test_an_edit_that_changes_nothing_is_refused(
    bot: Bot, events: list[Said | Changed], edit: Callable[[Message], Awaitable[object]]
) -> None:
    sent = await bot.send_message(BOB.id, "?", reply_markup=keyboard("Yes"))
    with pytest.raises(
        BadRequest, match=r"^Message is not modified: specified new message content"
    ):
        await edit(sent)
    assert len(events) == 1


async def test_only_the_bots_own_texts_are_edited(telegram: Telegram, bot: Bot) -> None:
    telegram.say(BOB, "mine")
    [mine] = telegram.chat(BOB)
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("yours", BOB.id, mine.id)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("yours", MINJI.id, mine.id)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_reply_markup(BOB.id, mine.id + 1)
    file = await bot.send_document(BOB.id, b"x", filename="x.txt")
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await file.edit_text("x")
    with pytest.raises(BadRequest, match="Message text is empty"):
        await (await bot.send_message(BOB.id, "x")).edit_text(" ")


async def test_a_message_that_forces_a_reply_shows_its_hint_and_is_never_edited(
    telegram: Telegram, bot: Bot
) -> None:
    asks = ForceReply(input_field_placeholder="A word to yourself…")
    sent = await bot.send_message(BOB.id, "What is it?", reply_markup=asks)
    assert sent.reply_markup is None
    assert telegram.messages[-1].hint == "A word to yourself…"
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await sent.edit_text("Too late")
    await bot.send_message(BOB.id, "And?", reply_markup=ForceReply())
    assert telegram.messages[-1].hint == ""


async def test_a_deleted_message_is_gone(
    telegram: Telegram, bot: Bot, events: list[Said | Changed]
) -> None:
    sent = await bot.send_message(BOB.id, "x")
    [message] = telegram.messages
    assert await sent.delete()
    assert telegram.messages == []
    assert events[-1] == Changed(message=message, how=Change.DELETED)
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await sent.delete()


async def test_a_message_two_days_old_stays(
    telegram: Telegram, bot: Bot, clock: ManualClock
) -> None:
    sent = await bot.send_message(BOB.id, "x")
    clock.advance(timedelta(hours=48))
    with pytest.raises(BadRequest, match="Message can't be deleted for everyone"):
        await sent.delete()
    assert len(telegram.messages) == 1


async def test_a_reaction_is_put_on_and_taken_off(
    telegram: Telegram, bot: Bot, events: list[Said | Changed]
) -> None:
    telegram.say(BOB, "Run")
    [message] = telegram.chat(BOB)
    assert await bot.set_message_reaction(BOB.id, message.id, "✍")
    assert list(telegram.messages[0].reactions.values()) == ["✍"]
    assert events == [Changed(message=telegram.messages[0], how=Change.REACTED)]
    await bot.set_message_reaction(BOB.id, message.id)
    assert telegram.messages[0].reactions == {}


@pytest.mark.parametrize(
    ("reaction", "problem"),
    [(["✍", "👍"], "Reactions_too_many"), ("🫥", "Reaction_invalid")],
)
async def test_a_reaction_telegram_has_not_is_refused(
    telegram: Telegram, bot: Bot, reaction: list[str] | str, problem: str
) -> None:
    telegram.say(BOB, "Run")
    [message] = telegram.chat(BOB)
    with pytest.raises(BadRequest, match=f"(?i){problem}"):
        await bot.set_message_reaction(BOB.id, message.id, reaction)
    with pytest.raises(BadRequest, match="Message to react not found"):
        await bot.set_message_reaction(BOB.id, message.id + 1, "✍")


async def test_a_reply_holds_the_message_it_replies_to(telegram: Telegram, bot: Bot) -> None:
    telegram.say(BOB, "Run 😀 and read")
    [message] = telegram.chat(BOB)
    sent = await bot.send_message(BOB.id, "x", reply_parameters=ReplyParameters(message.id))
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "Run 😀 and read"
    assert telegram.messages[-1].quoted == "Run 😀 and read"
    again = await bot.send_message(
        BOB.id, "y", reply_parameters=ReplyParameters(sent.message_id, quote="x")
    )
    assert again.reply_to_message is not None
    assert again.reply_to_message.reply_to_message is None
    part = await bot.send_message(
        BOB.id, "z", reply_parameters=ReplyParameters(message.id, quote="and read")
    )
    assert part.quote is not None
    assert (part.quote.text, part.quote.position) == ("and read", 7)
    assert telegram.messages[-1].quoted == "and read"
    with pytest.raises(BadRequest, match=r"(?i)quote_text_invalid"):
        await bot.send_message(
            BOB.id, "z", reply_parameters=ReplyParameters(message.id, quote="swim")
        )


async def test_a_reply_to_nothing_goes_only_where_that_is_allowed(
    telegram: Telegram, bot: Bot
) -> None:
    telegram.say(MINJI, "hers")
    [hers] = telegram.chat(MINJI)
    for message_id in (hers.id, 999):
        with pytest.raises(BadRequest, match="Message to be replied not found"):
            await bot.send_message(BOB.id, "x", reply_parameters=ReplyParameters(message_id))
        sent = await bot.send_message(
            BOB.id,
            "x",
            reply_parameters=ReplyParameters(message_id, allow_sending_without_reply=True),
        )
        assert sent.reply_to_message is None
    assert len(telegram.chat(BOB)) == 2


async def test_how_a_message_comes_is_known_of_it(telegram: Telegram, bot: Bot) -> None:
    sent = await bot.send_message(
        BOB.id,
        "https://example.com",
        disable_notification=True,
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )
    assert sent.link_preview_options == LinkPreviewOptions(is_disabled=True)
    assert telegram.messages[-1].silent
    await bot.send_message(BOB.id, "https://example.com")
    assert not telegram.messages[-1].silent


async def test_a_date_is_an_entity_of_its_own(bot: Bot) -> None:
    date = MessageEntity("date_time", 3, 5, unix_time=MOMENT, date_time_format="wDt")
    sent = await bot.send_message(BOB.id, "On Jan 8.", entities=[date])
    [entity] = sent.entities
    assert (entity.type, entity.unix_time, entity.date_time_format) == ("date_time", MOMENT, "wDt")


@pytest.mark.parametrize(
    ("entity", "problem"),
    [
        (MessageEntity("bold", -1, 2), "incorrect offset -1"),
        (MessageEntity("bold", 0, 0), "incorrect"),
        (MessageEntity("bold", 3, 1), "begins after the end of the text at UTF-16 offset 3"),
        (MessageEntity("bold", 0, 4), "ends after the end of the text at UTF-16 offset 4"),
        (MessageEntity("bold", 1, 2), "begins in a middle of a UTF-16 symbol"),
        (MessageEntity("bold", 0, 1), "ends in a middle of a UTF-16 symbol"),
        (MessageEntity("date_time", 0, 2, date_time_format="wDt"), "can't parse entities"),
        (
            MessageEntity("date_time", 0, 2, unix_time=MOMENT, date_time_format="tD"),
            "can't parse entities",
        ),
    ],
)
async def test_formatting_that_lies_on_no_whole_words_is_refused(
    telegram: Telegram, bot: Bot, entity: MessageEntity, problem: str
) -> None:
    with pytest.raises(BadRequest, match=f"(?i){problem}"):
        await bot.send_message(BOB.id, "😀!", entities=[entity])
    sent = await bot.send_message(BOB.id, "?")
    with pytest.raises(BadRequest, match=f"(?i){problem}"):
        await sent.edit_text("😀!", entities=[entity])
    assert [message.text for message in telegram.messages] == ["?"]


async def test_a_quote_in_a_quote_is_no_quote(bot: Bot) -> None:
    sent = await bot.send_message(
        BOB.id,
        "Run and read",
        entities=[
            MessageEntity("blockquote", 4, 3),
            MessageEntity("expandable_blockquote", 0, 12),
            MessageEntity("bold", 4, 3),
        ],
    )
    assert [entity.type for entity in sent.entities] == ["expandable_blockquote", "bold"]


async def test_the_bots_name_is_kept_by_language(telegram: Telegram, bot: Bot) -> None:
    assert (await bot.get_my_name()).name == (await bot.get_me()).first_name == "Slow Mailbox"
    assert await bot.set_my_name("느린우체통", language_code="ko")
    assert await bot.set_my_name("The Slow Mailbox")
    assert (await bot.get_my_name("ko")).name == "느린우체통"
    assert (await bot.get_my_name("de")).name == "The Slow Mailbox"
    assert (await bot.get_me()).first_name == "The Slow Mailbox"
    with pytest.raises(BadRequest):
        await bot.set_my_name("n" * 65)


async def test_who_blocked_the_bot_is_not_reached(telegram: Telegram, bot: Bot) -> None:
    telegram.block(BOB)
    blocked = "Forbidden: bot was blocked by the user"
    for call in (
        bot.send_message(BOB.id, "x"),
        bot.send_document(BOB.id, b"x", filename="x.txt"),
        bot.send_chat_action(BOB.id, ChatAction.TYPING),
    ):
        with pytest.raises(Forbidden, match=blocked):
            await call
    assert telegram.messages == []
    await bot.send_message(MINJI.id, "x")
    telegram.unblock(BOB)
    await bot.send_message(BOB.id, "x")


async def test_all_of_it_is_there_after_a_restart(clock: ManualClock, tmp_path: Path) -> None:
    file = tmp_path / "telegram.json"
    before = Telegram(clock=clock, state_file=file)
    async with in_memory(before) as bot:
        sent = await bot.send_message(
            BOB.id, "x", disable_notification=True, reply_markup=ForceReply()
        )
        await bot.set_message_reaction(BOB.id, sent.message_id, "👍")
        await bot.set_my_name("느린우체통", language_code="ko")
    before.block(BOB)
    after = Telegram(clock=clock, state_file=file)
    assert after.messages == before.messages
    async with in_memory(after) as bot:
        assert (await bot.get_my_name("ko")).name == "느린우체통"
        with pytest.raises(Forbidden):
            await bot.send_message(BOB.id, "x")


def test_what_an_earlier_program_kept_is_read(clock: ManualClock, tmp_path: Path) -> None:
    file = tmp_path / "telegram.json"
    telegram = Telegram(clock=clock, state_file=file)
    telegram.say(BOB, "long ago")
    kept = json.loads(file.read_bytes())
    kept["messages"] = [message["wire"] for message in kept["messages"]]
    del kept["names"], kept["blocked_by"]
    file.write_text(json.dumps(kept))
    assert Telegram(clock=clock, state_file=file).messages == telegram.messages
