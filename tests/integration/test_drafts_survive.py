"""A draft outlives restarts at every step, and a day without a word."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.local.messages import Message
from bot.locales import LANGUAGES, Language
from tests.support.app import FakeUser, Harness
from tests.support.rows import count
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, so_far, texts, told

ADDRESS = "me@example.com"
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


async def act(user: FakeUser, line: str) -> list[Message]:
    """Type a line, or press the button that `:press` names, or edit the newest message."""
    if line.startswith(":press "):
        return await user.press(line.removeprefix(":press "))
    if line.startswith(":edit "):
        return await user.edit(user.last_own.id, line.removeprefix(":edit "))
    return await user.say(line)


PATHS = [
    pytest.param(["/write", "Run", ADDRESS], id="straight"),
    pytest.param(["/start", ":press Write", "Run", ADDRESS], id="by-button"),
    pytest.param(["/write", "a" * 4001, ":edit Run", ADDRESS], id="too-long"),
    pytest.param(["/write", "Run", ":edit Swim", ADDRESS], id="edited"),
    pytest.param(["/write", "Run", "me@", ":edit me@example.com"], id="malformed"),
    pytest.param(["/write", "Run", "me@gmial.com", ":press Use me@gmail.com"], id="slip"),
    pytest.param(["/write", "Run", "me@gmial.com", ":press Keep"], id="no-slip"),
    pytest.param(["/write", "Run", "me@gmail.con", ":press Use me@gmail.com"], id="no-ending"),
    pytest.param(["/write", "Run", "ㅡㄷ@gmail.com", ":press Yes"], id="keyboard"),
    pytest.param(["/write", "Run", "me@gmail.con", ":press retype", ADDRESS], id="retyped"),
    pytest.param(["/write", "Run", "/write", ":press Go on", ADDRESS], id="gone-on"),
    pytest.param(["/write", "Run", "/write", ":press Start over", "Swim", ADDRESS], id="anew"),
]


@pytest.mark.parametrize("path", PATHS)
async def test_a_restart_at_every_step_changes_no_answer(
    harness: Harness, smtp_server: ScriptedSmtp, path: list[str]
) -> None:
    async with harness.app() as app:
        settled, restless = harness.user(app, "settled"), harness.user(app, "restless")
        for address in (ADDRESS, "me@gmail.com", "me@gmial.com"):
            await settled.has_confirmed(address)
            await restless.has_confirmed(address)
        undisturbed = [texts(await act(settled, line)) for line in path]
    restarted = []
    for line in path:
        async with harness.app() as app:
            restarted.append(texts(await act(harness.user(app, "restless"), line)))
    assert restarted == undisturbed
    async with harness.app() as app:
        assert await count(app.database, "letters") == 2
        await harness.pass_time(app, timedelta(days=7))
    assert len(smtp_server.accepted) == 2


async def test_a_prior_address_is_pressed_after_a_restart(harness: Harness) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await user.seal("Run", ADDRESS)
        await user.write("Swim")
    async with harness.app() as app:
        answer = await harness.user(app).press(ADDRESS)
        assert ADDRESS in texts(answer)[0]
        assert await count(app.database, "letters") == 2


@pytest.mark.parametrize("steps", [("Run",), ("Run", "me@gmial.com")])
async def test_cancel_works_after_a_restart(harness: Harness, steps: tuple[str, ...]) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        for line in ("/write", *steps):
            await user.say(line)
    async with harness.app() as app:
        user = harness.user(app)
        assert texts(await user.say("/cancel")) == [told("cancelled")]
    async with harness.app() as app:
        assert texts(await harness.user(app).say("Run")) == [told("stray")]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_day_without_a_word_ends_the_conversation_politely_and_keeps_the_draft(
    harness: Harness, app: App, language: Language
) -> None:
    user = harness.user(app, language=language)
    await user.write("Run")
    before = len(user.heard)
    await harness.pass_time(app, DAY - INSTANT)
    assert len(user.heard) == before
    await harness.pass_time(app, INSTANT)
    [note] = user.heard[before:]
    assert note.text == told("draft-resting", language)
    assert texts(await user.press(told("button-go-on", language))) == [so_far("Run", language)]
    assert "💌" in texts(await user.say(ADDRESS))[0]


async def test_it_is_said_once_that_a_draft_was_put_aside(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.write("Run")
    await harness.pass_time(app, DAY)
    heard = len(user.heard)
    await harness.pass_time(app, 3 * DAY)
    assert len(user.heard) == heard
    await user.press("Go on")
    heard = len(user.heard)
    await harness.pass_time(app, DAY)
    assert texts(user.heard[heard:]) == [told("draft-resting")]


@pytest.mark.parametrize("line", ["hello again", ADDRESS])
async def test_a_text_to_a_draft_put_aside_is_taken_for_nothing_and_offers_it(
    harness: Harness, app: App, user: FakeUser, line: str
) -> None:
    await user.write("Run")
    await harness.pass_time(app, DAY)
    offered = await user.say(line)
    assert texts(offered) == [told("draft-under-way", first="Run")]
    assert labels(offered) == ["Go on", "Start over"]
    assert await count(app.database, "letters") == 0
    assert texts(await user.say("/write")) == [told("draft-under-way", first="Run")]
    await user.press("Start over")
    assert texts(await user.say("Swim")) == [so_far("Swim")]


async def test_a_draft_put_aside_survives_a_restart(harness: Harness) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await user.write("Run")
    harness.clock.advance(2 * DAY)
    async with harness.app() as app:
        user = harness.user(app)
        await app.settle()
        assert user.heard[-1].text == told("draft-resting")
    async with harness.app() as app:
        user = harness.user(app)
        assert texts(await user.say("still here")) == [told("draft-under-way", first="Run")]
        assert texts(await user.press("Go on")) == [so_far("Run")]
    async with harness.app() as app:
        user = harness.user(app)
        assert "💌" in texts(await user.say(ADDRESS))[0]
        await harness.pass_time(app, timedelta(days=7))
        assert "Run" in user.heard[-2].text
        assert user.heard[-1].text == told("mail-not-sent")


async def test_one_persons_idleness_is_nobody_elses(harness: Harness, app: App) -> None:
    idle, busy = harness.user(app, "idle"), harness.user(app, "busy")
    await idle.write("Run")
    await harness.pass_time(app, DAY / 2)
    await busy.write("Swim")
    await harness.pass_time(app, DAY / 2)
    assert idle.heard[-1].text == told("draft-resting")
    assert busy.heard[-1].text == so_far("Swim")
    assert "💌" in texts(await busy.say(ADDRESS))[0]
