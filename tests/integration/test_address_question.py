"""Which address was meant is asked of the newest alone: an older question has no buttons left."""

import pytest

from bot.app import App
from tests.support.app import FakeUser
from tests.support.rows import count
from tests.support.talk import labels, told


@pytest.mark.parametrize(
    "then",
    ["me@naver.con", "me@example.com", "ㅡㄷ@naver.com", "/cancel", "skip"],
)
async def test_a_question_which_address_was_meant_goes_with_what_is_said_next(
    user: FakeUser, then: str
) -> None:
    await user.write("Run")
    [asked] = await user.say("me@gmial.com")
    assert labels([asked])[0] == told("button-as-suggested", address="me@gmail.com")
    await user.say(then)
    assert labels([each for each in user.heard if each.id == asked.id]) == []


async def test_the_one_that_was_typed_again_is_the_one_that_is_taken(
    app: App, user: FakeUser
) -> None:
    await user.write("Run")
    await user.say("me@gmial.com")
    [asked] = await user.say("you@naver.con")
    await user.press(labels([asked])[0])
    assert "you@naver.com" in user.heard[-1].text
    assert await count(app.database, "letters") == 1
