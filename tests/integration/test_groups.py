"""In a group the bot points to its private chat, and says nothing more."""

import pytest

from bot.app import App
from bot.local.messages import Message
from bot.local.other_kinds import OtherKind
from bot.locales import LANGUAGES, Language, catalog
from bot.store import people
from tests.support.app import FakeUser, Harness

GROUP = -1001


async def in_group(user: FakeUser, text: str) -> list[Message]:
    await user.handled(user.telegram.say_in_group(user.person, text, GROUP))
    return [m for m in user.telegram.messages if m.by_bot and m.chat_id == GROUP]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", ["/write", "/start", "/help", "/cancel"])
async def test_a_command_is_pointed_to_the_private_chat(
    harness: Harness, app: App, language: Language, command: str
) -> None:
    user = harness.user(app, language=language)
    [answer] = await in_group(user, command)
    assert answer.text == catalog(language).say("in-group")
    [[button]] = answer.buttons
    assert button.url == "https://t.me/slow_mailbox_bot?start=write"
    [asked] = await user.open(button.url)
    assert asked.text == catalog(language).say("ask-words")


async def test_a_command_that_names_the_bot_is_answered_and_another_bots_is_not(
    user: FakeUser,
) -> None:
    assert len(await in_group(user, "/write@slow_mailbox_bot")) == 1
    assert len(await in_group(user, "/write@some_other_bot")) == 1


@pytest.mark.parametrize("text", ["me@example.com", "/fly", "hello"])
async def test_what_is_said_in_a_group_never_gets_into_a_letter(user: FakeUser, text: str) -> None:
    await user.write("Run")
    private = len(user.heard)
    assert await in_group(user, text) == []
    assert len(user.heard) == private
    assert "💌" in (await user.say("me@example.com"))[0].text


async def test_media_in_a_group_are_nobodys_business(harness: Harness, user: FakeUser) -> None:
    await user.handled(harness.telegram.send_in_group(user.person, OtherKind.PHOTO, GROUP))
    assert [m for m in harness.telegram.messages if m.by_bot] == []


async def test_where_the_bot_may_not_speak_nobody_is_told_that_something_went_wrong(
    harness: Harness, user: FakeUser, caplog: pytest.LogCaptureFixture
) -> None:
    refusal = {"description": "Bad Request: not enough rights to send text messages to the chat"}
    harness.telegram.fail_next("sendMessage", 400, refusal)
    assert await in_group(user, "/start") == []
    assert user.heard == []
    assert caplog.records == []


async def test_whoever_blocks_the_bot_and_speaks_in_a_group_blocks_it_still(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.say("/start")
    async with app.database.transaction() as tx:
        await people.note_blocked(tx, user.person.id, harness.clock.now())
    await in_group(user, "/help")
    assert await blocks_the_bot(app)
    await user.say("/help")
    assert not await blocks_the_bot(app)


async def blocks_the_bot(app: App) -> bool:
    """Return whether the one person there is was noted to block the bot."""
    [person] = await app.database.reader.all("SELECT blocked_at FROM people")
    return person["blocked_at"] is not None
