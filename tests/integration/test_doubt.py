"""What may have arrived goes once more, known by its Message-ID or a word, and no third time."""

from datetime import timedelta

import pytest

from bot.delivery.lane import LaneSettings
from bot.letters import Channel, State
from bot.local.telegram import Telegram
from bot.messages.mail_failed import MailInDoubt
from bot.messages.operator_notes import Report
from tests.support import one_claim
from tests.support.app import Harness
from tests.support.bot_api import BotApiServer
from tests.support.delivery_side import DeliveryRow, Lanes
from tests.support.faults import accept_then_drop
from tests.support.sealed_letters import WORDS
from tests.support.smtp import Phase
from tests.support.smtpd import ScriptedSmtp
from tests.support.watched import Gate

DAY = timedelta(days=1)
LEASE = LaneSettings().lease
MAYBE_AGAIN = "(maybe for the second time)"
NEVER_HEARD = "never heard that it was taken"


def message_ids(server: ScriptedSmtp) -> list[str]:
    return [str(mail.message["Message-ID"]) for mail in server.accepted]


def reminders_of(telegram: Telegram) -> list[str]:
    return [each.text for each in telegram.messages if WORDS in each.text]


@pytest.mark.parametrize("unanswered", [1, 2])
async def test_a_mail_whose_yes_got_lost_goes_twice_at_most_with_one_message_id(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp, unanswered: int
) -> None:
    smtp_server.fault(Phase.FINAL_DOT, accept_then_drop(), times=unanswered)
    await lanes.seal()
    await lanes.sweep()
    await lanes.pass_time(6 * DAY, step=timedelta(hours=6))
    assert len(smtp_server.accepted) == 2
    assert len(set(message_ids(smtp_server))) == 1
    mail = await lanes.row_of(Channel.EMAIL)
    told = any(NEVER_HEARD in each.text for each in telegram.messages)
    if unanswered == 1:
        assert (mail.state, mail.doubts) == (State.SENT, 1)
        assert not told
    else:
        assert (mail.state, mail.reason) == (State.FAILED, "unconfirmed")
        assert told


async def test_a_mail_found_in_flight_after_a_restart_goes_once_more_and_never_a_third_time(
    harness: Harness, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    for run in (1, 2):
        gate = smtp_server.hold(Phase.ACCEPTED)
        async with harness.lanes() as lanes:
            if run == 1:
                await lanes.seal()
                await lanes.lanes[Channel.CHAT].drain()  # the reminder there is not cut off
            lanes.lane_runner.wake()
            await smtp_server.wait_for_messages(run)
            await gate.reached()
            assert (await lanes.row_of(Channel.EMAIL)).state is State.IN_FLIGHT
        gate.release()
    async with harness.lanes() as lanes:
        await lanes.sweep()
        await lanes.pass_time(6 * DAY, step=timedelta(hours=6))
        mail = await lanes.row_of(Channel.EMAIL)
        assert (mail.state, mail.reason, mail.doubts) == (State.FAILED, "unconfirmed", 2)
        assert (await lanes.row_of(Channel.CHAT, MailInDoubt.kind)).state is State.SENT
    assert len(smtp_server.accepted) == 2
    assert len(set(message_ids(smtp_server))) == 1
    assert NEVER_HEARD in telegram.messages[-1].text


async def cut_off_at(gate: Gate, harness: Harness) -> DeliveryRow:
    """Cut a posting side off while its only mail is at a gate; returns how that mail stands."""
    async with harness.lanes() as lanes:
        await lanes.seal()
        lanes.lane_runner.wake()
        await gate.reached()
        mail = await lanes.row_of(Channel.EMAIL)
    gate.release()
    return mail


async def test_a_mail_found_in_flight_is_sent_again_at_once_and_settled(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    await cut_off_at(smtp_server.hold(Phase.ACCEPTED), harness)
    async with harness.lanes() as lanes:
        await lanes.sweep()
        mail = await lanes.row_of(Channel.EMAIL)
    assert (mail.state, mail.doubts, mail.failures) == (State.SENT, 1, 0)
    assert len(set(message_ids(smtp_server))) == 1


async def test_a_mail_cut_off_before_its_first_byte_is_no_doubt(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    cut_off = await cut_off_at(smtp_server.hold(Phase.RCPT), harness)
    assert cut_off.state is State.CLAIMED
    async with harness.lanes() as lanes:
        await lanes.sweep()
        mail = await lanes.row_of(Channel.EMAIL)
    assert (mail.state, mail.doubts, mail.failures) == (State.SENT, 0, 0)
    assert len(smtp_server.accepted) == 1


async def test_a_chat_reminder_found_in_flight_says_that_it_may_be_the_second_and_is_the_last(
    harness: Harness, bot_api: BotApiServer, telegram: Telegram
) -> None:
    for run in (1, 2):
        gate = bot_api.hold_reply("sendMessage")
        harness.api = bot_api
        async with harness.lanes() as lanes:
            if run == 1:
                await lanes.seal()
            lanes.lane_runner.wake()
            await bot_api.wait_for_handled("sendMessage", run)
            await gate.reached()
            assert (await lanes.row_of(Channel.CHAT)).state is State.IN_FLIGHT
        gate.release()
    harness.api = bot_api
    async with harness.lanes() as lanes:
        await lanes.sweep()
        await lanes.pass_time(6 * DAY, step=timedelta(hours=6))
        chat = await lanes.row_of(Channel.CHAT)
        assert (chat.state, chat.reason) == (State.FAILED, "unconfirmed")
    first, second = reminders_of(telegram)
    assert MAYBE_AGAIN not in first
    assert f"{WORDS}\n{MAYBE_AGAIN}" in second


async def test_a_note_found_in_flight_is_said_again_however_often_that_happens(
    harness: Harness, bot_api: BotApiServer, telegram: Telegram
) -> None:
    for run in (1, 2):
        gate = bot_api.hold("sendMessage")
        harness.api = bot_api
        async with harness.lanes() as lanes:
            if run == 1:
                await lanes.reporter.report()
            lanes.lane_runner.wake()
            await bot_api.wait_for_calls("sendMessage", run)
            await gate.reached()
            assert (await lanes.row_of(Channel.CHAT, Report.kind)).state is State.IN_FLIGHT
        gate.release()
    harness.api = bot_api
    async with harness.lanes() as lanes:
        await lanes.sweep()
        report = await lanes.row_of(Channel.CHAT, Report.kind)
    assert (report.state, report.doubts) == (State.SENT, 0)
    assert telegram.messages[-1].text.startswith("📋")


async def test_a_stale_lease_is_taken_over_while_others_work(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    await cut_off_at(smtp_server.hold(Phase.RCPT), harness)
    async with harness.lanes(alone=False) as lanes:
        await lanes.sweep()
        assert (await lanes.row_of(Channel.EMAIL)).state is State.CLAIMED
        await lanes.pass_time(LEASE - timedelta(minutes=1))
        assert not smtp_server.accepted
        await lanes.pass_time(timedelta(minutes=2))
        assert (await lanes.row_of(Channel.EMAIL)).state is State.SENT
    assert len(smtp_server.accepted) == 1


@pytest.mark.parametrize("in_flight", [False, True], ids=["claimed", "in flight"])
async def test_what_the_run_before_had_under_way_goes_on_at_once(
    harness: Harness, telegram: Telegram, smtp_server: ScriptedSmtp, *, in_flight: bool
) -> None:
    async with harness.app() as app:
        await harness.user(app).seal(WORDS, "me@example.com")
        harness.clock.advance(timedelta(days=7))
        async with app.database.transaction() as tx:
            for channel in Channel:
                claimed = await one_claim.claim(
                    tx, channel, harness.clock.now(), LaneSettings().lease
                )
                assert claimed is not None
                assert not in_flight or await one_claim.mark_in_flight(tx, claimed)
    async with harness.app() as app:
        await app.settle()
    assert len(smtp_server.accepted) == 1
    [reminder] = [each.text for each in telegram.messages if each.by_bot and "📮" in each.text]
    assert (MAYBE_AGAIN in reminder) is in_flight
