"""A draft outlives restarts at every step, and a day without a word."""

from datetime import timedelta

import pytest

from bot.app import House
from bot.local.messages import Message
from bot.locales import Language
from tests.support.house import Guest, Premises
from tests.support.rows import count
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, texts, told

ADDRESS = "me@example.com"
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


async def act(guest: Guest, line: str) -> list[Message]:
    """Type a line, or press the button that `:press` names, or edit the newest message."""
    if line.startswith(":press "):
        return await guest.press(line.removeprefix(":press "))
    if line.startswith(":edit "):
        return await guest.edit(guest.last_own.id, line.removeprefix(":edit "))
    return await guest.say(line)


PATHS = [
    pytest.param(["/write", "Run", ADDRESS], id="straight"),
    pytest.param(["/start", ":press Write", "Run", ADDRESS], id="by-button"),
    pytest.param(["/write", "a" * 4001, ":edit Run", ADDRESS], id="too-long"),
    pytest.param(["/write", "Run", ":edit Swim", ADDRESS], id="edited"),
    pytest.param(["/write", "Run", "me@", ":edit me@example.com"], id="malformed"),
    pytest.param(["/write", "Run", "me@gmial.com", ":press Yes"], id="slip"),
    pytest.param(["/write", "Run", "me@gmial.com", ":press No"], id="no-slip"),
    pytest.param(["/write", "Run", "/write", ":press Go on", ADDRESS], id="gone-on"),
    pytest.param(["/write", "Run", "/write", ":press Start over", "Swim", ADDRESS], id="anew"),
]


@pytest.mark.parametrize("path", PATHS)
async def test_a_restart_at_every_step_changes_no_answer(
    premises: Premises, smtp_server: ScriptedSmtp, path: list[str]
) -> None:
    async with premises.house() as house:
        settled, restless = premises.guest(house, "settled"), premises.guest(house, "restless")
        for address in (ADDRESS, "me@gmail.com", "me@gmial.com"):
            await settled.has_confirmed(address)
            await restless.has_confirmed(address)
        undisturbed = [texts(await act(settled, line)) for line in path]
    restarted = []
    for line in path:
        async with premises.house() as house:
            restarted.append(texts(await act(premises.guest(house, "restless"), line)))
    assert restarted == undisturbed
    async with premises.house() as house:
        assert await count(house.database, "letters") == 2
        await premises.pass_time(house, timedelta(days=7))
    assert len(smtp_server.accepted) == 2


async def test_a_prior_address_is_pressed_after_a_restart(premises: Premises) -> None:
    async with premises.house() as house:
        guest = premises.guest(house)
        await guest.seal("Run", ADDRESS)
        await guest.write("Swim")
    async with premises.house() as house:
        answer = await premises.guest(house).press(ADDRESS)
        assert ADDRESS in texts(answer)[0]
        assert await count(house.database, "letters") == 2


@pytest.mark.parametrize("steps", [(), ("Run",), ("Run", "me@gmial.com")])
async def test_cancel_works_after_a_restart(premises: Premises, steps: tuple[str, ...]) -> None:
    async with premises.house() as house:
        guest = premises.guest(house)
        for line in ("/write", *steps):
            await guest.say(line)
    async with premises.house() as house:
        guest = premises.guest(house)
        assert texts(await guest.say("/cancel")) == [told("cancelled")]
    async with premises.house() as house:
        assert texts(await premises.guest(house).say("Run")) == [told("stray")]


@pytest.mark.parametrize("language", Language)
async def test_a_day_without_a_word_ends_the_conversation_politely_and_keeps_the_draft(
    premises: Premises, house: House, language: Language
) -> None:
    guest = premises.guest(house, language=language)
    await guest.write("Run")
    before = len(guest.heard)
    await premises.pass_time(house, DAY - INSTANT)
    assert len(guest.heard) == before
    await premises.pass_time(house, INSTANT)
    [note] = guest.heard[before:]
    assert note.text == told("draft-resting", language)
    assert texts(await guest.press(told("button-go-on", language))) == [
        told("ask-address", language)
    ]
    assert "💌" in texts(await guest.say(ADDRESS))[0]


async def test_it_is_said_once_that_a_draft_was_put_aside(
    premises: Premises, house: House, guest: Guest
) -> None:
    await guest.write("Run")
    await premises.pass_time(house, DAY)
    heard = len(guest.heard)
    await premises.pass_time(house, 3 * DAY)
    assert len(guest.heard) == heard
    await guest.press("Go on")
    heard = len(guest.heard)
    await premises.pass_time(house, DAY)
    assert texts(guest.heard[heard:]) == [told("draft-resting")]


@pytest.mark.parametrize("line", ["hello again", ADDRESS])
async def test_a_text_to_a_draft_put_aside_is_taken_for_nothing_and_offers_it(
    premises: Premises, house: House, guest: Guest, line: str
) -> None:
    await guest.write("Run")
    await premises.pass_time(house, DAY)
    offered = await guest.say(line)
    assert texts(offered) == [told("draft-waiting")]
    assert labels(offered) == ["Go on", "Start over"]
    assert await count(house.database, "letters") == 0
    assert texts(await guest.say("/write")) == [told("draft-under-way")]
    await guest.press("Start over")
    assert texts(await guest.say("Swim")) == [told("ask-address")]


async def test_a_draft_put_aside_survives_a_restart(premises: Premises) -> None:
    async with premises.house() as house:
        guest = premises.guest(house)
        await guest.write("Run")
    premises.clock.advance(2 * DAY)
    async with premises.house() as house:
        guest = premises.guest(house)
        await house.settle()
        assert guest.heard[-1].text == told("draft-resting")
    async with premises.house() as house:
        guest = premises.guest(house)
        assert texts(await guest.say("still here")) == [told("draft-waiting")]
        assert texts(await guest.press("Go on")) == [told("ask-address")]
    async with premises.house() as house:
        guest = premises.guest(house)
        assert "💌" in texts(await guest.say(ADDRESS))[0]
        await premises.pass_time(house, timedelta(days=7))
        assert "Run" in guest.heard[-1].text


async def test_one_persons_idleness_is_nobody_elses(premises: Premises, house: House) -> None:
    idle, busy = premises.guest(house, "idle"), premises.guest(house, "busy")
    await idle.write("Run")
    await premises.pass_time(house, DAY / 2)
    await busy.write("Swim")
    await premises.pass_time(house, DAY / 2)
    assert idle.heard[-1].text == told("draft-resting")
    assert busy.heard[-1].text == told("ask-address")
    assert "💌" in texts(await busy.say(ADDRESS))[0]
