"""Edits that nobody made: Telegram tells of a reaction, and of a moving location, as of edits."""

from dataclasses import replace

from bot.chat.rate_limiter import ANSWERS_A_MINUTE
from bot.local.messages import Message
from tests.support.house import Guest, Premises
from tests.support.talk import texts, told

WORDS, ADDRESS = "Run every *morning*", "me@example.com"


async def react(guest: Guest, message: Message) -> list[Message]:
    """React to a message of one's own; gives what the bot answered."""
    return await guest.edit(message.id, message.text)


async def share_location(guest: Guest, kind: str, latitude: float) -> list[Message]:
    """Share a location (`message`) or move it (`edited_message`); gives what the bot answered."""
    message = {
        "message_id": 900,
        "date": 1_767_225_600,
        "chat": {"id": guest.person.id, "type": "private"},
        "from": guest.person.as_user(),
        "location": {"latitude": latitude, "longitude": 2.0, "live_period": 3600},
    }
    return await guest.handled(guest.telegram._queued(kind, message))


async def test_a_reaction_to_ones_letter_is_no_change_of_it(guest: Guest) -> None:
    await guest.write(WORDS)
    assert await react(guest, guest.last_own) == []
    assert "💌" in (await guest.say(ADDRESS))[-1].text


async def test_a_reaction_to_a_sealed_letter_is_no_attempt_to_edit_it(guest: Guest) -> None:
    await guest.write(WORDS)
    letter = guest.last_own
    await guest.say(ADDRESS)
    assert await react(guest, letter) == []
    await guest.say("/write")
    assert await react(guest, letter) == []
    assert texts(await guest.edit(letter.id, "Run")) == [told("edit-without-effect")]


async def test_a_shared_location_is_answered_once_however_it_moves(premises: Premises) -> None:
    premises.tuning = replace(premises.tuning, answers_a_minute=ANSWERS_A_MINUTE)
    async with premises.house() as house:
        guest = premises.guest(house)
        assert texts(await share_location(guest, "message", 0.0)) == [told("stray")]
        for step in range(ANSWERS_A_MINUTE + 1):
            assert await share_location(guest, "edited_message", float(step)) == []
        assert texts(await guest.say("/help")) == [told("help")]
