"""A letter that was taken back is put back, as it was, while its words are still held."""

import json
from datetime import timedelta

import pytest

from bot.app import App
from bot.local.messages import Message
from bot.locales import Catalog
from bot.store import exporting
from bot.text import Entity, Words
from tests.support.app import FakeUser, Harness
from tests.support.rows import count, sealed_words
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, so_far, texts, told

ADDRESS = "me@example.com"
DAY = timedelta(days=1)
BOLD = Words("Run and read", (Entity(type="bold", offset=0, length=3),))


def said_of(user: FakeUser) -> Message:
    """Return what says that a letter is sealed."""
    return [each for each in user.heard if "💌" in each.text][-1]


async def test_it_is_put_back_in_the_same_place_as_it_was(
    harness: Harness, app: App, smtp_server: ScriptedSmtp, speech: Catalog
) -> None:
    user = harness.user(app, language=speech.language)
    await user.seal(BOLD, ADDRESS)
    before = said_of(user)
    [gone] = await user.press(speech.say("button-take-back"))
    [after] = await user.press(speech.say("button-put-back"))
    assert before.id == gone.id == after.id
    assert (after.text, labels([after])) == (before.text, labels([before]))
    assert [each.text for each in await sealed_words(app.database)] == ["Run and read"]
    assert await count(app.database, "drafts") == 0
    await harness.pass_time(app, 7 * DAY)
    assert "Run and read" in user.heard[-1].text
    assert user.heard[-1].replied_to is not None
    assert [mail.recipients for mail in smtp_server.accepted] == [(ADDRESS,)]


async def test_on_the_days_that_were_chosen_with_what_was_added(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.write("Run")
    await user.say("and read")
    await user.press(told("button-just-here"))
    await user.press(told("button-other-days"))
    await user.say("in 3 days and in 100 days")
    await user.say("/letters")
    await user.press("1")
    await user.press(told("button-postscript"))
    await user.say("and stretch")
    await user.press(told("button-take-back"))
    assert await count(app.database, "postscripts") == 0
    await user.press(told("button-put-back"))
    rows = await app.database.reader.all("SELECT day, channel FROM deliveries ORDER BY day")
    assert [tuple(row) for row in rows] == [(3, "chat"), (100, "chat")]
    await harness.pass_time(app, 3 * DAY)
    assert "Run\nand read\n\nP.S." in user.heard[-1].text
    assert "and stretch" in user.heard[-1].text


async def test_it_can_be_changed_and_taken_back_again(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    own = next(e for e in user.telegram.chat(user.person) if e.text == "Run")
    for _ in range(2):
        await user.press(told("button-take-back"))
        await user.press(told("button-put-back"))
    await user.edit(own.id, "Run far")
    assert "Run far" in said_of(user).text
    assert [each.text for each in await sealed_words(app.database)] == ["Run far"]


async def test_pressed_twice_it_is_sealed_once(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    [gone] = await user.press(told("button-take-back"))
    [data] = [str(b.data) for row in gone.buttons for b in row]
    await user.press(told("button-put-back"))
    assert texts(await user.forge(data)) == [told("stale-press")]
    assert len(await sealed_words(app.database)) == 1


async def test_a_letter_under_way_stays_under_way(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await user.write("Swim")
    await user.press(told("button-take-back"))
    assert texts(await user.say("and dive")) == [so_far("Swim\nand dive")]
    said = await user.press(told("button-put-back"))
    assert so_far("Swim\nand dive") in texts(said)
    await user.press(told("button-just-here"))
    kept = [each.text for each in await sealed_words(app.database)]
    assert kept == ["Run", "Swim\nand dive"]


@pytest.mark.parametrize("way", ["seals another", "/cancel", "leaves another", "an address"])
async def test_what_its_person_does_meanwhile_leaves_it_to_be_put_back(
    app: App, user: FakeUser, way: str
) -> None:
    await user.seal("Swim", ADDRESS)
    await user.seal("Run", ADDRESS)
    [gone] = await user.press(told("button-take-back"))
    [data] = [str(b.data) for row in gone.buttons for b in row]
    match way:
        case "seals another":
            await user.seal("Read", ADDRESS)
        case "leaves another":
            await user.press(told("button-change"))
            await user.press(told("button-leave-letter"))
        case "an address":
            await user.press(told("button-change-its-address"))
            await user.press(told("button-just-here"))
        case _:
            await user.write("Read")
            await user.say("/cancel")
    await user.forge(data)
    assert [each.text for each in await sealed_words(app.database)][-1] == "Run"
    assert await count(app.database, "drafts") == 0


async def test_an_edit_of_its_words_meanwhile_is_no_part_of_another(user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    own = next(e for e in user.telegram.chat(user.person) if e.text == "Run")
    await user.press(told("button-take-back"))
    await user.write("Swim")
    assert texts(await user.edit(own.id, "Ran")) == [told("edit-without-effect")]
    assert texts(await user.say("and dive")) == [so_far("Swim\nand dive")]


async def test_after_a_day_without_a_word_nothing_is_left_of_it(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.seal("Run", ADDRESS)
    await user.press(told("button-take-back"))
    await harness.pass_time(app, DAY)
    assert await count(app.database, "drafts") == 0
    assert texts(await user.press(told("button-put-back"))) == [told("stale-press")]


async def test_nor_with_a_letter_that_rests(harness: Harness, app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await user.press(told("button-take-back"))
    await user.write("Swim")
    await harness.pass_time(app, DAY)
    document = await exporting.export(app.database.reader, user.person.id, app.clock.now())
    assert document is not None
    kept = json.loads(document)["draft"]
    assert [each["text"] for each in kept["messages"]] == ["Swim"]


async def test_what_is_held_is_exported_and_goes_with_everything(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await user.press(told("button-take-back"))
    document = await exporting.export(app.database.reader, user.person.id, app.clock.now())
    assert document is not None
    assert [each["text"] for each in json.loads(document)["draft"]["messages"]] == ["Run"]
    await user.say("/delete")
    await user.press(told("button-delete"))
    assert await count(app.database, "drafts") == 0


async def test_where_there_is_no_room_to_hold_it_that_is_said(app: App, user: FakeUser) -> None:
    for _ in range(2):
        await user.write("한" * 3900)
        await user.say("skip")
    await user.write("한" * 3900)
    await user.press(told("button-take-back"))
    said = await user.press(told("button-take-back"))
    assert texts(said) == [told("taken-back-erased")]
    assert labels(said) == []
    assert (await user.say("and more"))[-1].text.startswith(told("so-far", words="§")[:5])


@pytest.mark.parametrize("days", ["9999", "7.9999"])
async def test_a_forged_day_seals_nothing(app: App, user: FakeUser, days: str) -> None:
    await user.seal("Run", ADDRESS)
    own = next(e for e in user.telegram.chat(user.person) if e.text == "Run")
    await user.press(told("button-take-back"))
    assert texts(await user.forge(f"sealed:back:{own.id}:0:{days}")) == [told("stale-press")]
    assert len(await sealed_words(app.database)) == 1


async def test_a_kill_between_the_two_leaves_it_to_be_put_back(harness: Harness) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await user.seal("Run", ADDRESS)
        await user.press(told("button-take-back"))
    async with harness.app() as app:
        await harness.user(app).press(told("button-put-back"))
        assert [each.text for each in await sealed_words(app.database)] == ["Run"]
