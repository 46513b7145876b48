"""Updates that can't be written down, or not be read, make the bot deaf to nobody."""

from typing import Any

import pytest
from telegram import Update

from bot.store import inbox
from tests.support.app import FakeUser, Harness
from tests.support.talk import texts, told

PINNED_AND_GONE = {"pinned_message": {"message_id": 1, "date": 0}}
"""A message that can't be seen any more (https://core.telegram.org/bots/api#inaccessiblemessage)."""
OF_ANOTHER_API = {"text": "Run", "reply_markup": {"board": []}}


def wire_of(user: FakeUser, content: dict[str, Any]) -> dict[str, Any]:
    """Return an update with a message of that content, as it goes over the wire."""
    chat = {"id": user.person.id, "type": "private"}
    if pinned := content.get("pinned_message"):
        content = {"pinned_message": {**pinned, "chat": chat}}
    sender = {"id": user.person.id, "is_bot": False, "first_name": user.person.name}
    message = {"message_id": 900, "date": 1_767_225_600, "chat": chat, "from": sender, **content}
    return {"update_id": user.telegram._state.new_update_id(), "message": message}


async def test_one_that_cannot_be_written_down_keeps_no_other_from_being_heard(
    harness: Harness, user: FakeUser
) -> None:
    wire = wire_of(user, PINNED_AND_GONE)
    with pytest.raises(TypeError):
        Update.de_json(wire, None).to_json()
    harness.telegram._state.updates.append(wire)
    assert texts(await user.say("/help")) == [told("help")]
    assert texts(await user.say("/help")) == [told("help")]


async def test_one_that_cannot_be_read_is_passed_over_and_its_batch_is_heard(
    harness: Harness, user: FakeUser
) -> None:
    wire = wire_of(user, OF_ANOTHER_API)
    with pytest.raises(KeyError):
        Update.de_json(wire, None)
    harness.telegram._state.updates.append(wire)
    assert texts(await user.say("/help")) == [told("help")]
    assert harness.telegram._state.updates == []


async def test_one_that_cannot_be_read_back_keeps_the_bot_from_no_start(harness: Harness) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        async with app.database.transaction() as tx:
            await inbox.receive(tx, [wire_of(user, OF_ANOTHER_API)], harness.clock.now())
    async with harness.app() as app:
        user = harness.user(app)
        assert texts(await user.say("/help"))[-1] == told("help")
        assert await inbox.left_open(app.database.reader) == []


@pytest.mark.parametrize("data", ["write" + "0" * 60, "가" * 22, "x" * 5000])
async def test_a_press_that_carries_more_than_a_button_can_is_refused(
    user: FakeUser, data: str
) -> None:
    await user.say("/start")
    assert texts(await user.forge(data)) == [told("stale-press")]


@pytest.mark.parametrize("payload", ["c" + "a" * 64, "s" + "a" * 64, "write" + "e" * 4000])
async def test_a_link_that_carries_more_than_a_link_can_is_refused(
    user: FakeUser, payload: str
) -> None:
    assert texts(await user.say(f"/start {payload}")) == [told("link-unknown")]
