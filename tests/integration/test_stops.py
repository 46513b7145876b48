"""Whoever reads a mailbox can stop mail to it: for good, in every spelling, whoever writes."""

import os
import shutil
from datetime import timedelta
from email.message import EmailMessage

import pytest

from bot import callbacks
from bot.app import DATABASE, STOPS, House
from bot.locales import Language, catalog
from bot.store import outbox, stops
from bot.store.mailboxes import mailbox_key
from bot.store.stop_list import StopsOfAnotherStore
from tests.support.house import Guest, Premises
from tests.support.mails import CONFIRM, STOP, code_in, html_of, link_in, text_of
from tests.support.rows import count
from tests.support.smtp import Phase, reply
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import EN, labels

ADDRESS = "victim@gmail.com"
SPELLINGS = ["victim@gmail.com", "Victim@Gmail.com", "v.ictim+x@gmail.com", "victim@googlemail.com"]
WEEK, LEASE = timedelta(days=7), timedelta(minutes=11)


async def stop(guest: Guest, server: ScriptedSmtp) -> None:
    """Stop mail by the newest mail's link and the button it brings up."""
    await guest.open(link_in(server.accepted[-1], STOP))
    [answer] = await guest.press(EN.say("button-stop"))
    assert answer.text == EN.say("stop-done")


async def stopped_before(premises: Premises, server: ScriptedSmtp) -> set[str]:
    """Live through a run in which mail is stopped; gives the keys of the stops."""
    async with premises.house() as house:
        guest = premises.guest(house)
        await guest.seal("first", ADDRESS, confirmed=False)
        await stop(guest, server)
        return await stops.keys(house.database.reader)


@pytest.mark.parametrize("language", Language)
async def test_a_link_alone_changes_nothing_and_the_button_stops_the_mail(
    premises: Premises, smtp_server: ScriptedSmtp, language: Language
) -> None:
    speech = catalog(language)
    async with premises.house() as house:
        guest = premises.guest(house, language=language)
        await guest.seal("first", ADDRESS)
        await premises.pass_time(house, WEEK)
        for _ in range(3):  # as scanners do
            [answer] = await guest.open(link_in(smtp_server.accepted[-1], STOP))
            assert answer.text == speech.say("stop-ask")
        assert await stops.keys(house.database.reader) == set()
        [answer] = await guest.press(speech.say("button-stop"))
        assert answer.text == speech.say("stop-done")
        await premises.pass_time(house, timedelta(days=23))
        assert len(smtp_server.accepted) == 1
        assert sum("first" in m.text for m in guest.heard) == 2


async def test_every_mail_carries_the_link_in_its_text_its_page_and_its_header(
    premises: Premises, house: House, guest: Guest, smtp_server: ScriptedSmtp
) -> None:
    await guest.seal("first", ADDRESS, confirmed=False)
    await guest.say(code_in(smtp_server.accepted[-1]))
    await premises.pass_time(house, WEEK)
    await premises.pass_time(house, timedelta(days=23))
    assert len(smtp_server.accepted) == 3
    for mail in smtp_server.accepted:
        link = link_in(mail, STOP)
        message: EmailMessage = mail.message
        assert message["List-Unsubscribe"] == f"<{link}>"
        assert link in html_of(mail)


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_after_a_stop_nobody_can_have_anything_mailed_there_in_any_spelling(
    premises: Premises, house: House, guest: Guest, smtp_server: ScriptedSmtp, spelling: str
) -> None:
    other = premises.guest(house, "other")
    await guest.seal("first", ADDRESS, confirmed=False)
    await stop(premises.guest(house, "whoever reads it"), smtp_server)
    premises.clock.advance(timedelta(days=2))
    for person in (guest, other):
        await person.write("mail me")
        assert (await person.say(spelling))[-1].text == EN.say("stopped-address")
        await person.say("/cancel")
    await guest.say("/confirm")
    await premises.pass_time(house, WEEK)
    assert len(smtp_server.accepted) == 1


async def test_what_was_stopped_is_not_confirmed_by_the_link_that_is_left(
    premises: Premises, house: House, guest: Guest, smtp_server: ScriptedSmtp
) -> None:
    await guest.seal("first", ADDRESS, confirmed=False)
    await stop(guest, smtp_server)
    [answer] = await guest.open(link_in(smtp_server.accepted[-1], CONFIRM))
    assert answer.text == EN.say("confirm-not-asked")
    [answer] = await guest.say("/confirm")
    assert answer.text == EN.say("stopped-address")
    await guest.press(EN.say("button-change-address"))
    await guest.say("other@example.com")
    await guest.say(code_in(smtp_server.accepted[-1]))
    await premises.pass_time(house, WEEK)
    assert smtp_server.accepted[-1].recipients == ("other@example.com",)


async def test_letters_already_due_or_confirmed_by_others_do_not_go_and_their_owners_are_told(
    premises: Premises, house: House, guest: Guest, smtp_server: ScriptedSmtp
) -> None:
    other = premises.guest(house, "other")
    await guest.seal("first", SPELLINGS[2], confirmed=False)
    confirmation = smtp_server.accepted[-1]
    await guest.say(code_in(confirmation))
    await other.seal("second", SPELLINGS[3])
    smtp_server.fault(Phase.RCPT, reply(451, "4.7.1"), times=2)
    await premises.pass_time(house, WEEK)
    await stop(guest, smtp_server)
    await premises.pass_time(house, timedelta(days=1))
    assert len(smtp_server.accepted) == 1
    for person, address in ((guest, SPELLINGS[2]), (other, SPELLINGS[3])):
        told = [m.text for m in person.heard]
        assert EN.say("address-stopped", address=address) in told


async def test_one_claimed_at_that_moment_does_not_go_either(
    premises: Premises, house: House, guest: Guest, smtp_server: ScriptedSmtp
) -> None:
    await guest.seal("first", ADDRESS)
    gate = smtp_server.hold(Phase.RCPT)
    premises.clock.advance(WEEK)
    house.postman.wake()
    await gate.reached()
    async with house.database.transaction() as tx:
        key = mailbox_key(tx.vault, ADDRESS)
        await stops.stop(tx, key, premises.clock.now())
    gate.release()
    await house.settle()
    assert smtp_server.accepted == []
    await premises.pass_time(house, LEASE)
    assert smtp_server.accepted == []
    assert EN.say("address-stopped", address=ADDRESS) in [m.text for m in guest.heard]


async def test_a_confirmation_owed_already_is_not_mailed_after_a_stop(
    premises: Premises, house: House, guest: Guest, smtp_server: ScriptedSmtp
) -> None:
    await guest.seal("first", ADDRESS, confirmed=False)
    link = link_in(smtp_server.accepted[-1], STOP)
    premises.clock.advance(timedelta(hours=1))
    gate = smtp_server.hold(Phase.RCPT)
    guest.telegram.say(guest.person, "/confirm")
    await gate.reached()
    update = guest.telegram.open(guest.person, link)
    await guest.telegram.confirmed(update)
    await house.answered()
    await guest.telegram.confirmed(guest.telegram.press(guest.person, EN.say("button-stop")))
    await house.answered()
    gate.release()
    await house.settle()
    await premises.pass_time(house, LEASE)
    assert len(smtp_server.accepted) == 1


@pytest.mark.parametrize("made", ["cut", "longer", "turned", "another house's", "nothing", "code"])
async def test_forged_links_and_buttons_stop_nothing(
    premises: Premises, house: House, guest: Guest, smtp_server: ScriptedSmtp, made: str
) -> None:
    await guest.seal("first", ADDRESS, confirmed=False)
    mail = smtp_server.accepted[-1]
    carried = link_in(mail, STOP).partition("start=s")[2]
    forged = {
        "cut": carried[:-1],
        "longer": f"{carried}A",
        "turned": carried[::-1],
        "another house's": "A" * 38,
        "nothing": "-",
        "code": link_in(mail, CONFIRM).partition("start=c")[2],
    }[made]
    [answer] = await guest.say(f"/start s{forged}")
    assert answer.text == EN.say("link-unknown")
    data = callbacks.stop_mail(forged)
    [answer] = await guest.forge(data)
    assert answer.text == EN.say("stale-press")
    assert await stops.keys(house.database.reader) == set()
    assert (premises.folder / STOPS).exists() is False


async def test_a_stop_survives_the_persons_rows(
    premises: Premises, house: House, guest: Guest, smtp_server: ScriptedSmtp
) -> None:
    await guest.seal("first", ADDRESS, confirmed=False)
    await stop(guest, smtp_server)
    async with house.database.transaction() as tx:
        for table in ("confirmations", "deliveries", "letters", "drafts", "addresses"):
            await tx.run(f"DELETE FROM {table}")  # noqa: S608 - of this list
        await tx.run("DELETE FROM people")
    premises.clock.advance(timedelta(days=2))
    await guest.write("again")
    assert (await guest.say(ADDRESS))[-1].text == EN.say("stopped-address")


async def test_restoring_an_older_database_brings_no_mail_back(
    premises: Premises, smtp_server: ScriptedSmtp
) -> None:
    async with premises.house() as house:
        guest = premises.guest(house)
        await guest.seal("first", ADDRESS)
    shutil.copy(premises.folder / DATABASE, premises.folder / "backup.db")
    async with premises.house() as house:
        guest = premises.guest(house)
        await premises.pass_time(house, WEEK)
        await stop(guest, smtp_server)
    for name in ("", "-wal", "-shm"):
        (premises.folder / f"{DATABASE}{name}").unlink(missing_ok=True)
    shutil.copy(premises.folder / "backup.db", premises.folder / DATABASE)
    async with premises.house() as house:
        assert len(await stops.keys(house.database.reader)) == 1
        await premises.pass_time(house, timedelta(days=30))
        assert len(smtp_server.accepted) == 1


async def test_a_lost_list_is_written_anew_from_the_database(
    premises: Premises, smtp_server: ScriptedSmtp
) -> None:
    await stopped_before(premises, smtp_server)
    listed = (premises.folder / STOPS).read_text()
    (premises.folder / STOPS).unlink()
    async with premises.house() as house:
        assert (premises.folder / STOPS).read_text() == listed
        assert await stops.is_stopped(house.database.reader, SPELLINGS[1])


async def test_a_stop_is_on_the_disk_before_anybody_is_told(
    premises: Premises, smtp_server: ScriptedSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = premises.folder / STOPS
    synced: list[tuple[int, int]] = []

    def fsync(descriptor: int) -> None:
        if path.exists() and os.path.samestat(os.fstat(descriptor), path.stat()):
            synced.append((len(path.read_bytes()), len(premises.telegram.messages)))

    monkeypatch.setattr(os, "fsync", fsync)
    await stopped_before(premises, smtp_server)
    [(size, heard)] = synced
    assert size == path.stat().st_size > 0
    assert premises.telegram.messages[heard].text == EN.say("stop-done")


async def test_an_unfinished_line_of_the_list_spoils_no_other(
    premises: Premises, smtp_server: ScriptedSmtp
) -> None:
    (premises.folder / STOPS).write_bytes(b"0123\x00\xff")
    stopped = await stopped_before(premises, smtp_server)
    async with premises.house() as house, house.database.transaction() as tx:
        await tx.run("DELETE FROM stops")
    async with premises.house() as house:
        assert len(stopped) == 1
        assert await stops.keys(house.database.reader) == stopped


async def test_no_store_is_begun_beside_the_stops_of_one_that_was_lost(
    premises: Premises, smtp_server: ScriptedSmtp
) -> None:
    await stopped_before(premises, smtp_server)
    (premises.folder / DATABASE).unlink()
    with pytest.raises(StopsOfAnotherStore):
        async with premises.house():
            pass
    assert not (premises.folder / DATABASE).exists()


async def test_nothing_is_kept_of_who_stopped_the_mail(
    premises: Premises, house: House, guest: Guest, smtp_server: ScriptedSmtp
) -> None:
    await guest.seal("first", ADDRESS, confirmed=False)
    await stop(premises.guest(house, "the mailbox's holder"), smtp_server)
    assert await count(house.database, "people") == 1
    assert await stops.is_stopped(house.database.reader, ADDRESS)


async def test_a_stopped_address_is_not_offered_for_the_next_letter(
    guest: Guest, smtp_server: ScriptedSmtp
) -> None:
    await guest.seal("first", ADDRESS, confirmed=False)
    assert ADDRESS in labels(await guest.write("second"))
    await guest.say("/cancel")
    await stop(guest, smtp_server)
    assert labels(await guest.write("second")) == []


async def test_only_a_keyed_hash_is_kept_of_a_stopped_address(
    premises: Premises, smtp_server: ScriptedSmtp
) -> None:
    async with premises.house() as house:
        guest = premises.guest(house)
        await guest.seal("first", ADDRESS, confirmed=False)
        await stop(guest, smtp_server)
        [row] = await house.database.reader.all("SELECT * FROM stops")
        assert set(row.keys()) == {"mailbox_key", "stopped_at"}
        assert len(row["mailbox_key"]) == 32
    assert (premises.folder / STOPS).read_text() == f"{row['mailbox_key']}\n"


async def test_pressing_stop_again_and_again_changes_nothing_more(
    premises: Premises, guest: Guest, smtp_server: ScriptedSmtp
) -> None:
    await guest.seal("first", ADDRESS, confirmed=False)
    await stop(guest, smtp_server)
    listed = (premises.folder / STOPS).read_text()
    for _ in range(3):
        await guest.press(EN.say("button-stop"))
    assert (premises.folder / STOPS).read_text() == listed


async def test_a_letter_to_a_stopped_address_can_go_to_another(
    premises: Premises, house: House, guest: Guest, smtp_server: ScriptedSmtp
) -> None:
    await guest.seal("first", ADDRESS)
    await premises.pass_time(house, WEEK)
    await stop(guest, smtp_server)
    await premises.pass_time(house, timedelta(days=23))
    await guest.has_confirmed("new@example.org")
    await guest.press(EN.say("button-change-address"))
    await guest.say("new@example.org")
    assert smtp_server.accepted[-1].recipients == ("new@example.org",)
    assert "first" in text_of(smtp_server.accepted[-1])
    assert await outbox.next_due(house.database.reader) is None
