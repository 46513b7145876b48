"""Greylisting, and outages of days: on a moved clock everything arrives, and once."""

from collections import Counter
from datetime import timedelta

import pytest

from bot.letters import Channel, State
from bot.local.telegram import Telegram
from bot.messages.mail_failed import MailGivenUp
from tests.support.app import Harness
from tests.support.bot_api import BotApiServer, bad_gateway
from tests.support.delivery_side import Lanes
from tests.support.faults import Fault, drop
from tests.support.sealed_letters import WORDS
from tests.support.smtp import Phase, reply
from tests.support.smtpd import ScriptedSmtp

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PEOPLE = 8  # twice as many as a lane has workers


async def test_greylisting_for_ten_minutes_costs_a_letter_two_tries_and_no_more(
    lanes: Lanes, smtp_server: ScriptedSmtp
) -> None:
    await lanes.seal()
    smtp_server.fault(Phase.RCPT, reply(450, "4.7.1"))
    await lanes.sweep()
    await lanes.pass_time(10 * MINUTE)
    assert asked_for(smtp_server) == 2
    smtp_server.heal()
    await lanes.pass_time(HOUR)
    mail = await lanes.row_of(Channel.EMAIL)
    assert len(smtp_server.accepted) == 1
    assert asked_for(smtp_server) == 3
    assert mail.state is State.SENT
    assert mail.failures == 2
    assert mail.sent_at is not None
    assert mail.sent_at - mail.due_at < timedelta(minutes=40)


@pytest.mark.parametrize(
    ("phase", "fault", "uses_tries"),
    [
        (Phase.GREETING, drop(), False),
        (Phase.GREETING, reply(421, "4.3.2"), False),
        (Phase.MAIL, reply(451, "4.3.0"), True),
        (Phase.FINAL_DOT, reply(452, "4.3.1"), True),
    ],
    ids=str,
)
async def test_after_four_days_of_a_failing_mail_server_every_mail_arrives_once(
    lanes: Lanes, smtp_server: ScriptedSmtp, phase: Phase, fault: Fault, *, uses_tries: bool
) -> None:
    await lanes.seal_many(PEOPLE)
    smtp_server.fault(phase, fault)
    await lanes.sweep()
    await lanes.pass_time(4 * DAY, step=2 * HOUR)
    assert await chats_sent(lanes) == PEOPLE
    assert not smtp_server.accepted
    smtp_server.heal()
    await lanes.pass_time(DAY, step=2 * HOUR)
    mails = await lanes.rows_of(Channel.EMAIL)
    assert everyone_once(smtp_server)
    assert {mail.state for mail in mails} == {State.SENT}
    assert all((mail.failures > 0) is uses_tries for mail in mails)
    assert all(mail.doubts == 0 for mail in mails)


async def test_a_mail_server_gone_for_four_days_delays_and_uses_nothing_up(
    lanes: Lanes, smtp_server: ScriptedSmtp
) -> None:
    await smtp_server.stop()
    await lanes.seal_many(PEOPLE)
    await lanes.sweep()
    await lanes.pass_time(4 * DAY, step=2 * HOUR)
    mails = await lanes.rows_of(Channel.EMAIL)
    assert {(mail.state, mail.failures) for mail in mails} <= {
        (State.DUE, 0),
        (State.RETRY, 0),
    }
    await smtp_server.start()
    await lanes.pass_time(15 * MINUTE)
    assert everyone_once(smtp_server)
    assert await chats_sent(lanes) == PEOPLE


async def test_six_days_of_temporary_refusals_end_with_a_word_to_the_person(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    await lanes.seal()
    smtp_server.fault(Phase.RCPT, reply(452, "4.2.2"))
    await lanes.sweep()
    await lanes.pass_time(4 * DAY + 12 * HOUR, step=2 * HOUR)
    assert (await lanes.row_of(Channel.EMAIL)).state is State.RETRY
    await lanes.pass_time(2 * DAY, step=2 * HOUR)
    mail = await lanes.row_of(Channel.EMAIL)
    assert (mail.state, mail.reason) == (State.FAILED, "given-up")
    assert (await lanes.row_of(Channel.CHAT, MailGivenUp.kind)).state is State.SENT
    assert "person1@example.com" in telegram.messages[-1].text


@pytest.mark.parametrize("fault", [None, bad_gateway()], ids=["unreachable", "502"])
async def test_after_four_days_without_telegram_every_reminder_arrives_once(
    harness: Harness,
    bot_api: BotApiServer,
    telegram: Telegram,
    smtp_server: ScriptedSmtp,
    fault: Fault | None,
) -> None:
    harness.api = bot_api
    async with harness.lanes() as lanes:
        await lanes.seal_many(PEOPLE)
        if fault:
            bot_api.fault("sendMessage", fault, times=None)
        else:
            await bot_api.stop()
        await lanes.sweep()
        await lanes.pass_time(4 * DAY, step=2 * HOUR)
        assert everyone_once(smtp_server)
        assert not telegram.messages
        if fault:
            bot_api.heal()
        else:
            await bot_api.start()
        await lanes.pass_time(5 * HOUR, step=15 * MINUTE)
        assert await chats_sent(lanes) == PEOPLE
    reminders = [each for each in telegram.messages if WORDS in each.text]
    assert Counter(each.chat_id for each in reminders) == Counter(range(1, PEOPLE + 1))
    assert all("It was due on" in each.text for each in reminders)


def asked_for(server: ScriptedSmtp) -> int:
    """Count the RCPT commands."""
    return sum(command.startswith("RCPT") for command in server.commands)


def everyone_once(server: ScriptedSmtp) -> bool:
    """Return whether each person's mail was accepted, and once."""
    recipients = Counter(mail.recipients for mail in server.accepted)
    return recipients == Counter((f"person{n}@example.com",) for n in range(1, PEOPLE + 1))


async def chats_sent(lanes: Lanes) -> int:
    """Count the chat reminders that are settled as sent."""
    return sum(each.state is State.SENT for each in await lanes.rows_of(Channel.CHAT))
