"""/letters: one's letters page by page, how each stands, and deleting one."""

import json
from datetime import timedelta

import pytest

from bot.app import App
from bot.local.messages import Message
from bot.locales import Catalog
from bot.store import exporting
from bot.store.database import Database
from bot.store.mailboxes import mailbox_key
from bot.text import FOLDED_QUOTE, MOMENT, QUOTE, Words
from tests.support.app import FakeUser, Harness
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, texts, told

ADDRESS = "me@example.com"
WEEK = timedelta(days=7)


async def seal_here(user: FakeUser, *letters: str | Words) -> None:
    """Seal letters for the chat alone, the last is the newest."""
    for words in letters:
        await user.write(words)
        await user.press(told("button-just-here"))


def kinds(message: Message) -> set[str]:
    return {entity.type for entity in message.words.entities}


def handle(message: Message, label: str) -> str:
    """Return what a message's button sends back."""
    [data] = [b.data for row in message.buttons for b in row if b.label == label]
    assert data is not None
    return data


async def test_who_has_no_letters_is_shown_how_to_write_one(user: FakeUser, app: App) -> None:
    [answer] = await user.say("/letters")
    assert answer.text == told("letters-none")
    assert labels([answer]) == [told("button-write")]
    assert await app.database.reader.all("SELECT * FROM people") == []


async def test_the_list_says_of_each_letter_when_it_comes_next(
    harness: Harness, app: App, speech: Catalog
) -> None:
    user = harness.user(app, language=speech.language)
    await user.seal("With mail", ADDRESS)
    await user.seal("Unconfirmed", "b@example.com", confirmed=False)
    await user.write("Just here")
    await user.press(speech.say("button-just-here"))
    [answer] = await user.say("/letters")
    head, *lines = answer.text.split("\n")
    assert head == speech.count("letters-head", 3)
    assert ["Just here" in lines[0], "Unconfirmed" in lines[1], "With mail" in lines[2]] == [
        True,
        True,
        True,
    ]
    waits = speech.say("letters-next-unconfirmed", date="§").partition("§")[2]
    assert [line.endswith(waits) for line in lines] == [False, True, False]
    assert labels([answer]) == ["1", "2", "3"]
    assert MOMENT in kinds(answer)


async def test_a_letter_on_its_way_shows_how_it_begins_until_it_is_opened(user: FakeUser) -> None:
    await seal_here(user, "Run every morning\nand read at night")
    await user.say("/letters")
    [page] = await user.press("1")
    assert "Run every morning…" in page.text
    assert "read at night" not in page.text
    [opened] = await user.press(told("button-open-letter"))
    assert opened.id == page.id
    assert "Run every morning\nand read at night" in opened.text
    assert QUOTE in kinds(opened)
    [back] = await user.press(told("button-letters-list"))
    assert (back.id, back.text.split("\n")[0]) == (page.id, "📬 Your letters: 1")


async def test_a_letter_that_has_come_for_the_last_time_is_open(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await seal_here(user, "Run\nand read")
    for days in (7, 23):
        await harness.pass_time(app, timedelta(days=days))
    [listed] = await user.say("/letters")
    assert told("letters-done") in listed.text
    [page] = await user.press("1")
    assert "Run\nand read" in page.text
    assert page.text.count(f"chat {told('standing-arrived')}") == 2
    assert told("button-open-letter") not in labels([page])


@pytest.mark.parametrize("words", ["line\n" * 30, "word " * 790, "x" * 4000])
async def test_long_words_are_folded_or_messages_of_their_own(user: FakeUser, words: str) -> None:
    await seal_here(user, words)
    await user.say("/letters")
    await user.press("1")
    shown = await user.press(told("button-open-letter"))
    assert words.strip() in "".join(each.text for each in shown)
    assert any(FOLDED_QUOTE in kinds(each) for each in shown)
    assert labels(shown[-1:])[-2:] == [told("button-delete-letter"), told("button-letters-list")]


async def test_a_letter_with_a_quote_of_its_own_is_a_message_of_its_own(user: FakeUser) -> None:
    await seal_here(user, Words("She said:\n").followed_by(Words("Go on\nand on").quoted()))
    await user.say("/letters")
    await user.press("1")
    words, page = await user.press(told("button-open-letter"))
    assert words.text == "She said:\nGo on\nand on"
    assert "She said" not in page.text


async def test_pages_turn_in_place(user: FakeUser) -> None:
    await seal_here(user, *(f"Letter {n}" for n in range(1, 8)))
    [first] = await user.say("/letters")
    assert labels([first]) == ["1", "2", "3", "4", "5", told("button-letters-next")]
    assert "1 · Letter 7 " in first.text
    [second] = await user.press(told("button-letters-next"))
    assert second.id == first.id
    assert labels([second]) == ["6", "7", told("button-letters-previous")]
    assert "7 · Letter 1 " in second.text
    await user.press("7")
    [again] = await user.press(told("button-letters-list"))
    assert labels([again]) == labels([second])
    await user.forge("letters:page:0")
    await user.forge("letters:page:999999999999999999")
    assert labels(user.heard[-1:]) == labels([second])


@pytest.mark.parametrize(
    ("reply", "standing"),
    [(550, "standing-refused"), (None, "standing-arrived")],
)
async def test_a_days_line_says_how_its_mail_stands(
    harness: Harness,
    app: App,
    user: FakeUser,
    smtp_server: ScriptedSmtp,
    reply: int | None,
    standing: str,
) -> None:
    await user.seal("Run", ADDRESS)
    if reply:
        async with app.database.transaction() as tx:
            await tx.run(
                "UPDATE deliveries SET state = 'failed', reason = 'smtp-550' WHERE day = 7"
                " AND channel = 'email'"
            )
    await harness.pass_time(app, WEEK)
    await user.say("/letters")
    [page] = await user.press("1")
    assert f"mail {told(standing)}" in page.text or f"chat and mail {told(standing)}" in page.text
    assert f"chat and mail {told('standing-waiting')}" in page.text


async def set_state(database: Database, sql: str) -> None:
    """Let the mail of day 7 stand as some SQL says."""
    async with database.transaction() as tx:
        await tx.run(f"UPDATE deliveries SET {sql} WHERE channel = 'email' AND day = 7")  # noqa: S608


@pytest.mark.parametrize(
    ("sql", "standing"),
    [
        ("state = 'retry'", "standing-put-off"),
        ("state = 'failed', reason = 'timeout', doubts = 2", "standing-in-doubt"),
        ("state = 'failed', reason = 'stopped'", "standing-stopped"),
        ("state = 'held'", "standing-unconfirmed"),
    ],
)
async def test_whatever_became_of_a_mail_is_said(
    app: App, user: FakeUser, sql: str, standing: str
) -> None:
    await user.seal("Run", ADDRESS)
    await set_state(app.database, sql)
    await user.say("/letters")
    [page] = await user.press("1")
    assert f"chat {told('standing-waiting')}, mail {told(standing)}" in page.text


@pytest.mark.parametrize("sql", ["state = 'held'", "state = 'failed', reason = 'stopped'"])
async def test_that_somebody_elses_mailbox_is_stopped_looks_as_unconfirmed(
    app: App, user: FakeUser, sql: str
) -> None:
    await user.seal("Run", "b@example.com", confirmed=False)
    async with app.database.transaction() as tx:
        await tx.run(
            "INSERT INTO suppressions (mailbox_key, suppressed_at) VALUES (:key, '2026-01-01')",
            key=mailbox_key(tx.vault, "b@example.com"),
        )
    await set_state(app.database, sql)
    await user.say("/letters")
    [page] = await user.press("1")
    assert f"mail {told('standing-unconfirmed')}" in page.text
    assert told("standing-stopped") not in page.text


async def test_who_deletes_one_letter_keeps_the_others(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("Run", ADDRESS)
    await user.seal("Read", ADDRESS)
    await user.seal("Drink", ADDRESS)
    await user.say("/letters")
    await user.press("2")
    [asked] = await user.press(told("button-delete-letter"))
    assert asked.text == told("letter-delete-ask", first="Read")
    [kept] = await user.press(told("button-keep-letter"))
    assert "Read" in kept.text
    await user.press(told("button-delete-letter"))
    [listed] = await user.press(told("button-delete-letter"))
    assert listed.text.startswith(told("letter-deleted", first="Read"))
    assert "Read —" not in listed.text
    assert labels([listed]) == ["1", "2"]
    await harness.pass_time(app, WEEK)
    heard = "\n".join(texts(user.heard[-2:]))
    assert "Run" in heard
    assert "Drink" in heard
    assert len(smtp_server.accepted) == 2
    export = await exporting.export(app.database.reader, user.person.id, app.clock.now())
    assert export is not None
    assert [each["text"] for each in json.loads(export)["letters"]] == ["Run", "", "Drink"]


async def test_deleting_twice_deletes_nothing_else(user: FakeUser) -> None:
    await seal_here(user, "Run", "Read")
    await user.say("/letters")
    await user.press("1")
    [asked] = await user.press(told("button-delete-letter"))
    data = handle(asked, told("button-delete-letter"))
    await user.forge(data)
    [again] = await user.forge(data)
    assert again.text.startswith(told("letter-not-here"))
    assert labels([again]) == ["1"]


@pytest.mark.parametrize("kind", ["show", "open", "delete", "delete-now", "keep", "list"])
async def test_anothers_letter_is_as_none(
    harness: Harness, app: App, user: FakeUser, kind: str
) -> None:
    await seal_here(user, "Run")
    [listed] = await user.say("/letters")
    number = handle(listed, "1").rpartition(":")[2]
    other = harness.user(app, "other")
    await other.say("/letters")
    await other.forge(f"letters:{kind}:{number}")
    none = other.heard[-1].text
    await other.forge(f"letters:{kind}:987654")
    assert none == other.heard[-1].text
    assert none.endswith(told("letters-none"))
    [still] = await user.say("/letters")
    assert "Run" in still.text


async def test_after_an_erasure_an_old_button_finds_no_newer_letter(user: FakeUser) -> None:
    await seal_here(user, "Run")
    [listed] = await user.say("/letters")
    data = handle(listed, "1").replace("show", "delete-now")
    await user.say("/delete")
    await user.press(told("button-delete"))
    await seal_here(user, "New")
    await user.forge(data)
    [still] = await user.say("/letters")
    assert "New" in still.text
