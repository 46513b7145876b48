"""A sealed letter in its first hour: edited, rewritten, sent elsewhere, taken back."""

import json
from datetime import timedelta

import pytest

from bot.app import App
from bot.letters import LONGEST_LETTER
from bot.local.messages import Message
from bot.locales import Catalog
from bot.store import addresses, exporting
from bot.store.database import Database
from tests.support.app import FakeUser, Harness, send_nothing
from tests.support.bot_api import BotApiServer, answer
from tests.support.rows import count, letter_texts
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, texts, told

ADDRESS, OTHER = "me@example.com", "other@example.com"
SOFT, HARD = timedelta(minutes=59), timedelta(minutes=61)
CHANGE, TAKE_BACK, LEAVE = "button-change", "button-take-back", "button-leave-letter"
CHANGE_ADDRESS = "button-change-its-address"


async def mails_to(database: Database) -> list[tuple[str, str]]:
    """Return where the mails of letters are to go, and their state."""
    rows = await database.reader.all(
        "SELECT a.*, d.state FROM deliveries d JOIN letters l ON l.id = d.letter_id"
        " JOIN addresses a ON a.id = l.address_id WHERE d.channel = 'email' ORDER BY d.due_at"
    )
    vault = database.reader.vault
    return [(addresses.Address.from_row(row, vault).address, row["state"]) for row in rows]


def sealed_message(user: FakeUser) -> Message:
    """Return what says last that a letter is sealed."""
    return [each for each in user.heard if "💌" in each.text][-1]


def own(user: FakeUser, text: str) -> Message:
    """Return the person's own message of that text."""
    mine = [each for each in user.telegram.chat(user.person) if not each.by_bot]
    return next(each for each in mine if each.text == text)


# ---- What is said ----


async def test_sealed_answers_the_persons_own_words_with_them_in_a_quote(
    harness: Harness, app: App, speech: Catalog
) -> None:
    user = harness.user(app, language=speech.language)
    await user.seal("Run every morning", ADDRESS)
    said, mine = sealed_message(user), own(user, "Run every morning")
    assert said.replied_to is not None
    assert said.replied_to.id == mine.id
    kinds = [each.type for each in said.words.entities]
    assert kinds == ["blockquote", "date_time", "date_time", "date_time"]
    assert list(mine.reactions.values()) == ["✍"]
    assert [[each.label for each in row] for row in said.buttons] == [
        [speech.say(name) for name in (CHANGE, CHANGE_ADDRESS, TAKE_BACK)],
        [speech.say("button-other-days")],
    ]
    assert ADDRESS in said.text


async def test_a_long_letter_is_quoted_folded(user: FakeUser) -> None:
    await user.seal("\n".join("abcdefgh"), ADDRESS)
    assert sealed_message(user).words.entities[0].type == "expandable_blockquote"


async def test_when_the_hour_is_over_the_buttons_go_by_themselves(
    harness: Harness, app: App, speech: Catalog
) -> None:
    user = harness.user(app, language=speech.language)
    await user.seal("Run", ADDRESS)
    said = len(user.heard)
    await harness.pass_time(app, SOFT)
    assert speech.say("sealed-changeable") in sealed_message(user).text
    await harness.pass_time(app, HARD - SOFT)
    closed = sealed_message(user)
    assert speech.say("sealed-closed") in closed.text
    assert speech.say("sealed-changeable") not in closed.text
    assert closed.buttons == ()
    assert len(user.heard) == said
    assert await count(app.database, "slots") == 0
    await harness.pass_time(app, HARD)
    assert len(user.heard) == said


async def test_a_kill_amid_the_hour_closes_the_letter_all_the_same(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await user.seal("Run", ADDRESS)
    harness.clock.advance(HARD)
    async with harness.app() as app:
        send_nothing(app, monkeypatch)
        await app.settle()
        assert told("sealed-closed") not in sealed_message(user).text
    async with harness.app() as app:
        await app.settle()
        assert told("sealed-closed") in sealed_message(user).text
        assert await count(app.database, "replies") == 0


async def test_what_cant_be_edited_at_the_end_of_the_hour_is_left(
    harness: Harness, bot_api: BotApiServer
) -> None:
    harness.api = bot_api
    async with harness.app() as app:
        user = harness.user(app)
        await user.seal("Run", ADDRESS)
        said = texts(user.heard)
        bot_api.fault("editMessageText", answer(400, "Bad Request: message can't be edited"))
        await harness.pass_time(app, HARD)
        assert texts(user.heard) == said
        assert await count(app.database, "slots") == await count(app.database, "replies") == 0


# ---- Edits ----


async def test_an_edit_of_any_of_its_messages_changes_the_letter(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.write("Run")
    await user.say("and read")
    await user.has_confirmed(ADDRESS)
    await user.say(ADDRESS)
    heard = len(user.heard)
    await harness.pass_time(app, SOFT)
    [changed] = await user.edit(own(user, "and read").id, "and read more")
    assert changed.id == sealed_message(user).id
    assert "and read more" in changed.text
    await user.edit(own(user, "Run").id, "Run far")
    assert len(user.heard) == heard
    assert await letter_texts(app.database) == ["Run far\nand read more"]
    await harness.pass_time(app, timedelta(days=7))
    assert "Run far\nand read more" in user.heard[-1].text


async def test_after_the_hour_an_edit_changes_nothing_whichever_message_it_is(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.write("Run")
    await user.say("and read")
    await user.press(told("button-just-here"))
    await harness.pass_time(app, HARD)
    for text in ("and read", "Run"):
        mine = own(user, text)
        assert await user.edit(mine.id, text) == []
        said = await user.edit(mine.id, f"{text} not")
        assert texts(said) == [told("edit-of-sealed")]
        assert labels(said) == [told("button-add-postscript")]
    assert await letter_texts(app.database) == ["Run\nand read"]
    await user.press(told("button-add-postscript"))
    await user.say("and rest")
    assert await count(app.database, "postscripts") == 1


@pytest.mark.parametrize("by", [timedelta(hours=1) - timedelta(seconds=1), timedelta(hours=1)])
async def test_the_hour_goes_by_the_clock_not_by_the_job(
    harness: Harness, app: App, user: FakeUser, by: timedelta
) -> None:
    await user.write("Run")
    await user.press(told("button-just-here"))
    harness.clock.advance(by)
    await user.edit(own(user, "Run").id, "Read")
    expected = "Read" if by < timedelta(hours=1) else "Run"
    assert await letter_texts(app.database) == [expected]


@pytest.mark.parametrize("edit", ["⠀", "x" * (LONGEST_LETTER + 1)])
async def test_an_edit_that_makes_no_letter_of_it_changes_nothing(
    app: App, user: FakeUser, edit: str
) -> None:
    await user.write("Run")
    await user.press(told("button-just-here"))
    [said] = await user.edit(own(user, "Run").id, edit)
    assert said.text.endswith(told("letter-unchanged"))
    assert await letter_texts(app.database) == ["Run"]


# ---- Rewritten ----


async def test_new_words_take_the_letters_place_and_until_then_it_stays(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.seal("Run", ADDRESS)
    first = sealed_message(user)
    [asked] = await user.press(told(CHANGE))
    assert asked.text == told("ask-changed-words")
    assert await letter_texts(app.database) == ["Run"]
    await user.say("Swim instead")
    said = sealed_message(user)
    assert said.replied_to is not None
    assert said.replied_to.text == "Swim instead"
    assert first.id not in [each.id for each in user.heard]
    assert told(LEAVE) not in labels(user.heard)
    assert await letter_texts(app.database) == ["Swim instead"]
    await user.edit(own(user, "Swim instead").id, "Swim far")
    assert await letter_texts(app.database) == ["Swim far"]
    assert texts(await user.edit(own(user, "Run").id, "Ran")) == [told("edit-without-effect")]
    await harness.pass_time(app, timedelta(days=7))
    assert "Swim far" in user.heard[-1].text


async def test_a_letter_under_way_is_gone_on_with_after_a_change(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await user.write("Another")
    await user.press(told(CHANGE))
    await user.say("Swim")
    assert await letter_texts(app.database) == ["Swim"]
    assert "Another" in (await user.say("and more"))[-1].text
    await user.press(told("button-just-here"))
    assert await letter_texts(app.database) == ["Swim", "Another\nand more"]


@pytest.mark.parametrize("way", ["button", "/cancel", "leave it", "walks away"])
async def test_who_leaves_it_has_their_letter_as_it_was(
    harness: Harness, app: App, user: FakeUser, way: str
) -> None:
    await user.seal("Run", ADDRESS)
    await user.press(told(CHANGE))
    match way:
        case "button":
            said = await user.press(told(LEAVE))
        case "walks away":
            await harness.pass_time(app, timedelta(days=2))
            said = await user.say("Shall I swim every day instead?")
            assert texts(said)[0] != told("letter-left")
        case _:
            said = await user.say(way)
    if way != "walks away":
        assert texts(said) == [told("letter-left")]
        await user.say("hello")
    assert await letter_texts(app.database) == ["Run"]


async def test_new_words_that_come_too_late_are_offered_as_a_letter(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.seal("Run", ADDRESS)
    await user.press(told(CHANGE))
    harness.clock.advance(HARD)
    said = texts(await user.say("Swim every morning instead"))
    assert said == [told("too-late-to-change"), told("letter-offer")]
    assert await letter_texts(app.database) == ["Run"]


async def test_an_edit_ends_the_asking_for_new_words(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await user.press(told(CHANGE))
    await user.edit(own(user, "Run").id, "Read")
    assert texts(await user.say("hello")) == [told("stray")]
    assert await letter_texts(app.database) == ["Read"]


# ---- Another address ----


async def test_another_address_is_for_that_letter_alone(app: App, user: FakeUser) -> None:
    await user.has_confirmed(OTHER)
    await user.seal("First", ADDRESS)
    await user.seal("Second", ADDRESS)
    await user.press(told(CHANGE_ADDRESS))
    said = await user.say(OTHER)
    assert told("letter-address-changed", address=OTHER) in texts(said)
    assert OTHER in sealed_message(user).text
    assert sorted(await mails_to(app.database)) == [(ADDRESS, "due")] * 2 + [(OTHER, "due")] * 2


async def test_an_address_typed_for_new_words_is_the_letters(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await user.press(told(CHANGE))
    await user.say(OTHER)
    assert await letter_texts(app.database) == ["Run"]
    assert await mails_to(app.database) == [(OTHER, "held")] * 2


async def test_an_unconfirmed_address_is_asked_to_be_confirmed(
    app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("Run", ADDRESS, confirmed=False)
    await user.press(told(CHANGE_ADDRESS))
    said = await user.say(OTHER)
    assert told("confirm-sent", address=OTHER) in texts(said)
    assert await mails_to(app.database) == [(OTHER, "held")] * 2
    assert [each.recipients for each in smtp_server.accepted] == [(ADDRESS,), (OTHER,)]


async def test_a_letter_can_come_just_here_after_all(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await user.press(told(CHANGE_ADDRESS))
    said = texts(await user.press(told("button-just-here")))
    assert told("letter-just-here") in said
    assert ADDRESS not in sealed_message(user).text
    assert await mails_to(app.database) == []
    assert await count(app.database, "deliveries") == 2


async def test_an_address_that_comes_after_the_hour_is_taken_all_the_same(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.seal("Run", ADDRESS)
    await user.has_confirmed(OTHER)
    await user.press(told(CHANGE_ADDRESS))
    harness.clock.advance(HARD)
    assert texts(await user.say(OTHER)) == [told("letter-address-changed", address=OTHER)]
    assert await mails_to(app.database) == [(OTHER, "due")] * 2


# ---- Taken back ----


async def test_a_letter_is_taken_back_after_59_minutes(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("Run", ADDRESS)
    said = sealed_message(user)
    await harness.pass_time(app, SOFT)
    [gone] = await user.press(told(TAKE_BACK))
    assert (gone.id, gone.text) == (said.id, told("taken-back"))
    assert labels([gone]) == [told("button-put-back")]
    assert own(user, "Run").text == "Run"
    assert await letter_texts(app.database) == [""]
    assert await count(app.database, "deliveries") == await count(app.database, "slots") == 0
    assert texts(await user.edit(own(user, "Run").id, "Read")) == [told("edit-without-effect")]
    heard = len(user.heard)
    await harness.pass_time(app, timedelta(days=40))
    assert (len(user.heard), smtp_server.accepted) == (heard, [])


@pytest.mark.parametrize("button", [CHANGE, CHANGE_ADDRESS, TAKE_BACK])
async def test_after_61_minutes_a_button_still_there_is_answered_kindly(
    harness: Harness, app: App, user: FakeUser, button: str
) -> None:
    await user.seal("Run", ADDRESS)
    harness.clock.advance(HARD)
    before = await letter_texts(app.database)
    assert texts(await user.press(told(button))) == [told("too-late-to-change")]
    assert await letter_texts(app.database) == before == ["Run"]
    assert await count(app.database, "deliveries") == 4


@pytest.mark.parametrize("name", ["change", "address", "take-back"])
async def test_nobody_elses_button_changes_a_letter(
    harness: Harness, app: App, user: FakeUser, name: str
) -> None:
    await user.seal("Run", ADDRESS)
    number = own(user, "Run").id
    other = harness.user(app, "other")
    await other.say("/start")
    assert texts(await other.forge(f"sealed:{name}:{number}")) == [told("stale-press")]
    assert await letter_texts(app.database) == ["Run"]
    assert await count(app.database, "drafts") == 0


async def test_taking_back_the_only_letter_to_an_address_asks_no_more_to_confirm_it(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("Run", ADDRESS, confirmed=False)
    await user.press(told(TAKE_BACK))
    assert labels(user.heard) == [told("button-put-back")]
    mails = len(smtp_server.accepted)
    await harness.pass_time(app, timedelta(days=3))
    assert len(smtp_server.accepted) == mails


# ---- What is kept ----


async def test_the_messages_of_a_letter_go_with_the_hour_and_with_the_person(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.seal("Run", ADDRESS)
    await user.seal("Read", ADDRESS)
    document = await exporting.export(app.database.reader, user.person.id, app.clock.now())
    assert document is not None
    kept = json.loads(document)["letters"]
    assert [[part["text"] for part in each["messages"]] for each in kept] == [["Run"], ["Read"]]
    await harness.pass_time(app, HARD)
    rows = await app.database.reader.all("SELECT parts FROM letters")
    assert [row["parts"] for row in rows] == [None, None]
    assert await count(app.database, "letter_messages") == 2
    await user.say("/delete")
    await user.press(told("button-delete"))
    assert await count(app.database, "letter_messages") == await count(app.database, "slots") == 0
