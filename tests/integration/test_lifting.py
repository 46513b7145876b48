"""A stop is undone by the mailbox's holder, and by nobody else; a stop is no loss for good."""

import shutil
from datetime import timedelta

import pytest

from bot.app import DATABASE, App
from bot.chat import suppressing
from bot.locales import LANGUAGES, Language, catalog
from bot.store import addresses, suppressions, tokens
from bot.store.mailboxes import legacy_key, mailbox_key
from bot.store.suppression_links import lift_token
from tests.support.app import FakeUser, Harness, send_nothing
from tests.support.at_rest import suppressions_kept
from tests.support.mails import CONFIRM, LIFT, STOP, html_of, link_in, text_of
from tests.support.older import legacy_link
from tests.support.smtp import Accepted, Phase, reply
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, texts, told

ADDRESS = "holder@gmail.com"
WEEK, HOUR, DAY = timedelta(days=7), timedelta(hours=1), timedelta(days=1)


def newest(server: ScriptedSmtp) -> Accepted:
    return server.accepted[-1]


async def press_stop(who: FakeUser, mail: Accepted) -> str:
    """Stop mail by a mail's own link; returns what was said at last."""
    await who.open(link_in(mail, STOP))
    return (await who.press(told("button-stop")))[-1].text


async def press_lift(who: FakeUser, mail: Accepted) -> str:
    """Allow mail again by the last mail's link; returns what was said at last."""
    await who.open(link_in(mail, LIFT))
    return (await who.press(told("button-lift")))[-1].text


async def got_a_reminder(harness: Harness, user: FakeUser, server: ScriptedSmtp) -> Accepted:
    """Let a letter's first reminder come by mail."""
    await user.seal("my words", ADDRESS)
    await harness.pass_time(user.app, WEEK)
    return newest(server)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_stop_ends_in_one_last_mail_whose_link_alone_lifts_it(
    harness: Harness, smtp_server: ScriptedSmtp, language: Language
) -> None:
    speech = catalog(language)
    async with harness.app() as app:
        user = harness.user(app, language=language)
        reminder = await got_a_reminder(harness, user, smtp_server)
        await user.open(link_in(reminder, STOP))
        assert texts(await user.press(speech.say("button-stop"))) == [speech.say("stop-done")]
        last = newest(smtp_server)
        assert last.recipients == (ADDRESS,)
        assert last.message["Subject"] == speech.say("mail-suppressed-subject")
        link = link_in(last, LIFT)
        assert link in html_of(last)
        assert last.message["List-Unsubscribe"] is None
        assert "start=s" not in text_of(last)
        assert not any("start=l" in text_of(mail) for mail in smtp_server.accepted[:-1])
        for _ in range(3):  # as scanners do
            assert texts(await user.open(link)) == [speech.say("lift-ask")]
        assert await suppressions.is_suppressed(app.database.reader, ADDRESS)
        assert texts(await user.press(speech.say("button-lift"))) == [speech.say("lift-done")]
        assert not await suppressions.is_suppressed(app.database.reader, ADDRESS)
        assert texts(await user.open(link)) == [speech.say("lift-not-needed")]
        assert len(smtp_server.accepted) == 2


async def test_a_stop_pressed_by_a_friend_in_a_forwarded_mail_loses_no_letter(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    friend = harness.user(app, "friend")
    reminder = await got_a_reminder(harness, user, smtp_server)
    await press_stop(friend, reminder)
    await harness.pass_time(app, timedelta(days=23))
    assert len(smtp_server.accepted) == 2
    assert told("address-stopped", address=ADDRESS) in texts(user.heard)
    await press_lift(user, newest(smtp_server))
    await harness.pass_time(app, DAY)
    assert len(smtp_server.accepted) == 2
    await user.say("/confirm")
    await user.open(link_in(newest(smtp_server), CONFIRM))
    assert "my words" in text_of(newest(smtp_server))
    assert len(smtp_server.accepted) == 4


async def test_lifting_allows_a_new_confirmation_and_nothing_more(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await got_a_reminder(harness, user, smtp_server)
    await press_stop(user, newest(smtp_server))
    await press_lift(user, newest(smtp_server))
    [address] = await addresses.unconfirmed(app.database.reader, user.person.id)
    assert not address.confirmed
    for days in (23, 400):
        await harness.pass_time(app, timedelta(days=days))
    assert len(smtp_server.accepted) == 2


async def test_a_mail_sent_within_the_second_of_the_lift_confirms(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await got_a_reminder(harness, user, smtp_server)
    await harness.pass_time(app, timedelta(milliseconds=700))
    await press_stop(user, newest(smtp_server))
    await press_lift(user, newest(smtp_server))
    await user.say("/confirm")
    [answer] = await user.open(link_in(newest(smtp_server), CONFIRM))
    assert answer.text == told("confirm-confirmed", address=ADDRESS)


async def test_a_reminders_link_never_lifts(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    friend = harness.user(app, "friend")
    reminder = await got_a_reminder(harness, user, smtp_server)
    await press_stop(friend, reminder)
    link = link_in(reminder, STOP)
    [answer] = await friend.open(link)
    assert answer.text == told("stop-already")
    assert labels([answer]) == []
    await friend.forge(suppressing.LIFT.data(link.partition("start=s")[2]))
    await user.say("/delete")
    await user.press(told("button-delete"))
    [answer] = await friend.open(link)
    assert labels([answer]) == []
    await friend.forge(suppressing.LIFT.data(link.partition("start=s")[2]))
    assert await suppressions.is_suppressed(app.database.reader, ADDRESS)


@pytest.mark.parametrize("made", ["another's", "a confirmation's stop", "cut", "legacy"])
async def test_no_forged_press_lifts(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp, made: str
) -> None:
    await user.seal("my words", ADDRESS, confirmed=False)
    confirmation = newest(smtp_server)
    await user.open(link_in(confirmation, CONFIRM))
    await press_stop(user, confirmation)
    vault = app.database.reader.vault
    forged = {
        "another's": lift_token(vault, "mallory@gmail.com", harness.clock.now()),
        "a confirmation's stop": link_in(confirmation, STOP).partition("start=s")[2],
        "cut": lift_token(vault, ADDRESS, harness.clock.now())[:-1],
        "legacy": legacy_key(vault, ADDRESS),
    }[made]
    mallory = harness.user(app, "mallory")
    await mallory.say("/start")
    await mallory.forge(suppressing.LIFT.data(forged))
    assert await suppressions.is_suppressed(app.database.reader, ADDRESS)


async def test_where_nobody_confirmed_no_last_mail_goes_and_the_confirmations_own_link_lifts(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    holder = harness.user(app, "holder")
    await user.seal("my words", ADDRESS, confirmed=False)
    [confirmation] = smtp_server.accepted
    assert await press_stop(holder, confirmation) == told("stop-done-unconfirmed")
    await harness.pass_time(app, WEEK)
    assert smtp_server.accepted == [confirmation]
    assert texts(await holder.open(link_in(confirmation, STOP))) == [told("lift-ask")]
    assert texts(await holder.press(told("button-lift"))) == [told("lift-done")]
    await user.say("/confirm")
    await user.open(link_in(newest(smtp_server), CONFIRM))
    assert "my words" in text_of(newest(smtp_server))


async def test_a_mailbox_confirmed_by_several_gets_one_last_mail_and_all_must_confirm_anew(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    other = harness.user(app, "other")
    await other.seal("other words", "h.older+x@googlemail.com")
    reminder = await got_a_reminder(harness, user, smtp_server)
    before = len(smtp_server.accepted)
    await press_stop(user, reminder)
    for person in (user, other):
        await person.say("/start")
        await person.forge(suppressing.STOP.data(link_in(reminder, STOP).partition("=s")[2]))
    assert len(smtp_server.accepted) == before + 1
    await press_lift(user, newest(smtp_server))
    for person in (user, other):
        [waiting] = await addresses.unconfirmed(app.database.reader, person.person.id)
        assert not waiting.confirmed


async def test_each_suppression_has_a_last_mail_of_its_own(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    for count in (2, 4):
        await press_stop(user, await got_a_reminder(harness, user, smtp_server))
        assert len(smtp_server.accepted) == count
        await press_lift(user, newest(smtp_server))
        harness.clock.advance(30 * DAY)


async def test_an_older_last_mails_link_lifts_no_later_stop(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    mallory = harness.user(app, "mallory")
    await press_stop(user, await got_a_reminder(harness, user, smtp_server))
    forwarded = newest(smtp_server)
    await mallory.open(link_in(forwarded, LIFT))  # asked, and pressed only later
    await press_lift(user, forwarded)
    harness.clock.advance(HOUR)
    await user.say("/confirm")
    confirmation = newest(smtp_server)
    await user.open(link_in(confirmation, CONFIRM))
    await press_stop(user, confirmation)
    assert texts(await mallory.press(told("button-lift"))) == [told("lift-outdated")]
    [answer] = await mallory.open(link_in(forwarded, LIFT))
    assert answer.text == told("lift-outdated")
    assert labels([answer]) == []
    assert await suppressions.is_suppressed(app.database.reader, ADDRESS)
    assert await press_lift(user, newest(smtp_server)) == told("lift-done")
    assert not await suppressions.is_suppressed(app.database.reader, ADDRESS)


async def test_an_earlier_versions_link_lifts_what_was_stopped_before_links_said_when(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await press_stop(user, await got_a_reminder(harness, user, smtp_server))
    vault = app.database.reader.vault
    undated = tokens.signed(vault, "lift", bytes.fromhex(mailbox_key(vault, ADDRESS)))
    assert texts(await user.say(f"/start l{undated}")) == [told("lift-outdated")]
    async with app.database.transaction() as tx:
        await tx.run("UPDATE suppressions SET undated = 1")
    assert texts(await user.say(f"/start l{undated}")) == [told("lift-ask")]


async def test_a_forwarded_mails_link_stops_nothing_again_that_its_holder_allowed_since(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    mallory = harness.user(app, "mallory")
    forwarded = await got_a_reminder(harness, user, smtp_server)
    harness.clock.advance(HOUR)
    await press_stop(mallory, forwarded)
    await press_lift(user, newest(smtp_server))
    harness.clock.advance(HOUR)
    await user.say("/confirm")
    confirmation = newest(smtp_server)
    await user.open(link_in(confirmation, CONFIRM))
    link = link_in(forwarded, STOP)
    [answer] = await mallory.open(link)
    assert answer.text == told("stop-outdated")
    assert labels([answer]) == []
    await mallory.forge(suppressing.STOP.data(link.partition("start=s")[2]))
    assert not await suppressions.is_suppressed(app.database.reader, ADDRESS)
    await press_stop(user, confirmation)
    assert await suppressions.is_suppressed(app.database.reader, ADDRESS)


async def test_an_old_mails_link_stops_nothing_again_that_was_allowed_since(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("my words", ADDRESS)
    token = legacy_link(app.database.reader.vault, ADDRESS)
    await user.say(f"/start s{token}")
    await user.press(told("button-stop"))
    await press_lift(user, newest(smtp_server))
    await user.forge(suppressing.STOP.data(token))
    assert not await suppressions.is_suppressed(app.database.reader, ADDRESS)


async def test_nothing_the_outbox_says_sends_a_stopped_mailbox_more_than_the_last_mail(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    reminder = await got_a_reminder(harness, user, smtp_server)
    smtp_server.fault(Phase.RCPT, reply(451, "4.7.1"), times=2)
    await press_stop(user, reminder)
    async with app.database.transaction() as tx:
        await tx.run("UPDATE deliveries SET state = 'due', next_at = due_at")
    for days in (1, 7, 400):
        await harness.pass_time(app, timedelta(days=days))
    assert [m.message["Subject"] for m in smtp_server.accepted[1:]] == [
        told("mail-suppressed-subject")
    ]


async def test_a_last_mail_that_is_no_longer_true_does_not_go(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    reminder = await got_a_reminder(harness, user, smtp_server)
    smtp_server.fault(Phase.RCPT, reply(451, "4.7.1"), times=1)
    await press_stop(user, reminder)
    async with app.database.transaction() as tx:
        await suppressions.lift(tx, mailbox_key(tx.vault, ADDRESS), harness.clock.now())
    await harness.pass_time(app, DAY)
    assert smtp_server.accepted == [reminder]


async def test_a_last_mail_that_a_server_refuses_is_no_word_to_anybody(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    reminder = await got_a_reminder(harness, user, smtp_server)
    smtp_server.refuse(ADDRESS, 550, "5.1.1")
    heard = len(user.heard)
    await press_stop(harness.user(app, "friend"), reminder)
    await harness.pass_time(app, DAY)
    assert len(user.heard) == heard


async def test_a_stop_cut_off_behind_the_ledger_is_whole_with_its_last_mail_at_the_next_start(
    harness: Harness, smtp_server: ScriptedSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        reminder = await got_a_reminder(harness, user, smtp_server)
        await user.open(link_in(reminder, STOP))
        with monkeypatch.context() as patch:
            patch.setattr(suppressions, "suppress", _cut_off)
            await user.press(told("button-stop"))
    assert suppressions_kept(harness.folder)
    async with harness.app() as app:
        assert await suppressions.is_suppressed(app.database.reader, ADDRESS)
        user = harness.user(app)
        assert texts(await user.open(link_in(reminder, STOP))) == [told("stop-unnotified")]
        await user.press(told("button-notify"))
        assert link_in(newest(smtp_server), LIFT)


async def test_a_last_mail_owed_when_the_program_dies_goes_at_the_next_start(
    harness: Harness, smtp_server: ScriptedSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        reminder = await got_a_reminder(harness, user, smtp_server)
        smtp_server.fault(Phase.RCPT, reply(451, "4.7.1"), times=1)
        send_nothing(app, monkeypatch)
        await user.open(link_in(reminder, STOP))
        await user.forge(suppressing.STOP.data(link_in(reminder, STOP).partition("=s")[2]))
    harness.clock.advance(HOUR)
    async with harness.app() as app:
        await app.settle()
        assert link_in(newest(smtp_server), LIFT)
        await harness.pass_time(app, WEEK)
        assert len(smtp_server.accepted) == 2


async def test_a_lift_cut_off_behind_the_ledger_is_whole_at_the_next_start(
    harness: Harness, smtp_server: ScriptedSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await got_a_reminder(harness, user, smtp_server)
        await press_stop(user, newest(smtp_server))
        await user.open(link_in(newest(smtp_server), LIFT))
        with monkeypatch.context() as patch:
            patch.setattr(suppressions, "lift", _cut_off)
            await user.press(told("button-lift"))
    async with harness.app() as app:
        assert not await suppressions.is_suppressed(app.database.reader, ADDRESS)
        assert not await addresses.usable(app.database.reader, user.person.id, 0)
        [waiting] = await addresses.unconfirmed(app.database.reader, user.person.id)
        assert waiting.address == ADDRESS


async def test_an_older_database_forgets_neither_a_stop_nor_its_end(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        reminder = await got_a_reminder(harness, user, smtp_server)
    shutil.copy(harness.folder / DATABASE, harness.folder / "older.db")
    async with harness.app() as app:
        await press_stop(harness.user(app), reminder)
    last = newest(smtp_server)
    _restore(harness)
    async with harness.app() as app:
        assert await suppressions.is_suppressed(app.database.reader, ADDRESS)
        assert len(smtp_server.accepted) == 2
        assert await press_lift(harness.user(app), last) == told("lift-done")
    _restore(harness)
    async with harness.app() as app:
        assert not await suppressions.is_suppressed(app.database.reader, ADDRESS)
        [waiting] = await addresses.unconfirmed(app.database.reader, user.person.id)
        assert waiting.address == ADDRESS
        await harness.pass_time(app, timedelta(days=30))
        assert len(smtp_server.accepted) == 2


# ---- Spellings: who one mailbox's holder is, and who isn't ----


async def test_whoever_reads_a_similar_mailbox_cannot_stop_anothers_mail(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    mallory = harness.user(app, "mallory")
    await user.seal("my words", "johnsmith@outlook.com")
    await mallory.seal("x", "j.ohnsmith@outlook.com", confirmed=False)
    await press_stop(mallory, newest(smtp_server))
    await harness.pass_time(app, WEEK)
    assert newest(smtp_server).recipients == ("johnsmith@outlook.com",)
    assert "my words" in text_of(newest(smtp_server))


@pytest.mark.parametrize(
    ("confirmed", "asked_for"),
    [
        ("h.older@gmail.com", "holder+x@googlemail.com"),
        ("holder@hanmail.net", "holder@daum.net"),
        ("holder@me.com", "holder@icloud.com"),
        ("hol-der@protonmail.com", "holder@pm.me"),
        ("hol.der@yandex.ru", "hol-der@ya.ru"),
        ("any@holder.fastmail.com", "holder@fastmail.com"),
    ],
)
async def test_a_stop_holds_for_all_spellings_of_one_mailbox(
    harness: Harness,
    app: App,
    user: FakeUser,
    smtp_server: ScriptedSmtp,
    confirmed: str,
    asked_for: str,
) -> None:
    await user.seal("my words", confirmed, confirmed=False)
    await press_stop(user, newest(smtp_server))
    harness.clock.advance(DAY)
    await harness.user(app, "other").seal("x", asked_for, confirmed=False)
    await harness.pass_time(app, DAY)
    assert len(smtp_server.accepted) == 1


async def test_an_old_mails_link_stops_as_wide_as_it_did_and_each_holder_can_lift_their_own(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    other = harness.user(app, "other")
    await user.seal("my words", "johnsmith@outlook.com")
    await other.seal("other words", "j.ohnsmith@outlook.com")
    token = legacy_link(app.database.reader.vault, "johnsmith@outlook.com")
    await user.say(f"/start s{token}")
    await user.press(told("button-stop"))
    last = {mail.recipients[0]: mail for mail in smtp_server.accepted}
    assert last.keys() == {"johnsmith@outlook.com", "j.ohnsmith@outlook.com"}
    await press_lift(other, last["j.ohnsmith@outlook.com"])
    reader = app.database.reader
    assert await suppressions.is_suppressed(reader, "johnsmith@outlook.com")
    assert await suppressions.is_suppressed(reader, "johnsmith+x@outlook.com")
    assert not await suppressions.is_suppressed(reader, "j.ohnsmith@outlook.com")


async def test_a_stop_of_an_earlier_version_is_lifted_by_a_last_mail_that_is_asked_for(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("my words", ADDRESS)
    async with app.database.transaction() as tx:
        await tx.run(
            "INSERT INTO suppressions (mailbox_key, suppressed_at) VALUES (:key, '')",
            key=legacy_key(tx.vault, ADDRESS),
        )
    token = legacy_link(app.database.reader.vault, ADDRESS)
    assert texts(await user.say(f"/start s{token}")) == [told("stop-unnotified")]
    await user.press(told("button-notify"))
    assert texts(await user.say(f"/start s{token}")) == [told("stop-already")]
    [last] = smtp_server.accepted
    assert await press_lift(user, last) == told("lift-done")
    assert not await suppressions.is_suppressed(app.database.reader, ADDRESS)


async def test_a_stop_of_an_earlier_version_that_nobody_can_be_mailed_about_is_lifted_by_its_link(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("my words", ADDRESS, confirmed=False)
    async with app.database.transaction() as tx:
        await suppressions.suppress(tx, legacy_key(tx.vault, ADDRESS), harness.clock.now())
    token = legacy_link(app.database.reader.vault, ADDRESS)
    assert texts(await user.say(f"/start s{token}")) == [told("lift-ask")]
    assert texts(await user.press(told("button-lift"))) == [told("lift-done")]
    assert not await suppressions.is_suppressed(app.database.reader, ADDRESS)


async def _cut_off(*_: object, **__: object) -> None:
    raise RuntimeError("cut off")


def _restore(harness: Harness) -> None:
    for name in ("", "-wal", "-shm"):
        (harness.folder / f"{DATABASE}{name}").unlink(missing_ok=True)
    shutil.copy(harness.folder / "older.db", harness.folder / DATABASE)
