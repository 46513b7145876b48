"""The lanes share nothing but the store, keep few connections, and never make a person wait."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.botapi.budget import MARGIN, Rates
from bot.caps import Caps
from bot.delivery.lane import LaneSettings
from bot.letters import Channel, State
from bot.local.messages import Said
from bot.local.telegram import Telegram
from bot.settings import CONNECTIONS
from bot.store import addresses, confirmation_queue
from bot.tuning import Tuning
from tests.support.app import Harness
from tests.support.bot_api import BotApiServer
from tests.support.clock import ManualClock
from tests.support.delivery_side import Lanes
from tests.support.faults import Fault
from tests.support.sealed_letters import WORDS, seal_crowd
from tests.support.smtp import Phase, reply
from tests.support.smtpd import ScriptedSmtp
from tests.support.tuning import PATIENT, tuned
from tests.support.watched import Tally

CROWD = 2000
SLOT = timedelta(milliseconds=51)  # a little more than one, at this rate
RATE = 20 / (1 - MARGIN)


class Listener:
    """Counts what the bot says, from the moment it listens."""

    def __init__(self, telegram: Telegram) -> None:
        self.said = Tally()
        telegram.on_said = self.hear

    def hear(self, _: Said) -> None:
        self.said.add()


@pytest.mark.parametrize("phase", [Phase.GREETING, Phase.MAIL, Phase.FINAL_DOT])
async def test_a_mail_server_that_stalls_holds_up_no_chat(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp, phase: Phase
) -> None:
    listener = Listener(telegram)
    gate = smtp_server.hold(phase)
    await lanes.seal_many(20)
    lanes.lane_runner.wake()
    await gate.reached(4)
    await listener.said.reach(20)
    assert not smtp_server.accepted
    gate.release()
    await lanes.lane_runner.idle()
    assert len(smtp_server.accepted) == 20
    assert len(telegram.messages) == 20


async def test_a_telegram_that_stalls_holds_up_no_mail(
    harness: Harness, bot_api: BotApiServer, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    harness.api = bot_api
    async with harness.lanes() as lanes:
        gate = bot_api.hold("sendMessage")
        await lanes.seal_many(20)
        lanes.lane_runner.wake()
        await gate.reached(4)
        await smtp_server.wait_for_messages(20)
        assert not telegram.messages
        gate.release()
        await lanes.lane_runner.idle()
    assert len(telegram.messages) == 20
    assert len(smtp_server.accepted) == 20


async def test_a_person_is_answered_at_once_while_two_thousand_reminders_are_due(
    harness: Harness, telegram: Telegram, clock: ManualClock
) -> None:
    harness.tuning = Tuning(rates=Rates(overall=RATE), limits=PATIENT)
    async with harness.app() as app:
        user = harness.user(app)
        async with app.database.transaction() as tx:
            await seal_crowd(tx, CROWD, sealed_at=clock.now() - timedelta(days=7))
            await tx.run("DELETE FROM deliveries WHERE channel = 'email'")
        listener = Listener(telegram)
        app.lane_runner.wake()
        while listener.said.value < 100:
            await clock.asleep()
            clock.advance(SLOT)
            await asyncio.sleep(0)

        heard = listener.said.value
        await telegram.confirmed(telegram.say(user.person, "/help"))
        await app.inbox.join()
        while not user.heard:
            await clock.asleep()
            clock.advance(SLOT)
            await asyncio.sleep(0)
        assert listener.said.value - heard <= 3
        assert "/write" in user.heard[0].text
        assert 100 <= len(telegram.messages) < 120
        await app.lane_runner.stop(0)


async def test_reminders_to_a_crowd_leave_at_the_pace_telegram_allows(
    harness: Harness, clock: ManualClock, telegram: Telegram
) -> None:
    async with harness.lanes(tuning=tuned(rates=Rates(overall=RATE))) as lanes:
        await lanes.seal_many(60)
        await lanes.sweep_in_time(SLOT)
        saved = 5  # slots made up for at the begin
        assert (59 - saved) / 20 <= clock.monotonic() <= (63 - saved) / 20
    assert len(telegram.messages) == 60


async def test_few_connections_carry_many_mails(lanes: Lanes, smtp_server: ScriptedSmtp) -> None:
    await lanes.seal_many(80)
    await lanes.sweep()
    assert len(smtp_server.accepted) == 80
    assert 1 <= smtp_server.most_open <= CONNECTIONS
    assert smtp_server.connections.value <= CONNECTIONS


async def test_who_waits_for_a_code_waits_for_no_crowd_of_reminders(
    harness: Harness, smtp_server: ScriptedSmtp, clock: ManualClock
) -> None:
    async with harness.lanes(tuning=tuned(lane=LaneSettings(attempts=1))) as lanes:
        await lanes.seal_many(10)
        clock.advance(timedelta(hours=1))
        async with lanes.database.transaction() as tx:
            address = await addresses.use(tx, 1, "another@example.com", clock.now())
            await confirmation_queue.ask(tx, address, Caps(), clock.now())
        await lanes.sweep()
    assert len(smtp_server.accepted) == 11
    assert smtp_server.accepted[0].recipients == ("another@example.com",)


@pytest.mark.parametrize("workers", [1, 2, 7])
async def test_a_lane_has_as_many_mails_under_way_as_it_has_workers(
    harness: Harness, smtp_server: ScriptedSmtp, workers: int
) -> None:
    async with harness.lanes(tuning=tuned(lane=LaneSettings(attempts=workers))) as lanes:
        gate = smtp_server.hold(Phase.FINAL_DOT)
        await lanes.seal_many(10)
        lanes.lane_runner.wake()
        await gate.reached(workers)
        gate.release()
        await lanes.lane_runner.idle()
    assert smtp_server.most_open == workers
    assert len(smtp_server.accepted) == 10


async def test_a_connection_is_retired_after_its_share_of_mails(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    tuning = tuned(lane=LaneSettings(attempts=1), limits=replace(PATIENT, letters=5))
    async with harness.lanes(tuning=tuning) as lanes:
        await lanes.seal_many(18)
        await lanes.sweep()
        assert smtp_server.connections.value == 4
        assert smtp_server.commands.count("QUIT") == 3
    assert len(smtp_server.accepted) == 18


async def test_a_connection_is_kept_for_a_while_and_let_go_when_idle(
    lanes: Lanes, smtp_server: ScriptedSmtp
) -> None:
    await lanes.seal()
    await lanes.sweep()
    lanes.clock.advance(timedelta(seconds=44))
    await lanes.seal()
    await lanes.sweep()
    assert smtp_server.connections.value == 1
    lanes.clock.advance(timedelta(seconds=45))
    await lanes.sweep()
    await smtp_server.wait_until_idle()
    assert smtp_server.commands.count("QUIT") == 1


@pytest.mark.parametrize("how", ["closed", "421"])
async def test_a_kept_connection_gone_stale_is_replaced_at_once(
    lanes: Lanes, smtp_server: ScriptedSmtp, how: str
) -> None:
    await lanes.seal()
    await lanes.sweep()
    if how == "closed":
        await smtp_server.stop()
        await smtp_server.start()
    else:
        smtp_server.fault(Phase.MAIL, reply(421, "4.4.2"), times=1)
    await lanes.seal()
    await lanes.sweep()
    mails = await lanes.rows_of(Channel.EMAIL)
    assert [(mail.state, mail.failures) for mail in mails] == [(State.SENT, 0)] * 2
    assert smtp_server.connections.value == 2


@pytest.mark.parametrize(
    ("phase", "no"),
    [
        (Phase.RCPT, reply(550, "5.1.1")),
        (Phase.DATA, reply(554, "5.6.0")),
        (Phase.FINAL_DOT, reply(554, "5.6.0")),
    ],
)
async def test_after_a_clear_no_the_same_connection_carries_the_next_mail(
    lanes: Lanes, smtp_server: ScriptedSmtp, phase: Phase, no: Fault
) -> None:
    smtp_server.fault(phase, no, times=1)
    await lanes.seal(1)
    await lanes.sweep()
    await lanes.seal(2)
    await lanes.sweep()
    assert smtp_server.connections.value == 1
    assert smtp_server.accepted[0].recipients == ("person2@example.com",)


async def test_a_stop_gives_what_is_under_way_its_time_and_claims_nothing_more(
    harness: Harness, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    async with harness.lanes(tuning=tuned(lane=LaneSettings(attempts=2))) as lanes:
        gate = smtp_server.hold(Phase.FINAL_DOT)
        await lanes.seal_many(10)
        lanes.lane_runner.wake()
        await gate.reached(2)
        stopping = asyncio.create_task(lanes.lane_runner.stop(5))
        await asyncio.sleep(0)
        gate.release()
        await stopping
        states = Counter(mail.state for mail in await lanes.rows_of(Channel.EMAIL))
    assert states == {State.SENT: 2, State.DUE: 8}
    assert len(smtp_server.accepted) == 2
    assert all(WORDS in each.text for each in telegram.messages)
