"""Whoever reads a mailbox can stop mail to it: for good, in every spelling, whoever writes."""

import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from bot.app import DATABASE, App
from bot.chat import suppressing
from bot.delivery.lane import LaneSettings
from bot.locales import LANGUAGES, Language, catalog
from bot.store import ledger_suppressions, outbox, suppressions
from bot.store.ledger_file import LEDGER, LedgerFile
from bot.store.ledger_suppressions import Entry
from bot.store.mailboxes import mailbox_key
from tests.support.app import FakeUser, Harness
from tests.support.at_rest import suppressions_kept
from tests.support.mails import CONFIRM, STOP, code_in, html_of, link_in, text_of
from tests.support.rows import count
from tests.support.smtp import Phase, reply
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import EN, labels, texts

ADDRESS = "victim@gmail.com"
SPELLINGS = ["victim@gmail.com", "Victim@Gmail.com", "v.ictim+x@gmail.com", "victim@googlemail.com"]
WEEK, LEASE = timedelta(days=7), LaneSettings().lease + timedelta(minutes=1)


async def stop(user: FakeUser, server: ScriptedSmtp) -> None:
    """Stop mail by the newest mail's link and the button it brings up."""
    await user.open(link_in(server.accepted[-1], STOP))
    [answer] = await user.press(EN.say("button-stop"))
    assert answer.text in {EN.say("stop-done"), EN.say("stop-done-unconfirmed")}


async def stopped_before(harness: Harness, server: ScriptedSmtp) -> set[str]:
    """Live through a run in which mail is stopped; returns the keys of the suppressions."""
    async with harness.app() as app:
        user = harness.user(app)
        await user.seal("first", ADDRESS, confirmed=False)
        await stop(user, server)
        return await suppressions.keys(app.database.reader)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_link_alone_changes_nothing_and_the_button_stops_the_mail(
    harness: Harness, smtp_server: ScriptedSmtp, language: Language
) -> None:
    speech = catalog(language)
    async with harness.app() as app:
        user = harness.user(app, language=language)
        await user.seal("first", ADDRESS)
        await harness.pass_time(app, WEEK)
        for _ in range(3):  # as scanners do
            [answer] = await user.open(link_in(smtp_server.accepted[-1], STOP))
            assert answer.text == speech.say("stop-ask")
        assert await suppressions.keys(app.database.reader) == set()
        [answer] = await user.press(speech.say("button-stop"))
        assert answer.text == speech.say("stop-done")
        await harness.pass_time(app, timedelta(days=23))
        reminder, last = smtp_server.accepted
        assert "first" in text_of(reminder)
        assert last.message["Subject"] == speech.say("mail-suppressed-subject")
        assert sum("📮" in m.text and "first" in m.text for m in user.heard) == 2


async def test_every_mail_carries_the_link_in_its_text_its_page_and_its_header(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("first", ADDRESS, confirmed=False)
    await user.say(code_in(smtp_server.accepted[-1]))
    await harness.pass_time(app, WEEK)
    await harness.pass_time(app, timedelta(days=23))
    assert len(smtp_server.accepted) == 3
    for mail in smtp_server.accepted:
        link = link_in(mail, STOP)
        message: EmailMessage = mail.message
        assert message["List-Unsubscribe"] == f"<{link}>"
        assert link in html_of(mail)


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_after_a_stop_nobody_can_have_anything_mailed_there_in_any_spelling(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp, spelling: str
) -> None:
    other = harness.user(app, "other")
    await user.seal("first", ADDRESS, confirmed=False)
    await stop(harness.user(app, "whoever reads it"), smtp_server)
    harness.clock.advance(timedelta(days=2))
    for person in (user, other):
        await person.write("mail me")
        said = (await person.say(spelling))[-1].text
        assert EN.say("confirm-sent", address="§").partition("§")[2] in said
    await user.say("/confirm")
    await harness.pass_time(app, WEEK)
    assert len(smtp_server.accepted) == 1


async def test_what_was_stopped_is_not_confirmed_by_the_link_that_is_left(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("first", ADDRESS, confirmed=False)
    await stop(user, smtp_server)
    [answer] = await user.open(link_in(smtp_server.accepted[-1], CONFIRM))
    assert answer.text == EN.say("confirm-stopped", address=ADDRESS)
    harness.clock.advance(timedelta(hours=1))
    answer = (await user.say("/confirm"))[-1]
    assert answer.text == EN.say("confirm-sent", address=ADDRESS)
    await user.press(EN.say("button-no-mail"))
    await user.press(EN.say("button-wrong-address"))
    await user.say("other@example.com")
    await user.say(code_in(smtp_server.accepted[-1]))
    await harness.pass_time(app, WEEK)
    assert smtp_server.accepted[-1].recipients == ("other@example.com",)


async def test_letters_already_due_or_confirmed_by_others_do_not_go_and_their_owners_are_told(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    other = harness.user(app, "other")
    await user.seal("first", SPELLINGS[2], confirmed=False)
    confirmation = smtp_server.accepted[-1]
    await user.say(code_in(confirmation))
    await other.seal("second", SPELLINGS[3])
    smtp_server.fault(Phase.RCPT, reply(451, "4.7.1"), times=2)
    await harness.pass_time(app, WEEK)
    await stop(user, smtp_server)
    await harness.pass_time(app, timedelta(days=1))
    assert not any("first" in text_of(m) or "second" in text_of(m) for m in smtp_server.accepted)
    for person, address in ((user, SPELLINGS[2]), (other, SPELLINGS[3])):
        told = [m.text for m in person.heard]
        assert EN.say("address-stopped", address=address) in told


async def test_one_claimed_at_that_moment_does_not_go_either(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("first", ADDRESS)
    gate = smtp_server.hold(Phase.RCPT)
    harness.clock.advance(WEEK)
    app.lane_runner.wake()
    await gate.reached()
    async with app.database.transaction() as tx:
        key = mailbox_key(tx.vault, ADDRESS)
        await suppressions.suppress(tx, key, harness.clock.now())
    gate.release()
    await app.settle()
    assert smtp_server.accepted == []
    await harness.pass_time(app, LEASE)
    assert smtp_server.accepted == []
    assert EN.say("address-stopped", address=ADDRESS) in [m.text for m in user.heard]


async def test_a_confirmation_owed_already_is_not_mailed_after_a_stop(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("first", ADDRESS, confirmed=False)
    link = link_in(smtp_server.accepted[-1], STOP)
    harness.clock.advance(timedelta(hours=1))
    gate = smtp_server.hold(Phase.RCPT)
    user.telegram.say(user.person, "/confirm")
    await gate.reached()
    update = user.telegram.open(user.person, link)
    await user.telegram.confirmed(update)
    await app.answered()
    await user.telegram.confirmed(user.telegram.press(user.person, EN.say("button-stop")))
    await app.answered()
    gate.release()
    await app.settle()
    await harness.pass_time(app, LEASE)
    assert len(smtp_server.accepted) == 1


@pytest.mark.parametrize("made", ["cut", "longer", "turned", "another store's", "nothing", "code"])
async def test_forged_links_and_buttons_stop_nothing(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp, made: str
) -> None:
    await user.seal("first", ADDRESS, confirmed=False)
    mail = smtp_server.accepted[-1]
    payload = link_in(mail, STOP).partition("start=s")[2]
    forged = {
        "cut": payload[:-1],
        "longer": f"{payload}A",
        "turned": payload[::-1],
        "another store's": "A" * 38,
        "nothing": "-",
        "code": link_in(mail, CONFIRM).partition("start=c")[2],
    }[made]
    [answer] = await user.say(f"/start s{forged}")
    assert answer.text == EN.say("link-unknown")
    data = suppressing.STOP.data(forged)
    [answer] = await user.forge(data)
    assert answer.text == EN.say("stale-press")
    assert await suppressions.keys(app.database.reader) == set()
    assert suppressions_kept(harness.folder) == {}


async def test_a_stop_survives_the_persons_rows(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("first", ADDRESS, confirmed=False)
    await stop(user, smtp_server)
    async with app.database.transaction() as tx:
        for table in ("confirmations", "deliveries", "letters", "drafts", "addresses"):
            await tx.run(f"DELETE FROM {table}")  # noqa: S608 - of this list
        await tx.run("DELETE FROM people")
    harness.clock.advance(timedelta(days=2))
    await user.write("again")
    said = (await user.say(ADDRESS))[-1].text
    assert EN.say("confirm-sent", address=ADDRESS) in said
    await harness.pass_time(app, WEEK)
    assert len(smtp_server.accepted) == 1


async def test_restoring_an_older_database_brings_no_mail_back(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await user.seal("first", ADDRESS)
    shutil.copy(harness.folder / DATABASE, harness.folder / "backup.db")
    async with harness.app() as app:
        user = harness.user(app)
        await harness.pass_time(app, WEEK)
        await stop(user, smtp_server)
    for name in ("", "-wal", "-shm"):
        (harness.folder / f"{DATABASE}{name}").unlink(missing_ok=True)
    shutil.copy(harness.folder / "backup.db", harness.folder / DATABASE)
    async with harness.app() as app:
        assert len(await suppressions.keys(app.database.reader)) == 1
        await harness.pass_time(app, timedelta(days=30))
        assert len(smtp_server.accepted) == 2  # the reminder before, and the last mail


async def test_an_older_ledger_put_back_forgets_no_stop(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    async with harness.app() as app:
        await harness.user(app).seal("first", ADDRESS)
    shutil.copy(harness.folder / LEDGER, harness.folder / "copy")
    async with harness.app() as app:
        await harness.pass_time(app, WEEK)
        await stop(harness.user(app), smtp_server)
    kept = {key: moments for key, (_, *moments) in suppressions_kept(harness.folder).items()}
    shutil.copy(harness.folder / "copy", harness.folder / LEDGER)
    async with harness.app() as app:
        found = suppressions_kept(harness.folder)
        assert {key: moments for key, (_, *moments) in found.items()} == kept
        assert await suppressions.is_suppressed(app.database.reader, SPELLINGS[1])


async def test_a_stop_is_on_the_disk_before_anybody_is_told(
    harness: Harness, smtp_server: ScriptedSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = ledger_suppressions.suppress
    said: list[str] = []

    def written(file: LedgerFile, keys: Sequence[str], now: datetime) -> list[Entry]:
        entries = write(file, keys, now)
        assert suppressions_kept(harness.folder).keys() == set(keys)
        said.extend(texts(harness.telegram.messages))
        return entries

    monkeypatch.setattr(ledger_suppressions, "suppress", written)
    await stopped_before(harness, smtp_server)
    assert EN.say("stop-ask") in said
    assert EN.say("stop-done-unconfirmed") not in said
    assert EN.say("stop-done-unconfirmed") in texts(harness.telegram.messages)


async def test_nothing_is_kept_of_who_stopped_the_mail(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("first", ADDRESS, confirmed=False)
    await stop(harness.user(app, "the mailbox's holder"), smtp_server)
    assert await count(app.database, "people") == 1
    assert await suppressions.is_suppressed(app.database.reader, ADDRESS)


async def test_a_stopped_address_is_not_offered_for_the_next_letter_to_who_confirmed_it(
    user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("first", ADDRESS, confirmed=False)
    await user.open(link_in(smtp_server.accepted[-1], CONFIRM))
    assert ADDRESS in labels(await user.write("second"))
    await user.say("/cancel")
    await stop(user, smtp_server)
    assert ADDRESS not in labels(await user.write("second"))
    assert texts(await user.say(ADDRESS)) == [EN.say("stopped-address")]


async def test_only_a_keyed_hash_is_kept_of_a_stopped_address(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await user.seal("first", ADDRESS, confirmed=False)
        await stop(user, smtp_server)
        [row] = await app.database.reader.all("SELECT * FROM suppressions")
        moments = {"suppressed_at", "notified_at", "lifted_at"}
        assert set(row.keys()) == {"mailbox_key", *moments, "undated"}
        assert row["undated"] == 0
        assert len(row["mailbox_key"]) == 32
    assert suppressions_kept(harness.folder) == {
        row["mailbox_key"]: (1, row["suppressed_at"], None)
    }


async def test_pressing_stop_again_and_again_changes_nothing_more(
    harness: Harness, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("first", ADDRESS, confirmed=False)
    await user.open(link_in(smtp_server.accepted[-1], STOP))
    [[button]] = user.heard[-1].buttons
    assert button.data is not None
    await user.press(button.label)
    listed = suppressions_kept(harness.folder)
    for _ in range(3):  # as an app does that was slow to hear of the first
        await user.forge(button.data)
        assert user.heard[-1].text == EN.say("stop-done-unconfirmed")
    assert suppressions_kept(harness.folder) == listed


async def test_a_letter_to_a_stopped_address_can_go_to_another(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("first", ADDRESS)
    await harness.pass_time(app, WEEK)
    await stop(user, smtp_server)
    await harness.pass_time(app, timedelta(days=23))
    await user.has_confirmed("new@example.org")
    await user.press(EN.say("button-change-address"))
    await user.say("new@example.org")
    assert smtp_server.accepted[-1].recipients == ("new@example.org",)
    assert "first" in text_of(smtp_server.accepted[-1])
    assert await outbox.next_due(app.database.reader) is None
