"""What may have arrived goes once more, known by its Message-ID or a word, and no third time."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from telegram import Bot

from bot.letters import Channel, Kind, State
from bot.local.telegram import Telegram
from tests.support.bot_api import BotApiServer
from tests.support.clock import ManualClock
from tests.support.faults import accept_then_drop
from tests.support.post_office import Posting, in_memory, over_http, posting, smtp_settings
from tests.support.sealed_letters import WORDS
from tests.support.smtp import Phase
from tests.support.smtpd import ScriptedSmtp

DAY = timedelta(days=1)
MAYBE_AGAIN = "(maybe for the second time)"
NEVER_HEARD = "never heard that it was taken"


def message_ids(server: ScriptedSmtp) -> list[str]:
    return [str(mail.message["Message-ID"]) for mail in server.accepted]


def reminders_of(telegram: Telegram) -> list[str]:
    return [each.text for each in telegram.messages if WORDS in each.text]


@pytest.mark.parametrize("unanswered", [1, 2])
async def test_a_mail_whose_yes_got_lost_goes_twice_at_most_with_one_message_id(
    office: Posting, telegram: Telegram, smtp_server: ScriptedSmtp, unanswered: int
) -> None:
    smtp_server.fault(Phase.FINAL_DOT, accept_then_drop(), times=unanswered)
    await office.seal()
    await office.sweep()
    await office.pass_time(6 * DAY, step=timedelta(hours=6))
    assert len(smtp_server.accepted) == 2
    assert len(set(message_ids(smtp_server))) == 1
    mail = await office.stand(Channel.EMAIL)
    told = any(NEVER_HEARD in each.text for each in telegram.messages)
    if unanswered == 1:
        assert (mail.state, mail.doubts) == (State.SENT, 1)
        assert not told
    else:
        assert (mail.state, mail.reason) == (State.FAILED, "unconfirmed")
        assert told


class Street:
    """A posting side that is opened, cut off and opened again on the same store."""

    def __init__(self, folder: Path, clock: ManualClock, server: ScriptedSmtp) -> None:
        self.folder = folder
        self.clock = clock
        self.server = server

    def open(self, bot: Bot) -> AbstractAsyncContextManager[Posting]:
        return posting(self.folder, self.clock, smtp=smtp_settings(self.server), bot=bot)


@pytest.fixture
def street(tmp_path: Path, clock: ManualClock, smtp_server: ScriptedSmtp) -> Street:
    return Street(tmp_path, clock, smtp_server)


async def test_a_mail_found_in_flight_after_a_restart_goes_once_more_and_never_a_third_time(
    street: Street, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    bot = in_memory(telegram)
    for run in (1, 2):
        gate = smtp_server.hold(Phase.ACCEPTED)
        async with street.open(bot) as office:
            if run == 1:
                await office.seal()
            office.postman.wake()
            await smtp_server.wait_for_messages(run)
            await gate.reached()
            assert (await office.stand(Channel.EMAIL)).state is State.IN_FLIGHT
        gate.release()
    async with street.open(bot) as office:
        await office.sweep()
        await office.pass_time(6 * DAY, step=timedelta(hours=6))
        mail = await office.stand(Channel.EMAIL)
        assert (mail.state, mail.reason, mail.doubts) == (State.FAILED, "unconfirmed", 2)
        assert (await office.stand(Channel.CHAT, Kind.MAIL_IN_DOUBT)).state is State.SENT
    assert len(smtp_server.accepted) == 2
    assert len(set(message_ids(smtp_server))) == 1
    assert NEVER_HEARD in telegram.messages[-1].text


async def test_a_mail_found_in_flight_is_sent_again_at_once_and_settled(
    street: Street, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    gate = smtp_server.hold(Phase.ACCEPTED)
    async with street.open(in_memory(telegram)) as office:
        await office.seal()
        office.postman.wake()
        await gate.reached()
    gate.release()
    async with street.open(in_memory(telegram)) as office:
        await office.sweep()
        mail = await office.stand(Channel.EMAIL)
    assert (mail.state, mail.doubts, mail.failures) == (State.SENT, 1, 0)
    assert len(set(message_ids(smtp_server))) == 1


async def test_a_mail_cut_off_before_its_first_byte_is_no_doubt(
    street: Street, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    gate = smtp_server.hold(Phase.RCPT)
    async with street.open(in_memory(telegram)) as office:
        await office.seal()
        office.postman.wake()
        await gate.reached()
        assert (await office.stand(Channel.EMAIL)).state is State.CLAIMED
    gate.release()
    async with street.open(in_memory(telegram)) as office:
        await office.sweep()
        mail = await office.stand(Channel.EMAIL)
    assert (mail.state, mail.doubts, mail.failures) == (State.SENT, 0, 0)
    assert len(smtp_server.accepted) == 1


async def test_a_chat_reminder_found_in_flight_says_that_it_may_be_the_second_and_is_the_last(
    street: Street, telegram: Telegram
) -> None:
    async with BotApiServer(telegram) as server:
        for run in (1, 2):
            gate = server.hold_reply("sendMessage")
            async with over_http(server) as bot, street.open(bot) as office:
                if run == 1:
                    await office.seal()
                office.postman.wake()
                await server.wait_for_handled("sendMessage", run)
                await gate.reached()
                assert (await office.stand(Channel.CHAT)).state is State.IN_FLIGHT
            gate.release()
        async with over_http(server) as bot, street.open(bot) as office:
            await office.sweep()
            await office.pass_time(6 * DAY, step=timedelta(hours=6))
            chat = await office.stand(Channel.CHAT)
            assert (chat.state, chat.reason) == (State.FAILED, "unconfirmed")
    first, second = reminders_of(telegram)
    assert MAYBE_AGAIN not in first
    assert f"{WORDS}\n\n{MAYBE_AGAIN}" in second


async def test_a_stale_lease_is_taken_over_while_others_work(
    street: Street, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    gate = smtp_server.hold(Phase.RCPT)
    async with street.open(in_memory(telegram)) as office:
        await office.seal()
        office.postman.wake()
        await gate.reached()
    gate.release()
    async with posting(
        street.folder,
        street.clock,
        smtp=smtp_settings(smtp_server),
        bot=in_memory(telegram),
        alone=False,
    ) as office:
        await office.sweep()
        assert (await office.stand(Channel.EMAIL)).state is State.CLAIMED
        await office.pass_time(timedelta(minutes=9))
        assert not smtp_server.accepted
        await office.pass_time(timedelta(minutes=2))
        assert (await office.stand(Channel.EMAIL)).state is State.SENT
    assert len(smtp_server.accepted) == 1
