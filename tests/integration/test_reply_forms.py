"""What a reply can be: an edit, an answer to a message, silent, with a quote, a date, a sign."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from telegram import Update

from bot.app import App
from bot.botapi.buttons import Button
from bot.chat.exchange import Exchange, answer
from bot.chat.services import Services
from bot.local.messages import BOT_ID, Message
from bot.store import replies
from bot.store.key_reader import STORE_KEY
from bot.store.replies import Reply
from bot.store.vault import Cell
from bot.text import Entity, Words, utf16_length
from tests.support.app import FakeUser, Harness
from tests.support.bot_api import BotApiServer
from tests.support.bot_api import answer as refused
from tests.support.rows import count
from tests.support.talk import texts, told

ONE, TWO, THREE = (Button(label, f"test:{label}") for label in ("one", "two", "three"))
MOMENT = datetime(2026, 1, 8, 9, tzinfo=UTC)
RUN = Words("Run 🏃", (Entity(type="bold", offset=0, length=3),))

KEPT_BY_MAIN = (
    '{"text": "\\ud83c\\udfc3 Go on?", "entities":'
    ' "[{\\"type\\":\\"bold\\",\\"offset\\":3,\\"length\\":2}]", "buttons":'
    ' [{"label": "Go on", "data": "draft:go-on", "url": null},'
    ' {"label": "Bot", "data": null, "url": "https://t.me/slow_mailbox_bot?start=write"}],'
    ' "document": false, "instead": null}'
)
"""A reply's payload as it was kept before a reply could be more than a text with buttons."""


@pytest.fixture
async def user(harness: Harness, app: App) -> FakeUser:
    """Return somebody who has said something."""
    speaker = harness.user(app)
    await speaker.say("/start")
    return speaker


async def answered(user: FakeUser, handler: Callable[[Exchange], None]) -> Message:
    """Let a handler answer the newest message of a person's; returns what the bot said last."""
    wire = {"update_id": 10**6, "message": user.last_own.wire}
    return await _answered(user, wire, handler)


async def answered_press(
    user: FakeUser, message: Message, handler: Callable[[Exchange], None]
) -> Message:
    """Let a handler answer a press of a button under a message; returns what the bot said last."""
    query = {"id": "1", "from": user.person.as_user(), "chat_instance": "1", "data": "x"}
    wire = {"update_id": 10**6, "callback_query": query | {"message": message.wire}}
    return await _answered(user, wire, handler)


async def _answered(
    user: FakeUser, wire: dict[str, object], handler: Callable[[Exchange], None]
) -> Message:
    async def handle(exchange: Exchange) -> None:
        handler(exchange)

    services = user.app.application.bot_data
    assert isinstance(services, Services)
    await answer(Update.de_json(wire, user.app.application.bot), services, handle)
    await user.app.answered()
    return user.heard[-1]


async def test_a_reply_edits_the_message_whose_button_was_pressed(user: FakeUser) -> None:
    pressed = await answered(user, lambda exchange: exchange.say("help", ONE))
    before = len(user.heard)
    edited = await answered_press(user, pressed, lambda exchange: exchange.edit("stray", TWO))
    assert (edited.id, len(user.heard)) == (pressed.id, before)
    assert edited.text == told("stray")
    assert [[each.label for each in row] for row in edited.buttons] == [["two"]]
    assert await count(user.app.database, "replies") == 0


async def test_a_message_too_old_for_the_bot_to_see_is_edited_all_the_same(
    user: FakeUser,
) -> None:
    pressed = await answered(user, lambda exchange: exchange.say("help", ONE))
    seen = {key: pressed.wire[key] for key in ("chat", "message_id")}
    unseen = Message({**seen, "date": 0})  # https://core.telegram.org/bots/api#inaccessiblemessage
    edited = await answered_press(user, unseen, lambda exchange: exchange.edit("stray"))
    assert (edited.id, edited.text) == (pressed.id, told("stray"))


async def test_where_no_button_was_pressed_what_would_edit_is_a_new_message(
    user: FakeUser,
) -> None:
    before = len(user.heard)
    said = await answered(user, lambda exchange: exchange.edit("stray"))
    assert said.text == told("stray")
    assert len(user.heard) == before + 1


async def test_buttons_stand_in_rows(user: FakeUser) -> None:
    said = await answered(user, lambda exchange: exchange.say("help", (ONE, TWO), THREE))
    assert [[each.label for each in row] for row in said.buttons] == [["one", "two"], ["three"]]


async def test_a_reply_answers_a_persons_message_and_comes_though_that_is_gone(
    user: FakeUser,
) -> None:
    own = user.last_own
    said = await answered(user, lambda e: e.reply("This one", reply_to=e.message.message_id))
    assert said.replied_to is not None
    assert said.replied_to.id == own.id
    alone = await answered(user, lambda e: e.reply("No such one", reply_to=999))
    assert (alone.text, alone.replied_to) == ("No such one", None)


async def test_a_reply_can_be_silent(user: FakeUser) -> None:
    assert (await answered(user, lambda e: e.reply("Hush", silent=True))).silent
    assert not (await answered(user, lambda e: e.reply("Hey"))).silent


async def test_a_reply_asks_for_an_answer_with_a_hint_in_the_field(user: FakeUser) -> None:
    said = await answered(user, lambda e: e.reply("And?", hint="A word to yourself…"))
    assert said.hint == "A word to yourself…"
    assert (await answered(user, lambda e: e.reply("And?"))).hint is None


async def test_a_quote_and_a_date_stand_where_the_language_wants_them(user: FakeUser) -> None:
    date = Words.moment("Jan 8", MOMENT, "wDt")

    def handler(exchange: Exchange) -> None:
        exchange.say("sealed", words=RUN.quoted(), when=date, change="")

    said = await answered(user, handler)
    assert said.text == told("sealed", words="Run 🏃", when="Jan 8", change="")
    run, day = (utf16_length(said.text.partition(part)[0]) for part in ("Run 🏃", "Jan 8"))
    assert said.words.entities == (
        Entity(type="blockquote", offset=run, length=6),
        Entity(type="bold", offset=run, length=3),
        Entity(
            type="date_time",
            offset=day,
            length=5,
            unix_time=1767862800,
            date_time_format="wDt",
        ),
    )


async def test_a_reaction_is_put_on_the_persons_message(user: FakeUser) -> None:
    said = await answered(user, lambda exchange: exchange.react("✍"))
    assert user.last_own.reactions == {str(BOT_ID): "✍"}
    assert said.text == user.heard[0].text


async def test_nothing_the_bot_says_has_a_link_preview(
    harness: Harness, bot_api: BotApiServer
) -> None:
    harness.api = bot_api
    async with harness.app() as app:
        user = harness.user(app)
        await user.say("/write")
        pressed = await answered(user, lambda e: e.reply("https://example.com", [ONE]))
        await answered_press(user, pressed, lambda exchange: exchange.edit("stray"))
    calls = bot_api.calls_of("sendMessage") + bot_api.calls_of("editMessageText")
    assert len(calls) == 3
    assert {each.parameters["link_preview_options"] for each in calls} == {'{"is_disabled": true}'}


async def test_an_edit_whose_formatting_telegram_refuses_is_made_plain(
    harness: Harness, bot_api: BotApiServer
) -> None:
    harness.api = bot_api
    async with harness.app() as app:
        user = harness.user(app)
        await user.say("/help")
        bot_api.fault("editMessageText", refused(400, "Bad Request: can't parse entities: no end"))
        [pressed] = user.heard
        edited = await answered_press(user, pressed, lambda e: e.reply(RUN, edits=pressed.id))
        assert (edited.id, edited.words) == (pressed.id, Words(RUN.text))


async def test_a_reply_is_kept_with_all_that_it_is(app: App) -> None:
    reply = Reply(
        words=Words("Now", Words.moment("Now", MOMENT, "r").entities),
        buttons=((ONE, TWO), THREE),
        edits=7,
        reply_to=8,
        silent=True,
        hint="…",
        document=True,
        instead="x",
    )
    async with app.database.transaction() as tx:
        await replies.add(tx, 5, reply)
    [owed] = await replies.owed(app.database.reader)
    assert owed.reply == reply


async def test_a_reply_that_an_earlier_version_kept_is_said_as_it_was_meant(
    harness: Harness,
) -> None:
    async with harness.app() as app:
        person = harness.user(app).person
        async with app.database.transaction() as tx:
            cell = Cell("replies", "payload", f"1/{person.id}")
            await tx.run(
                "INSERT INTO replies (id, chat_id, payload) VALUES (1, :chat, :payload)",
                chat=person.id,
                payload=tx.vault.encrypt(STORE_KEY, cell, KEPT_BY_MAIN),
            )
    async with harness.app() as app:
        await app.settle()
        user = harness.user(app)
        [said] = user.heard
        assert said.words == Words("🏃 Go on?", (Entity(type="bold", offset=3, length=2),))
        assert [[each.label for each in row] for row in said.buttons] == [["Go on"], ["Bot"]]
        assert texts(await user.press("Go on")) == [told("ask-words")]
