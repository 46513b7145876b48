"""A postscript: added to a sealed letter, it comes along with it, and goes with it."""

import json
from datetime import timedelta

import pytest

from bot.app import App
from bot.letters import LONGEST_POSTSCRIPT, MOST_POSTSCRIPTS
from bot.local.messages import Message
from bot.locales import Catalog
from bot.store import exporting
from bot.text import Entity, Words
from tests.support.app import FakeUser, Harness
from tests.support.mails import text_of
from tests.support.rows import count, sealed_words
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, texts, told

ADDRESS = "me@example.com"
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


async def ask(user: FakeUser, speech: Catalog | None = None) -> list[Message]:
    """Ask to add to the newest letter."""
    await user.say("/letters")
    await user.press("1")
    label = speech.say("button-postscript") if speech else told("button-postscript")
    return await user.press(label)


async def button_of_letter(app: App) -> str:
    """Return what the button for a postscript to the only letter sends back."""
    [row] = await app.database.reader.all("SELECT message_id FROM letters")
    return f"letters:ps:{row['message_id']}"


async def test_both_reminders_still_to_come_show_it_on_each_channel(
    harness: Harness, app: App, smtp_server: ScriptedSmtp, speech: Catalog
) -> None:
    user = harness.user(app, language=speech.language)
    await user.seal("Run", ADDRESS)
    await harness.pass_time(app, timedelta(days=2))
    assert texts(await ask(user, speech)) == [speech.say("ask-postscript")]
    [page] = await user.say(Words("and read", (Entity(type="bold", offset=4, length=4),)))
    assert page.text.startswith(speech.say("postscript-added"))
    head = speech.say("postscript-head", date="§").partition("§")[0]
    for days in (5, 23):
        await harness.pass_time(app, timedelta(days=days))
        assert f"Run\n\n{head}" in user.heard[-1].text
        assert "and read" in user.heard[-1].text
        assert any(e.type == "bold" for e in user.heard[-1].words.entities)
        assert head in text_of(smtp_server.accepted[-1])
        assert "and read" in text_of(smtp_server.accepted[-1])


async def test_it_is_shown_with_the_opened_letter_only(user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await ask(user)
    [page] = await user.say("and read")
    assert "and read" not in page.text
    [opened] = await user.press(told("button-open-letter"))
    assert "and read" in opened.text


async def test_an_edit_within_the_hour_changes_it(
    harness: Harness, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("Run", ADDRESS)
    await ask(user)
    await user.say("and raed")
    own = user.last_own.id
    await harness.pass_time(user.app, HOUR - SECOND)
    assert texts(await user.edit(own, "and read")) == [told("postscript-changed")]
    assert await user.edit(own, "and read") == []
    assert texts(await user.edit(own, "⠀")) == [told("postscript-empty")]
    await harness.pass_time(user.app, timedelta(days=7))
    assert "and read" in user.heard[-1].text
    assert "and read" in text_of(smtp_server.accepted[-1])


async def test_later_it_stays_and_another_can_be_added(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.seal("Run", ADDRESS)
    await ask(user)
    await user.say("and read")
    own = user.last_own.id
    await harness.pass_time(app, HOUR)
    said = await user.edit(own, "and swim")
    assert texts(said) == [told("postscript-sealed")]
    assert labels(said) == [told("button-add-postscript")]
    await user.press(told("button-add-postscript"))
    await user.say("and rest")
    assert await count(app.database, "postscripts") == 2
    await harness.pass_time(app, timedelta(days=7))
    assert "and read" in user.heard[-1].text


async def test_an_edit_of_the_last_of_five_is_no_sixth(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    for n in range(MOST_POSTSCRIPTS):
        await ask(user)
        await user.say(f"and {n}")
    assert texts(await user.edit(user.last_own.id, "and so on")) == [told("postscript-changed")]
    assert await count(app.database, "postscripts") == MOST_POSTSCRIPTS


async def test_it_outlives_a_restart_while_it_is_asked_for(harness: Harness) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await user.seal("Run", ADDRESS)
        await ask(user)
    async with harness.app() as app:
        await harness.user(app).say("and read")
        assert await count(app.database, "postscripts") == 1


async def test_a_letter_begun_meanwhile_takes_the_words(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.seal("Run", ADDRESS)
    await ask(user)
    harness.clock.advance(timedelta(seconds=1))
    await user.write("Another letter")
    assert await count(app.database, "postscripts") == 0


@pytest.mark.parametrize("text", ["/cancel", "그대로 둘게요"])
async def test_it_can_be_left(app: App, user: FakeUser, text: str) -> None:
    await user.seal("Run", ADDRESS)
    await ask(user)
    text = text if text == "/cancel" else told("leave-it-answers").split("\n")[0]
    assert texts(await user.say(text)) == [told("letter-left-as-it-is")]
    await user.say("What was it, really, that I wanted")
    assert await count(app.database, "postscripts") == 0


async def test_after_an_hour_a_text_is_no_postscript(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.seal("Run", ADDRESS)
    await ask(user)
    await harness.pass_time(app, timedelta(hours=2))
    await user.say("Something quite different, that may be a letter")
    assert await count(app.database, "postscripts") == 0


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("\N{BRAILLE PATTERN BLANK}", "postscript-empty"),
        ("x" * (LONGEST_POSTSCRIPT + 1), "postscript-too-long"),
    ],
)
async def test_what_is_none_is_asked_for_again(
    app: App, user: FakeUser, text: str, answer: str
) -> None:
    await user.seal("Run", ADDRESS)
    await ask(user)
    assert texts(await user.say(text)) == [told(answer)]
    await user.say("and read")
    assert await count(app.database, "postscripts") == 1


async def test_a_letter_and_all_added_to_it_stay_within_a_letters_size(
    app: App, user: FakeUser
) -> None:
    await user.seal("한" * 4000, ADDRESS)
    for _ in range(2):
        await ask(user)
        await user.say("한" * 900)
    assert await count(app.database, "postscripts") == 1


@pytest.mark.parametrize("way", ["an edit", "other words"])
async def test_nor_does_a_change_make_them_larger(app: App, user: FakeUser, way: str) -> None:
    await user.seal("Run", ADDRESS)
    own = next(each.id for each in user.telegram.chat(user.person) if each.text == "Run")
    for n in range(MOST_POSTSCRIPTS):
        await ask(user)
        await user.say("한" * 950 + str(n))
    if way == "other words":
        await user.press(told("button-change"))
        [said] = await user.say("한" * 2000)
    else:
        [said] = await user.edit(own, "한" * 2000)
    assert said.text.endswith(told("letter-unchanged"))
    assert [each.text for each in await sealed_words(app.database)] == ["Run"]


async def test_a_letter_takes_only_so_many(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    for n in range(MOST_POSTSCRIPTS):
        await ask(user)
        await user.say(f"and {n}")
    assert texts(await ask(user)) == [told("postscripts-full")]
    assert await count(app.database, "postscripts") == MOST_POSTSCRIPTS


async def test_a_letter_that_came_for_the_last_time_takes_none(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.seal("Run", ADDRESS)
    data = await button_of_letter(app)
    for days in (7, 23):
        await harness.pass_time(app, timedelta(days=days))
    await user.say("/letters")
    [page] = await user.press("1")
    assert told("button-postscript") not in labels([page])
    assert texts(await user.forge(data)) == [told("postscript-too-late")]


async def test_nobody_adds_to_anothers_letter(harness: Harness, app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    data = await button_of_letter(app)
    other = harness.user(app, "other")
    await other.say("/letters")
    await other.forge(data)
    await other.say("and not for me")
    assert await count(app.database, "postscripts") == 0


async def test_it_is_exported_and_goes_with_its_letter(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await ask(user)
    await user.say("and read")
    document = await exporting.export(app.database.reader, user.person.id, app.clock.now())
    assert document is not None
    [letter] = json.loads(document)["letters"]
    assert [each["text"] for each in letter["postscripts"]] == ["and read"]
    await user.press(told("button-delete-letter"))
    await user.press(told("button-delete-letter"))
    assert await count(app.database, "postscripts") == 0


async def test_it_goes_with_everything(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await ask(user)
    await user.say("and read")
    await user.say("/delete")
    await user.press(told("button-delete"))
    assert await count(app.database, "postscripts") == 0
