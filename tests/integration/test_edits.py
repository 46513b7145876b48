"""Edits that nobody made: Telegram tells of a reaction, and of a moving location, as of edits."""

from dataclasses import replace
from datetime import timedelta

from bot.chat.rate_limiter import ANSWERS_A_MINUTE
from bot.local.messages import Message
from tests.support.app import FakeUser, Harness
from tests.support.talk import texts, told

WORDS, ADDRESS = "Run every *morning*", "me@example.com"


async def react(user: FakeUser, message: Message) -> list[Message]:
    """React to a message of one's own; returns what the bot answered."""
    return await user.edit(message.id, message.text)


async def share_location(user: FakeUser, kind: str, latitude: float) -> list[Message]:
    """Share a location (`message`) or move it (`edited_message`); returns what the bot answered."""
    message = {
        "message_id": 900,
        "date": 1_767_225_600,
        "chat": {"id": user.person.id, "type": "private"},
        "from": user.person.as_user(),
        "location": {"latitude": latitude, "longitude": 2.0, "live_period": 3600},
    }
    return await user.handled(user.telegram._queued(kind, message))


async def test_a_reaction_to_ones_letter_is_no_change_of_it(user: FakeUser) -> None:
    await user.write(WORDS)
    assert await react(user, user.last_own) == []
    assert "💌" in (await user.say(ADDRESS))[0].text


async def test_a_reaction_to_a_sealed_letter_is_no_attempt_to_edit_it(
    harness: Harness, user: FakeUser
) -> None:
    await user.write(WORDS)
    letter = user.last_own
    await user.say(ADDRESS)
    assert await react(user, letter) == []
    harness.clock.advance(timedelta(hours=1))
    assert await react(user, letter) == []
    await user.say("/write")
    assert await react(user, letter) == []
    assert texts(await user.edit(letter.id, "Run")) == [told("edit-of-sealed")]


async def test_a_shared_location_is_answered_once_however_it_moves(harness: Harness) -> None:
    harness.tuning = replace(harness.tuning, answers_a_minute=ANSWERS_A_MINUTE)
    async with harness.app() as app:
        user = harness.user(app)
        assert texts(await share_location(user, "message", 0.0)) == [told("stray")]
        for step in range(ANSWERS_A_MINUTE + 1):
            assert await share_location(user, "edited_message", float(step)) == []
        assert texts(await user.say("/help")) == [told("help")]
