"""In a group the bot points to its private chat, and says nothing more."""

import pytest

from bot.app import House
from bot.local.messages import Message
from bot.locales import Language, catalog
from bot.store import people
from tests.support.house import Guest, Premises

GROUP = -1001


async def in_group(guest: Guest, text: str) -> list[Message]:
    await guest.handled(guest.telegram.say_in_group(guest.person, text, GROUP))
    return [m for m in guest.telegram.messages if m.by_bot and m.chat_id == GROUP]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("command", ["/write", "/start", "/help", "/cancel"])
async def test_a_command_is_pointed_to_the_private_chat(
    premises: Premises, house: House, language: Language, command: str
) -> None:
    guest = premises.guest(house, language=language)
    [answer] = await in_group(guest, command)
    assert answer.text == catalog(language).say("in-group")
    [[button]] = answer.buttons
    assert button.url == "https://t.me/slow_mailbox_bot?start=write"
    [asked] = await guest.open(button.url)
    assert asked.text == catalog(language).say("ask-words")


async def test_a_command_that_names_the_bot_is_answered_and_another_bots_is_not(
    guest: Guest,
) -> None:
    assert len(await in_group(guest, "/write@slow_mailbox_bot")) == 1
    assert len(await in_group(guest, "/write@some_other_bot")) == 1


@pytest.mark.parametrize("text", ["me@example.com", "/fly", "hello"])
async def test_what_is_said_in_a_group_never_gets_into_a_letter(guest: Guest, text: str) -> None:
    await guest.write("Run")
    private = len(guest.heard)
    assert await in_group(guest, text) == []
    assert len(guest.heard) == private
    assert "💌" in (await guest.say("me@example.com"))[-1].text


async def test_media_in_a_group_are_nobodys_business(premises: Premises, guest: Guest) -> None:
    await guest.handled(premises.telegram.send_other(guest.person, "photo", group=GROUP))
    assert [m for m in premises.telegram.messages if m.by_bot] == []


async def test_where_the_bot_may_not_speak_nobody_is_told_that_something_went_wrong(
    premises: Premises, guest: Guest, caplog: pytest.LogCaptureFixture
) -> None:
    refusal = {"description": "Bad Request: not enough rights to send text messages to the chat"}
    premises.telegram.fail_next("sendMessage", 400, refusal)
    assert await in_group(guest, "/start") == []
    assert guest.heard == []
    assert caplog.records == []


async def test_whoever_blocks_the_bot_and_speaks_in_a_group_blocks_it_still(
    premises: Premises, house: House, guest: Guest
) -> None:
    await guest.say("/start")
    async with house.database.transaction() as tx:
        await people.note_blocked(tx, guest.person.id, premises.clock.now())
    await in_group(guest, "/help")
    assert await blocks_the_bot(house)
    await guest.say("/help")
    assert not await blocks_the_bot(house)


async def blocks_the_bot(house: House) -> bool:
    """Tell whether the one person there is was noted to block the bot."""
    [person] = await house.database.reader.all("SELECT blocked_at FROM people")
    return person["blocked_at"] is not None
