"""Of several questions that are open at a time, the next text answers the newest."""

from bot.app import App
from tests.integration.test_changing import mails_to
from tests.support.app import FakeUser
from tests.support.rows import count, letter_texts
from tests.support.talk import labels, texts, told

ADDRESS, OTHER = "me@example.com", "other@example.com"


async def ask_for_new_words(user: FakeUser) -> None:
    """Ask to write the newest letter anew."""
    await user.press(told("button-change"))


async def ask_for_postscript(user: FakeUser) -> None:
    """Ask to add to the newest letter."""
    await user.say("/letters")
    await user.press("1")
    await user.press(told("button-postscript"))


async def test_a_postscript_ends_the_wait_for_new_words(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await ask_for_new_words(user)
    await ask_for_postscript(user)
    await user.say("and read")
    await user.say("and something else")
    assert await letter_texts(app.database) == ["Run"]
    assert await count(app.database, "postscripts") == 1


async def test_what_was_asked_before_does_not_come_back(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await ask_for_new_words(user)
    await ask_for_postscript(user)
    await user.say("/settings")
    await user.say("and read")
    assert await letter_texts(app.database) == ["Run"]


async def test_new_words_end_the_wait_for_a_postscript(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await ask_for_postscript(user)
    await ask_for_new_words(user)
    await user.say("Read")
    await user.say("and something else")
    assert await letter_texts(app.database) == ["Read"]
    assert await count(app.database, "postscripts") == 0


async def test_the_question_for_a_zone_ends_the_wait_for_new_words(
    app: App, user: FakeUser
) -> None:
    await user.seal("Run", ADDRESS)
    await ask_for_new_words(user)
    await user.say("/settings")
    await user.press(told("button-zone"))
    await user.say("London")
    await user.say("Wonderful")
    assert await letter_texts(app.database) == ["Run"]


async def test_a_letter_under_way_is_gone_on_with(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await user.write("Read")
    await ask_for_new_words(user)
    await ask_for_postscript(user)
    await user.say("and swim")
    await user.say("a page a day")
    await user.press(told("button-just-here"))
    assert await letter_texts(app.database) == ["Run", "Read\na page a day"]


async def test_a_deleted_letter_waits_for_no_new_words(user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await ask_for_new_words(user)
    await user.say("/letters")
    await user.press("1")
    for _ in range(2):
        await user.press(told("button-delete-letter"))
    assert told("too-late-to-change") not in texts(await user.say("Read"))


async def test_a_letters_address_asked_for_last_is_not_the_one_to_be_offered(
    app: App, user: FakeUser
) -> None:
    await user.seal("Run", ADDRESS)
    await user.say("/settings")
    await user.press(told("button-address"))
    await user.press(told("button-change-its-address"))
    await user.say(OTHER)
    assert await mails_to(app.database) == [(OTHER, "held")] * 2
    assert labels(user.heard).count(told("button-no-mail")) == 1
