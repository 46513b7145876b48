"""The operator's faults: nobody's tries are used up, the lane knocks, and the operator hears of it.

A refusal for one letter alone never stalls the others for good.
"""

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.delivery.lane import LaneSettings
from bot.delivery.outcome import Cause
from bot.letters import Channel, State
from bot.local.messages import Message
from bot.local.telegram import Telegram
from bot.messages.address_wanted import AddressRefused
from bot.messages.operator_notes import LaneDown, LaneMended
from bot.settings import Security, SmtpSettings
from tests.support.app import Harness
from tests.support.bot_api import BotApiServer
from tests.support.delivery_side import ADMIN, DeliveryRow, Lanes
from tests.support.faults import Fault, drop
from tests.support.log_lines import log_lines
from tests.support.settings import smtp_settings
from tests.support.smtp import Extension, Phase, reply
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import told
from tests.support.tuning import tuned

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PLAIN = (Extension.AUTH, Extension.EIGHT_BIT, Extension.SMTPUTF8)
ONE_WORKER = tuned(lane=LaneSettings(attempts=1))


@pytest.fixture(autouse=True)
def _few_connections(harness: Harness) -> None:
    """Let few set out together: who follows shows that one alone is refused."""
    harness.environ = {**harness.environ, "SMTP_CONNECTIONS": "5"}


@pytest.fixture
async def locked_server() -> AsyncIterator[ScriptedSmtp]:
    """Serve a mail server whose password the bot doesn't have."""
    async with ScriptedSmtp(credentials={"box": "s3cret"}, extensions=PLAIN) as server:
        yield server


def wrong(server: ScriptedSmtp) -> SmtpSettings:
    return replace(smtp_settings(server), password="wr0ng")


def to_operator(telegram: Telegram) -> list[Message]:
    return [each for each in telegram.messages if each.chat_id == ADMIN]


async def test_a_refused_login_pauses_the_lane_uses_nothing_up_and_is_told_once(
    harness: Harness,
    telegram: Telegram,
    locked_server: ScriptedSmtp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "bot")
    async with harness.lanes(smtp=wrong(locked_server)) as lanes:
        await lanes.seal_many(5)
        await lanes.sweep()
        await lanes.pass_time(timedelta(days=1), step=15 * MINUTE)
        mails = await lanes.rows_of(Channel.EMAIL)
        assert all((mail.failures, mail.doubts) == (0, 0) for mail in mails)
        assert {mail.state for mail in mails} <= {State.DUE, State.RETRY}
        assert {each.state for each in await lanes.rows_of(Channel.CHAT)} == {State.SENT}
        [down] = to_operator(telegram)
        assert "smtp-535-5.7.8@auth" in down.text
        assert said(caplog, 'the lane stands still" channel=email reason=smtp-535-5.7.8@auth') == 1

        locked_server.credentials = {"box": "wr0ng"}
        await lanes.pass_time(16 * MINUTE)
        assert {mail.state for mail in await lanes.rows_of(Channel.EMAIL)} == {State.SENT}
        assert (await lanes.row_of(Channel.CHAT, LaneMended.kind)).state is State.SENT
    assert len(locked_server.accepted) == 5
    assert len(to_operator(telegram)) == 2
    assert said(caplog, 'the lane goes on" channel=email') == 1


async def test_the_lane_knocks_less_and_less_often(
    harness: Harness, locked_server: ScriptedSmtp
) -> None:
    knocks: list[int] = []
    async with harness.lanes(smtp=wrong(locked_server), tuning=ONE_WORKER) as lanes:
        await lanes.seal_many(3)
        await lanes.sweep()
        for minute in range(62):
            if locked_server.connections.value > len(knocks):
                knocks.append(minute)
            await lanes.pass_time(MINUTE)
    assert knocks == [0, 1, 3, 7, 15, 30, 45, 60]


@pytest.mark.parametrize(
    ("extensions", "reason"),
    [
        (tuple(Extension), "smtp-tls-refused@starttls"),
        (PLAIN, "smtp-extension-missing@starttls"),
    ],
    ids=["untrusted certificate", "STARTTLS stripped"],
)
async def test_without_verified_encryption_nothing_leaves_and_the_operator_hears_why(
    harness: Harness, telegram: Telegram, extensions: tuple[Extension, ...], reason: str
) -> None:
    async with ScriptedSmtp(credentials={"box": "s3cret"}, extensions=extensions) as server:
        async with harness.lanes(smtp=smtp_settings(server, security=Security.STARTTLS)) as lanes:
            await lanes.seal()
            await lanes.sweep()
            await lanes.pass_time(30 * MINUTE)
            mail = await lanes.row_of(Channel.EMAIL)
        assert not any(line.startswith(("AUTH", "MAIL", "RCPT")) for line in server.commands)
    assert (mail.state, mail.failures, mail.reason) == (State.RETRY, 0, reason)
    [down] = to_operator(telegram)
    assert reason in down.text


async def test_a_server_whose_name_cannot_be_one_is_the_operators_to_mend(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    async with harness.lanes(
        smtp=replace(smtp_settings(smtp_server), host="smtp..example")
    ) as lanes:
        await lanes.seal()
        await lanes.sweep()
        mail = await lanes.row_of(Channel.EMAIL)
    assert (mail.state, mail.failures) == (State.RETRY, 0)
    assert mail.reason == "smtp-setting-unusable@greeting"


async def test_a_server_without_logins_is_the_operators_to_mend(harness: Harness) -> None:
    async with ScriptedSmtp() as server:
        settings = replace(smtp_settings(server), username="box", password="s3cret")
        async with harness.lanes(smtp=settings) as lanes:
            await lanes.seal()
            await lanes.sweep()
            mail = await lanes.row_of(Channel.EMAIL)
    assert (mail.state, mail.failures) == (State.RETRY, 0)
    assert mail.reason == "smtp-extension-missing@auth"


async def test_a_revoked_token_pauses_the_chat_and_not_the_mail(
    harness: Harness,
    bot_api: BotApiServer,
    telegram: Telegram,
    smtp_server: ScriptedSmtp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "bot")
    harness.api = bot_api
    async with harness.lanes() as lanes:
        bot_api.token, token = "123456:another", bot_api.token
        await lanes.seal_many(5)
        await lanes.sweep()
        await lanes.pass_time(timedelta(hours=3), step=5 * MINUTE)
        assert len(smtp_server.accepted) == 5
        chats = await lanes.rows_of(Channel.CHAT)
        assert all((each.failures, each.doubts) == (0, 0) for each in chats)
        assert (
            said(caplog, 'the lane stands still" channel=chat reason=telegram-token-refused') == 1
        )

        bot_api.token = token
        await lanes.pass_time(16 * MINUTE)
        assert {each.state for each in await lanes.rows_of(Channel.CHAT)} == {State.SENT}
    assert len(telegram.messages) == 5 + 2
    assert len(to_operator(telegram)) == 2


async def test_a_fault_that_passes_within_half_an_hour_is_not_worth_a_word(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    await lanes.seal()
    smtp_server.fault(Phase.GREETING, reply(421))
    await lanes.sweep()
    await lanes.pass_time(20 * MINUTE)
    assert not to_operator(telegram)
    await lanes.pass_time(15 * MINUTE)
    assert len(to_operator(telegram)) == 1
    smtp_server.heal()
    await lanes.pass_time(16 * MINUTE)
    assert len(to_operator(telegram)) == 2
    assert len(smtp_server.accepted) == 1


async def test_a_fault_that_outlasts_a_restart_is_told_once_and_so_is_its_end(
    harness: Harness, telegram: Telegram, locked_server: ScriptedSmtp
) -> None:
    for _ in range(3):
        async with harness.lanes(smtp=wrong(locked_server)) as lanes:
            await lanes.seal_many(2)
            await lanes.pass_time(16 * MINUTE)
    [down] = to_operator(telegram)
    assert "smtp-535-5.7.8@auth" in down.text
    for _ in range(2):
        async with harness.lanes(smtp=smtp_settings(locked_server)) as lanes:
            await lanes.pass_time(16 * MINUTE)
    assert [each.text for each in to_operator(telegram)[1:]] == [
        told("lane-mended", channel="Mail")
    ]


async def test_another_fault_after_a_restart_is_told(
    harness: Harness, telegram: Telegram, locked_server: ScriptedSmtp
) -> None:
    async with harness.lanes(smtp=wrong(locked_server)) as lanes:
        await lanes.seal()
        await lanes.sweep()
    locked_server.fault(Phase.AUTH, reply(534, "5.7.9"))
    async with harness.lanes(smtp=wrong(locked_server)) as lanes:
        await lanes.pass_time(16 * MINUTE)
    assert len(to_operator(telegram)) == 2


async def test_one_refused_mail_is_told_once_a_day_however_often_the_program_starts(
    harness: Harness, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.fault(Phase.RCPT, reply(550, text="relay not permitted"))
    for hours in (0, 1, 2, 30):
        harness.clock.advance(hours * HOUR)
        async with harness.lanes() as lanes:
            if not hours:
                await lanes.seal()
            await lanes.pass_time(40 * MINUTE, step=MINUTE)
    assert len(to_operator(telegram)) == 2


@pytest.mark.parametrize(
    ("phase", "fault", "cause", "minutes"),
    [
        (Phase.RCPT, reply(451, "4.3.0", text="queue file write error"), Cause.UNKNOWN, 45),
        (Phase.RCPT, drop(), Cause.UNREACHABLE, 45),
        (Phase.FINAL_DOT, drop(), Cause.SILENT, 8),
    ],
    ids=str,
)
async def test_a_server_that_puts_everything_off_is_told_of_before_anything_is_given_up(
    lanes: Lanes,
    telegram: Telegram,
    smtp_server: ScriptedSmtp,
    phase: Phase,
    fault: Fault,
    cause: Cause,
    minutes: int,
) -> None:
    smtp_server.fault(phase, fault)
    await lanes.seal_many(5)
    await lanes.sweep()
    assert to_operator(telegram) == []
    await lanes.pass_time(minutes * MINUTE, step=MINUTE)
    [stalled] = to_operator(telegram)
    assert "nothing gets through" in stalled.text
    assert told(f"remedy-{cause}") in stalled.text
    assert ("queue file write error" in stalled.text) is (cause is Cause.UNKNOWN)
    smtp_server.heal()
    await lanes.seal(9)
    await lanes.pass_time(timedelta(days=1), step=HOUR)
    assert [each.text for each in to_operator(telegram)[1:]] == [
        told("lane-mended", channel="Mail")
    ]


async def test_without_an_operators_chat_the_log_alone_tells(
    harness: Harness, locked_server: ScriptedSmtp, caplog: pytest.LogCaptureFixture
) -> None:
    async with harness.lanes(smtp=wrong(locked_server), admin=None) as lanes:
        await lanes.seal()
        await lanes.sweep()
        assert not await lanes.rows_of(Channel.CHAT, LaneDown.kind)
    assert said(caplog, 'the lane stands still" channel=email') == 1


async def test_a_policy_refusal_of_one_recipient_stalls_nobody_for_good_and_ends_as_its_own(
    lanes: Lanes, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.refuse("person3@example.com", 550, "5.7.1")
    await lanes.seal_many(6)
    await lanes.sweep()
    for day in range(3):
        await lanes.seal(10 + day)
        await lanes.pass_time(10 * MINUTE)
        await lanes.seal(20 + day)
        await lanes.pass_time(timedelta(hours=23, minutes=50), step=10 * MINUTE)
    assert len(smtp_server.accepted) == 5 + 6
    refused = await mail_of(lanes, 3)
    assert (refused.state, refused.reason) == (State.FAILED, "smtp-550-5.7.1@rcpt")
    assert (await lanes.row_of(Channel.CHAT, AddressRefused.kind)).person_id == 3
    assert lanes.health(Channel.EMAIL).trouble is None


async def test_a_refused_recipient_alone_waits_until_another_letter_shows_whose_fault_it_is(
    lanes: Lanes, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.refuse("person1@example.com", 554, "5.7.1")
    await lanes.seal(1)
    await lanes.sweep()
    await lanes.pass_time(timedelta(hours=2))
    assert (await mail_of(lanes, 1)).state is State.RETRY
    await lanes.seal(2)
    await lanes.sweep()
    assert ((await mail_of(lanes, 1)).state, (await mail_of(lanes, 1)).failures) == (
        State.RETRY,
        1,
    )
    assert len(smtp_server.accepted) == 1


async def test_a_refused_recipient_holds_up_nobody_elses_mail_and_is_no_news(
    lanes: Lanes, smtp_server: ScriptedSmtp, telegram: Telegram
) -> None:
    smtp_server.refuse("person1@example.com", 550, "5.7.1")
    await lanes.seal(1)
    await lanes.sweep()
    await lanes.seal(2)
    await lanes.sweep()
    assert [mail.recipients for mail in smtp_server.accepted] == [("person2@example.com",)]
    assert not to_operator(telegram)


async def test_a_policy_refusal_of_everything_refuses_nobodys_letter(
    lanes: Lanes, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.fault(Phase.FINAL_DOT, reply(550, "5.7.26"))
    await lanes.seal_many(6)
    await lanes.sweep()
    await lanes.pass_time(timedelta(hours=12), step=15 * MINUTE)
    mails = await lanes.rows_of(Channel.EMAIL)
    assert all((mail.state, mail.failures) == (State.RETRY, 0) for mail in mails[:4])
    assert not await lanes.rows_of(Channel.CHAT, AddressRefused.kind)
    smtp_server.heal()
    await lanes.pass_time(16 * MINUTE)
    assert len(smtp_server.accepted) == 6


async def mail_of(lanes: Lanes, person_id: int) -> DeliveryRow:
    [row] = [e for e in await lanes.rows_of(Channel.EMAIL) if e.person_id == person_id]
    return row


def said(caplog: pytest.LogCaptureFixture, start: str) -> int:
    """Count the log lines whose event starts so."""
    return sum(line.startswith(f'event="{start}') for line in log_lines(caplog))
