"""Refusals are judged across people: an odd reply of the mail server costs nobody their letter.

The figures are those of a server that stood on the program as it was before: 11 of 11, 3 of 3 and
50 of 50 letters were lost to a fault of the operator's, and their people asked for other addresses.
"""

from collections import Counter
from datetime import timedelta

import pytest

from bot.delivery.outcome import Cause
from bot.letters import Channel, State
from bot.local.messages import Message
from bot.local.telegram import Telegram
from bot.messages.address_wanted import AddressRefused
from bot.messages.confirmation import Confirmation
from bot.messages.mail_failed import MailGivenUp, MailInDoubt
from bot.resend import EVER
from bot.store import addresses, confirmation_queue, failures, people
from tests.support.app import Harness
from tests.support.caps import UNCAPPED
from tests.support.delivery_side import ADMIN, DeliveryRow, Lanes
from tests.support.faults import Fault, accept_then_drop
from tests.support.sealed_letters import SEOUL
from tests.support.smtp import Phase, reply
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import told as told_of

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOT_VERIFIED = reply(
    554,
    text="Message rejected: Email address is not verified. The following identities failed the"
    " check in region US-EAST-1: letters@mailbox.example",
)
HOURLY_LIMIT = reply(
    550,
    text="Domain mailbox.example has exceeded the max emails per hour (51/50 (102%)) allowed."
    " Message discarded.",
)
LOOKS_ODD = reply(554, "5.6.0", text="message looks odd")
NO_SUCH_USER = reply(550, "5.1.1", text="Recipient address rejected: User unknown in local table")


def address(person_id: int) -> str:
    return f"person{person_id}@example.com"


def to_operator(telegram: Telegram) -> list[Message]:
    return [each for each in telegram.messages if each.chat_id == ADMIN]


async def complaints(lanes: Lanes) -> list[DeliveryRow]:
    """Return all that people were told of their mail."""
    kinds = (AddressRefused.kind, MailGivenUp.kind, MailInDoubt.kind)
    return [each for kind in kinds for each in await lanes.rows_of(Channel.CHAT, kind)]


async def mail_of(lanes: Lanes, person_id: int, kind: str = "reminder") -> DeliveryRow:
    rows = await lanes.rows_of(Channel.EMAIL, kind)
    [row] = [each for each in rows if each.person_id == person_id]
    return row


async def ask(lanes: Lanes, person_id: int, typed: str | None = None) -> None:
    """Let a person give an address that has never taken mail, to be confirmed."""
    now = lanes.clock.now()
    async with lanes.database.transaction() as tx:
        await people.upsert_person(tx, person_id, language="en", zone=SEOUL, now=now)
        used = await addresses.use(tx, person_id, typed or address(person_id), now)
        await confirmation_queue.ask(tx, used, UNCAPPED, now)


def everyone_once(server: ScriptedSmtp, number: int) -> bool:
    took = Counter(recipient for mail in server.accepted for recipient in mail.recipients)
    return took == Counter(address(person_id) for person_id in range(1, number + 1))


# ---- The figures ----


@pytest.mark.parametrize(
    ("number", "phase", "no", "cause"),
    [
        (11, Phase.FINAL_DOT, NOT_VERIFIED, Cause.SENDER),
        (3, Phase.RCPT, HOURLY_LIMIT, Cause.QUOTA),
    ],
    ids=["SES", "cPanel"],
)
async def test_what_the_operator_must_mend_costs_nobody_a_letter_and_is_told_once(
    lanes: Lanes,
    telegram: Telegram,
    smtp_server: ScriptedSmtp,
    number: int,
    phase: Phase,
    no: Fault,
    cause: Cause,
) -> None:
    smtp_server.fault(phase, no)
    await lanes.seal_many(number)
    await lanes.sweep()
    await lanes.pass_time(8 * HOUR, step=5 * MINUTE)
    assert not smtp_server.accepted
    assert {each.state for each in await lanes.rows_of(Channel.EMAIL)} <= {State.DUE, State.RETRY}
    [told] = to_operator(telegram)
    assert told_of(f"remedy-{cause}") in told.text
    assert "exceeded the max emails" in told.text or "is not verified" in told.text
    assert "@mailbox.example" not in told.text

    smtp_server.heal()
    await lanes.pass_time(17 * MINUTE)
    assert everyone_once(smtp_server, number)
    assert await complaints(lanes) == []
    [_, mended] = to_operator(telegram)
    assert mended.text == told_of("lane-mended", channel="Mail")


async def test_a_recipient_map_that_is_broken_for_six_seconds_refuses_nobody(
    lanes: Lanes, smtp_server: ScriptedSmtp
) -> None:
    """25 addresses took mail before, 25 are new; the server knows none of the 50."""
    for person_id in range(1, 51):
        await (lanes.seal(person_id) if person_id % 2 else ask(lanes, person_id))
    smtp_server.fault(Phase.RCPT, NO_SUCH_USER)
    await lanes.sweep()
    lanes.clock.advance(timedelta(seconds=6))
    await lanes.sweep()
    smtp_server.heal()
    await lanes.pass_time(5 * MINUTE)
    assert everyone_once(smtp_server, 50)
    assert await complaints(lanes) == []
    row = await lanes.database.reader.row("SELECT max(refused_at) AS at FROM addresses")
    assert row["at"] is None


async def test_a_recipient_map_that_is_broken_for_a_night_is_told_once_and_refuses_nobody(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    for person_id in range(1, 51):
        await (lanes.seal(person_id) if person_id % 2 else ask(lanes, person_id))
    smtp_server.fault(Phase.RCPT, NO_SUCH_USER)
    await lanes.sweep()
    await lanes.pass_time(9 * HOUR, step=5 * MINUTE)
    assert await complaints(lanes) == []
    [told] = to_operator(telegram)
    assert told_of("remedy-recipients") in told.text
    assert "User unknown in local table" in told.text

    smtp_server.heal()
    await lanes.pass_time(HOUR)
    assert everyone_once(smtp_server, 50)
    assert await complaints(lanes) == []


async def test_a_map_that_is_broken_for_one_domain_refuses_nobody_there(
    lanes: Lanes, smtp_server: ScriptedSmtp
) -> None:
    for person_id in range(1, 21):
        await ask(lanes, person_id)
        smtp_server.refusals[address(person_id)] = NO_SUCH_USER
        await ask(lanes, person_id + 20, f"person{person_id}@example.org")
    await lanes.sweep()
    await lanes.pass_time(10 * MINUTE)
    assert len(smtp_server.accepted) == 20
    assert await complaints(lanes) == []
    smtp_server.heal()
    await lanes.pass_time(HOUR)
    assert len(smtp_server.accepted) == 40
    assert await complaints(lanes) == []


# ---- One address among others ----


async def test_a_mistyped_address_among_many_good_ones_is_told_of_at_once(
    lanes: Lanes, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.refusals[address(1)] = NO_SUCH_USER
    for person_id in range(1, 13):
        await ask(lanes, person_id)
    await lanes.sweep()
    [told] = await complaints(lanes)
    assert (told.kind, told.person_id, told.state) == (AddressRefused.kind, 1, State.SENT)
    assert len(smtp_server.accepted) == 11


async def test_whoever_is_alone_with_a_mistyped_address_hears_of_it_within_minutes(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.refusals[address(1)] = NO_SUCH_USER
    await ask(lanes, 1)
    await lanes.sweep()
    assert await complaints(lanes) == []
    await lanes.pass_time(2 * MINUTE)
    [told] = await complaints(lanes)
    assert (told.kind, told.person_id) == (AddressRefused.kind, 1)
    assert not to_operator(telegram)


async def test_whoever_was_refused_by_a_fault_that_passed_never_hears_of_it(
    lanes: Lanes, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.fault(Phase.RCPT, NO_SUCH_USER, times=1)
    await ask(lanes, 1)
    await lanes.sweep()
    await lanes.pass_time(3 * MINUTE)
    assert everyone_once(smtp_server, 1)
    assert await complaints(lanes) == []


async def test_two_mistyped_addresses_hold_up_nobody_for_longer_than_a_minute(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    for person_id in range(1, 7):
        smtp_server.refusals[address(person_id)] = NO_SUCH_USER
        await ask(lanes, person_id)
    await lanes.sweep()
    assert lanes.health(Channel.EMAIL).trouble == "smtp-550-5.1.1@rcpt"
    await lanes.seal(7)
    await lanes.pass_time(MINUTE)
    assert [mail.recipients for mail in smtp_server.accepted] == [(address(7),)]
    await lanes.pass_time(5 * MINUTE)
    assert len(await complaints(lanes)) < 6  # so many against one who got through
    for person_id in range(8, 30):
        await lanes.seal(person_id)
    await lanes.pass_time(40 * MINUTE)
    assert {told.person_id for told in await complaints(lanes)} == set(range(1, 7))
    assert len(await complaints(lanes)) == 6


async def test_whoever_gives_a_hundred_wrong_addresses_holds_up_nobodys_letter(
    lanes: Lanes, smtp_server: ScriptedSmtp
) -> None:
    for person_id in range(1, 101):
        smtp_server.refusals[address(person_id)] = NO_SUCH_USER
        await ask(lanes, person_id)
    await lanes.sweep()
    await lanes.pass_time(2 * HOUR, step=5 * MINUTE)
    assert not smtp_server.accepted
    await lanes.seal(200)
    await ask(lanes, 201)
    await lanes.pass_time(16 * MINUTE)
    assert {mail.recipients for mail in smtp_server.accepted} == {(address(200),), (address(201),)}


async def test_a_letter_that_no_server_takes_is_told_of_once_others_go_out(
    lanes: Lanes, smtp_server: ScriptedSmtp
) -> None:
    await lanes.seal(1)
    smtp_server.fault(Phase.FINAL_DOT, reply(554, text="message looks odd"), times=1)
    await lanes.sweep()
    await lanes.seal(2)
    await lanes.sweep()
    assert await complaints(lanes) == []
    smtp_server.fault(Phase.FINAL_DOT, reply(554, text="message looks odd"), times=1)
    await lanes.pass_time(MINUTE)
    mail = await mail_of(lanes, 1)
    assert (mail.state, mail.reason) == (State.FAILED, "smtp-554@final-dot")
    [told] = await complaints(lanes)
    assert (told.kind, told.person_id) == (MailGivenUp.kind, 1)


async def test_where_nothing_else_is_ever_due_a_refusal_comes_to_an_end_after_five_days(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    await lanes.seal(1)
    smtp_server.fault(Phase.FINAL_DOT, reply(554, text="message looks odd"))
    await lanes.sweep()
    await lanes.pass_time(HOUR)
    [told] = to_operator(telegram)
    assert "message looks odd" in told.text
    await lanes.pass_time(4 * DAY, step=30 * MINUTE)
    mail = await mail_of(lanes, 1)
    assert (mail.state, mail.failures) == (State.RETRY, 0)
    await lanes.pass_time(2 * DAY, step=30 * MINUTE)
    mail = await mail_of(lanes, 1)
    assert (mail.state, mail.reason) == (State.FAILED, "given-up")
    [note] = await complaints(lanes)
    assert note.kind == MailGivenUp.kind
    [_, given_up] = to_operator(telegram)
    assert told_of("letter-given-up-meanwhile") in given_up.text


@pytest.mark.parametrize("no", [NOT_VERIFIED, LOOKS_ODD], ids=["operator's", "unclear"])
async def test_where_two_people_meet_the_same_and_nobody_gets_through_it_ends_and_can_be_resent(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp, no: Fault
) -> None:
    await lanes.seal_many(2)
    smtp_server.fault(Phase.FINAL_DOT, no)
    await lanes.sweep()
    await lanes.pass_time(9 * DAY / 2, step=15 * MINUTE)
    assert {each.state for each in await lanes.rows_of(Channel.EMAIL)} == {State.RETRY}
    assert len(to_operator(telegram)) == 1
    await lanes.pass_time(2 * DAY, step=15 * MINUTE)
    assert [each.reason for each in await lanes.rows_of(Channel.EMAIL)] == ["given-up"] * 2
    assert [each.kind for each in await complaints(lanes)] == [MailGivenUp.kind] * 2
    [_, given_up] = to_operator(telegram)
    assert told_of("letter-given-up-meanwhile") in given_up.text

    smtp_server.heal()
    async with lanes.database.transaction() as tx:
        await failures.owe_again(tx, "given-up", EVER, lanes.clock.now())
    await lanes.pass_time(16 * MINUTE)
    assert everyone_once(smtp_server, 2)


# ---- Addresses that took mail before ----


async def test_an_address_that_took_mail_is_refused_on_three_days_until_that_is_believed(
    lanes: Lanes, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.refusals[address(1)] = NO_SUCH_USER
    for person_id in range(1, 6):
        await lanes.seal(person_id)
    await lanes.sweep()
    await lanes.pass_time(DAY, step=30 * MINUTE)
    assert (await mail_of(lanes, 1)).state is State.RETRY
    assert await complaints(lanes) == []
    row = await lanes.database.reader.row("SELECT * FROM addresses WHERE person_id = 1")
    assert (row["refusals"], row["refused_at"]) == (2, None)
    await lanes.pass_time(DAY, step=30 * MINUTE)
    assert (await mail_of(lanes, 1)).state is State.FAILED
    [told] = await complaints(lanes)
    assert (told.kind, told.person_id) == (AddressRefused.kind, 1)


async def test_seven_letters_to_a_dead_address_are_one_note_and_count_once_a_day(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.refusals[address(1)] = NO_SUCH_USER
    for _ in range(7):
        await lanes.seal(1)
    await lanes.seal(2)
    await lanes.sweep()
    await lanes.pass_time(2 * HOUR)
    row = await lanes.database.reader.row("SELECT * FROM addresses WHERE person_id = 1")
    assert row["refusals"] == 1
    assert not to_operator(telegram)
    await lanes.pass_time(3 * DAY, step=30 * MINUTE)
    mails = [each for each in await lanes.rows_of(Channel.EMAIL) if each.person_id == 1]
    assert [each.state for each in mails] == [State.FAILED] * 7
    assert len(await complaints(lanes)) == 1


async def test_an_address_that_takes_mail_again_starts_anew(
    lanes: Lanes, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.refusals[address(1)] = NO_SUCH_USER
    await lanes.seal(1)
    await lanes.sweep()
    await lanes.pass_time(DAY, step=30 * MINUTE)
    smtp_server.heal()
    await lanes.pass_time(DAY, step=30 * MINUTE)
    assert everyone_once(smtp_server, 1)
    row = await lanes.database.reader.row("SELECT * FROM addresses")
    assert (row["refusals"], row["refused_day"], row["refused_at"]) == (0, None, None)


@pytest.mark.parametrize("no", [reply(452, "4.2.2"), reply(554, text="odd")], ids=str)
async def test_three_letters_given_up_at_one_address_are_one_note(
    lanes: Lanes, smtp_server: ScriptedSmtp, no: Fault
) -> None:
    smtp_server.refusals[address(1)] = no
    for _ in range(3):
        await lanes.seal(1)
    await lanes.sweep()
    await lanes.pass_time(7 * DAY, step=30 * MINUTE)
    mails = await lanes.rows_of(Channel.EMAIL)
    assert [each.state for each in mails] == [State.FAILED] * 3
    assert [told.kind for told in await complaints(lanes)] == [MailGivenUp.kind]


# ---- A restart ----


async def test_a_restart_makes_no_second_try_of_a_first(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.fault(Phase.RCPT, NO_SUCH_USER)
    for _ in range(4):
        async with harness.lanes() as lanes:
            if not await lanes.rows_of(Channel.EMAIL, Confirmation.kind):
                await ask(lanes, 1)
            await lanes.sweep()
            lanes.clock.advance(10 * MINUTE)
            assert await complaints(lanes) == []
    smtp_server.heal()
    async with harness.lanes() as lanes:
        await lanes.sweep()
        assert everyone_once(smtp_server, 1)


async def test_a_restart_loses_no_count_of_what_could_not_be_judged(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.fault(Phase.FINAL_DOT, reply(554, text="message looks odd"))
    async with harness.lanes() as lanes:
        await lanes.seal(1)
    for _ in range(7):
        async with harness.lanes() as lanes:
            await lanes.sweep()
            await lanes.pass_time(DAY, step=30 * MINUTE)
    async with harness.lanes() as lanes:
        assert (await mail_of(lanes, 1)).reason == "given-up"
        assert len(await complaints(lanes)) == 1


# ---- A confirmation mail: what is told of it shows that it left ----

POLICY = reply(550, "5.7.1", text="not by our rules")
FULL = reply(452, "4.2.2", text="mailbox full")


async def told_of_the_confirmation(lanes: Lanes) -> list[DeliveryRow]:
    """Return what the first person was told of a mail that failed, and look at their export."""
    assert (await mail_of(lanes, 1, Confirmation.kind)).state is State.FAILED
    row = await lanes.database.reader.row("SELECT * FROM addresses WHERE person_id = 1")
    assert (row["refused_at"], row["refusals"], row["refused_day"]) == (None, 0, None)
    return [each for each in await complaints(lanes) if each.person_id == 1]


@pytest.mark.parametrize("no", [POLICY, FULL], ids=["policy", "full"])
async def test_of_a_mailbox_that_takes_no_mail_now_no_asker_hears(
    lanes: Lanes, smtp_server: ScriptedSmtp, no: Fault
) -> None:
    smtp_server.refusals[address(1)] = no
    await ask(lanes, 1)
    await lanes.sweep()
    await lanes.seal(2)
    await lanes.sweep()
    await lanes.pass_time(2 * MINUTE)
    if (await mail_of(lanes, 1, Confirmation.kind)).state is State.RETRY:
        await lanes.pass_time(6 * DAY, step=HOUR)
    assert await told_of_the_confirmation(lanes) == []


@pytest.mark.parametrize("no", [LOOKS_ODD, accept_then_drop()], ids=["text", "doubt"])
async def test_of_a_confirmation_mail_that_may_have_left_no_asker_hears(
    lanes: Lanes, smtp_server: ScriptedSmtp, no: Fault
) -> None:
    await ask(lanes, 1)
    smtp_server.fault(Phase.FINAL_DOT, no, times=1)
    await lanes.sweep()
    await lanes.seal(2)
    await lanes.sweep()
    smtp_server.fault(Phase.FINAL_DOT, no, times=1)
    await lanes.pass_time(6 * MINUTE)
    assert await told_of_the_confirmation(lanes) == []
