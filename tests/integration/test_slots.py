"""A place in the chat that one message keeps, whatever Telegram or a kill makes of its replies."""

from datetime import timedelta

import pytest
from telegram import Update

from bot.app import App
from bot.chat.exchange import Exchange, answer
from bot.chat.services import Services
from bot.local.messages import Message
from bot.store import replies, slots
from bot.store.replies import Reply
from bot.text import Words
from tests.support.app import FakeUser, Harness, send_nothing
from tests.support.bot_api import BotApiServer, blocked, server_error
from tests.support.bot_api import answer as refused
from tests.support.faults import accept_then_drop
from tests.support.rows import count
from tests.support.talk import texts

pytestmark = pytest.mark.usefixtures("calls_over_http")

MINUTE = timedelta(minutes=1)
SEND, EDIT = "sendMessage", "editMessageText"
GONE = refused(400, "Bad Request: message to edit not found")


@pytest.fixture
async def user(harness: Harness, app: App) -> FakeUser:
    """Return somebody who has said something."""
    speaker = harness.user(app)
    await speaker.say("/start")
    return speaker


async def say(user: FakeUser, *lines: str, slot: str | None = "place") -> None:
    """Let the bot owe a person a message for each line, in a place or in none."""

    async def handle(exchange: Exchange) -> None:
        for line in lines:
            exchange.reply(line, slot=slot)

    services = user.app.application.bot_data
    assert isinstance(services, Services)
    wire = {"update_id": 10**6, "message": user.last_own.wire}
    await answer(Update.de_json(wire, user.app.application.bot), services, handle)


async def said(user: FakeUser, *lines: str, slot: str | None = "place") -> list[Message]:
    """Let the bot say each line, the next when the last has been tried; returns all it said."""
    for line in lines:
        await say(user, line, slot=slot)
        await user.app.answered()
    return user.heard[1:]


async def test_what_is_said_in_a_place_edits_the_message_that_stands_there(user: FakeUser) -> None:
    assert texts(await said(user, "one", "two", "three")) == ["three"]
    assert await count(user.app.database, "replies") == 0


async def test_each_place_has_a_message_of_its_own(user: FakeUser) -> None:
    await said(user, "one", slot="first")
    await said(user, "two", slot="second")
    assert texts(await said(user, "uno", slot="first")) == ["uno", "two"]


async def test_the_place_is_kept_over_a_restart(harness: Harness) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await user.say("/start")
        await said(user, "one")
    async with harness.app() as app:
        assert texts(await said(harness.user(app), "two")) == ["two"]


async def test_a_forgotten_place_begins_with_a_new_message(user: FakeUser) -> None:
    await said(user, "one")
    async with user.app.database.transaction() as tx:
        await slots.forget(tx, user.person.id, "place")
    assert texts(await said(user, "two")) == ["one", "two"]


async def test_a_place_given_to_a_message_is_that_messages(user: FakeUser) -> None:
    await said(user, "one", "two", slot=None)
    async with user.app.database.transaction() as tx:
        await slots.put(tx, user.person.id, "place", user.heard[1].id)
    assert texts(await said(user, "three")) == ["three", "two"]


async def test_a_message_that_is_gone_leaves_its_place_to_a_new_one(
    bot_api: BotApiServer, user: FakeUser
) -> None:
    await said(user, "one")
    bot_api.fault(EDIT, GONE)
    assert texts(await said(user, "two", "three")) == ["one", "three"]


async def test_of_what_is_owed_to_a_place_only_the_last_is_said(
    harness: Harness, bot_api: BotApiServer, user: FakeUser
) -> None:
    bot_api.fault(SEND, server_error())
    await said(user, "one")
    await say(user, "beside it", slot=None)
    await say(user, "two", "three")
    assert await count(user.app.database, "replies") == 2
    await harness.pass_time(user.app, MINUTE)
    assert texts(user.heard[1:]) == ["beside it", "three"]
    assert [call.parameters["text"] for call in bot_api.calls_of(SEND)[1:]] == [
        "one",
        "beside it",
        "three",
    ]


async def test_what_is_on_its_way_is_edited_once_it_has_come(
    bot_api: BotApiServer, user: FakeUser
) -> None:
    gate = bot_api.hold(SEND)
    await say(user, "one")
    await gate.reached()
    await say(user, "two")
    await say(user, "three")
    gate.release()
    await user.app.answered()
    assert texts(user.heard[1:]) == ["three"]
    assert len(bot_api.calls_of(EDIT)) == 1


async def test_what_may_have_arrived_is_not_said_again_where_something_newer_is_to_be(
    harness: Harness, bot_api: BotApiServer, user: FakeUser
) -> None:
    bot_api.fault(SEND, accept_then_drop())
    await said(user, "one", "two")
    await harness.pass_time(user.app, MINUTE)
    assert texts(user.heard[1:]) == ["one", "two"]
    assert texts(await said(user, "three")) == ["one", "three"]


async def test_a_kill_before_a_place_has_its_message_costs_no_reply(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await user.say("/start")
        send_nothing(app, monkeypatch)
        await say(user, "one")
        await say(user, "two")
    async with harness.app() as app:
        await app.settle()
        user = harness.user(app)
        assert texts(user.heard[1:]) == ["two"]
        assert texts(await said(user, "three")) == ["three"]


async def test_a_kill_as_a_message_lands_leaves_the_place_to_its_second_copy(
    harness: Harness, bot_api: BotApiServer
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await user.say("/start")
        gate = bot_api.hold_reply(SEND)
        await say(user, "one")
        await gate.reached()
    gate.release()
    async with harness.app() as app:
        await app.settle()
        user = harness.user(app)
        assert texts(await said(user, "two")) == ["one", "two"]


async def test_a_place_that_is_forgotten_takes_what_is_owed_to_it_along(
    bot_api: BotApiServer, harness: Harness, user: FakeUser
) -> None:
    bot_api.fault(SEND, server_error())
    await said(user, "one")
    async with user.app.database.transaction() as tx:
        await slots.forget(tx, user.person.id, "place")
    assert await count(user.app.database, "replies") == 0
    await harness.pass_time(user.app, MINUTE)
    assert texts(user.heard[1:]) == []
    assert len(bot_api.calls_of(SEND)) == 2


async def test_a_place_forgotten_while_its_message_is_on_its_way_stays_forgotten(
    bot_api: BotApiServer, user: FakeUser
) -> None:
    gate = bot_api.hold(SEND)
    await say(user, "one")
    await gate.reached()
    async with user.app.database.transaction() as tx:
        await slots.forget(tx, user.person.id, "place")
    gate.release()
    await user.app.answered()
    assert await count(user.app.database, "slots") == 0
    assert texts(await said(user, "two")) == ["one", "two"]


async def test_whoever_blocks_the_bot_has_the_place_when_they_are_back(
    bot_api: BotApiServer, user: FakeUser
) -> None:
    await said(user, "one")
    bot_api.fault(EDIT, blocked())
    assert texts(await said(user, "two")) == ["one"]
    assert texts(await said(user, "three")) == ["three"]


async def test_what_is_said_beside_a_place_covers_it(user: FakeUser) -> None:
    reader, chat = user.app.database.reader, user.person.id
    await said(user, "one")
    assert await slots.find(reader, chat, "place") == slots.Slot(
        message_id=user.heard[-1].id, covered=False
    )
    await said(user, "beside it", slot=None)
    slot = await slots.find(reader, chat, "place")
    assert slot is not None
    assert slot.covered


async def test_nothing_of_a_place_outlives_its_person(user: FakeUser) -> None:
    await said(user, "one")
    await user.say("/delete")
    await user.press("erase")
    assert await count(user.app.database, "slots") == 0


async def test_what_the_erased_were_still_to_be_told_is_not_said(
    bot_api: BotApiServer, harness: Harness, user: FakeUser
) -> None:
    await user.say("/delete")
    bot_api.fault(SEND, server_error())
    await said(user, "one")
    await user.press("erase")
    await harness.pass_time(user.app, MINUTE)
    assert "one" not in texts(user.heard)


async def test_a_reply_names_its_place_when_it_is_read_back(app: App) -> None:
    async with app.database.transaction() as tx:
        await replies.add(tx, 5, Reply(words=Words("one"), slot="place"))
    [owed] = await replies.owed(app.database.reader)
    assert owed.reply.slot == "place"
