"""A wall clock put back two days or on forty: nothing early, nothing lost, nothing twice."""

from datetime import datetime, timedelta

import pytest

from bot.letters import Channel, State
from tests.support import one_claim
from tests.support.app import Harness
from tests.support.clock import ManualClock
from tests.support.delivery_side import Lanes
from tests.support.sealed_letters import DAY_7
from tests.support.smtp import Phase, reply
from tests.support.smtpd import ScriptedSmtp
from tests.support.telegram import ScriptedTelegram

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BACK, ON = -2 * DAY, 40 * DAY
JUMPS = pytest.mark.parametrize("jump", [BACK, ON], ids=["back 2 days", "on 40 days"])


class Watch:
    """Watches that nothing arrives before its time by the clock on the wall."""

    def __init__(self, lanes: Lanes, telegram: ScriptedTelegram, server: ScriptedSmtp) -> None:
        self.lanes = lanes
        self.telegram = telegram
        self.server = server

    @property
    def arrived(self) -> tuple[int, int]:
        """Return how many mails and chat messages have arrived."""
        return len(self.server.accepted), len(self.telegram.messages)

    async def until(self, moment: datetime, step: timedelta = 6 * HOUR) -> None:
        """Let time pass up to a moment on the wall."""
        await self.lanes.pass_time(moment - self.lanes.clock.now(), step=step)


@pytest.fixture
def watch(lanes: Lanes, telegram: ScriptedTelegram, smtp_server: ScriptedSmtp) -> Watch:
    return Watch(lanes, telegram, smtp_server)


async def test_put_back_while_idle_a_reminder_waits_for_its_moment_on_the_wall(
    lanes: Lanes, watch: Watch, clock: ManualClock
) -> None:
    due_at = clock.now() + DAY
    await lanes.seal(sealed_at=due_at - DAY_7)
    await lanes.sweep()
    clock.set(clock.now() + BACK)
    await watch.until(due_at - timedelta(seconds=1))
    assert watch.arrived == (0, 0)
    await watch.until(due_at)
    assert watch.arrived == (1, 1)


async def test_put_on_while_idle_all_that_fell_due_goes_out_once(
    lanes: Lanes, watch: Watch, clock: ManualClock
) -> None:
    await lanes.seal(sealed_at=clock.now(), days=(7, 30))
    await lanes.sweep()
    clock.set(clock.now() + ON)
    await lanes.pass_time(MINUTE)
    assert watch.arrived == (2, 2)
    clock.set(clock.now() - ON)
    await lanes.pass_time(31 * DAY, step=DAY)
    assert watch.arrived == (2, 2)


@JUMPS
async def test_a_jump_after_the_sending_sends_nothing_twice(
    lanes: Lanes, watch: Watch, clock: ManualClock, jump: timedelta
) -> None:
    await lanes.seal()
    await lanes.sweep()
    clock.set(clock.now() + jump)
    await lanes.pass_time(3 * DAY, step=HOUR)
    assert watch.arrived == (1, 1)


@JUMPS
async def test_a_jump_while_mail_is_in_flight_loses_and_doubles_nothing(
    lanes: Lanes, watch: Watch, clock: ManualClock, smtp_server: ScriptedSmtp, jump: timedelta
) -> None:
    gate = smtp_server.hold(Phase.FINAL_DOT)
    await lanes.seal_many(6)
    lanes.lane_runner.wake()
    await gate.reached(4)
    clock.set(clock.now() + jump)
    lanes.lane_runner.wake()
    gate.release()
    await lanes.lane_runner.idle()
    await lanes.pass_time(3 * DAY, step=HOUR)
    mails = await lanes.rows_of(Channel.EMAIL)
    assert [(mail.state, mail.doubts) for mail in mails] == [(State.SENT, 0)] * 6
    assert watch.arrived == (6, 6)


@pytest.mark.parametrize(
    ("phase", "code"), [(Phase.RCPT, 451), (Phase.GREETING, 421)], ids=["own", "lane"]
)
@JUMPS
async def test_a_retry_of_what_was_long_due_goes_on_soon_after_a_jump(
    lanes: Lanes,
    watch: Watch,
    clock: ManualClock,
    smtp_server: ScriptedSmtp,
    phase: Phase,
    code: int,
    jump: timedelta,
) -> None:
    smtp_server.fault(phase, reply(code), times=1)
    await lanes.seal(sealed_at=clock.now() - DAY_7 - 10 * DAY)
    await lanes.sweep()
    assert watch.arrived == (0, 1)
    clock.set(clock.now() + jump)
    await lanes.pass_time(5 * MINUTE)
    assert watch.arrived == (1, 1)
    await lanes.pass_time(3 * DAY, step=HOUR)
    assert watch.arrived == (1, 1)


async def test_a_retry_whose_day_lies_ahead_again_waits_for_its_day(
    lanes: Lanes, watch: Watch, clock: ManualClock, smtp_server: ScriptedSmtp
) -> None:
    due_at = clock.now()
    smtp_server.fault(Phase.RCPT, reply(451), times=1)
    await lanes.seal()
    await lanes.sweep()
    clock.set(due_at + BACK)
    await watch.until(due_at - timedelta(seconds=1))
    assert watch.arrived == (0, 1)
    await watch.until(due_at)
    assert watch.arrived == (1, 1)


async def test_a_clock_that_was_ahead_and_is_put_right_makes_no_retry_early(
    lanes: Lanes, watch: Watch, clock: ManualClock, smtp_server: ScriptedSmtp
) -> None:
    due_at = clock.now() + DAY_7
    await lanes.seal(sealed_at=clock.now())
    smtp_server.fault(Phase.RCPT, reply(451), times=1)
    clock.set(clock.now() + ON)
    await lanes.sweep()
    assert watch.arrived == (0, 1)
    clock.set(clock.now() - ON)
    await watch.until(due_at - timedelta(seconds=1))
    assert watch.arrived == (0, 1)
    await watch.until(due_at)
    assert watch.arrived == (1, 1)


@JUMPS
async def test_a_gone_workers_lease_ends_soon_after_a_jump(
    harness: Harness, clock: ManualClock, smtp_server: ScriptedSmtp, jump: timedelta
) -> None:
    async with harness.lanes(alone=False) as lanes:
        lanes.go_only_when_swept()
        await lanes.seal(1, sealed_at=clock.now() - DAY_7 - 10 * DAY)
        await lanes.seal(2, sealed_at=clock.now() - DAY_7 - 10 * DAY)
        async with lanes.database.transaction() as tx:
            claimed = await one_claim.claim(tx, Channel.EMAIL, clock.now(), 10 * MINUTE)
            flown = await one_claim.claim(tx, Channel.EMAIL, clock.now(), 10 * MINUTE)
            assert claimed is not None
            assert flown is not None
            await one_claim.mark_in_flight(tx, flown)
        clock.set(clock.now() + jump)
        await lanes.pass_time(10 * MINUTE)
        mails = await lanes.rows_of(Channel.EMAIL)
    assert [(mail.state, mail.doubts) for mail in mails] == [(State.SENT, 0), (State.SENT, 1)]
    assert len(smtp_server.accepted) == 2


@JUMPS
async def test_a_flood_wait_lasts_neither_longer_nor_shorter_for_a_jump(
    lanes: Lanes, telegram: ScriptedTelegram, clock: ManualClock, jump: timedelta
) -> None:
    wait = {"description": "Too Many Requests", "parameters": {"retry_after": 31}}
    telegram.fail_next("sendMessage", 429, wait)
    await lanes.seal(sealed_at=clock.now() - DAY_7 - 10 * DAY)
    lanes.lane_runner.wake()
    await clock.asleep()
    clock.set(clock.now() + jump)
    clock.advance(timedelta(seconds=30.9))
    await lanes.sweep_while_asleep()
    assert not telegram.messages
    clock.advance(timedelta(seconds=0.1))
    await lanes.lane_runner.idle()
    await lanes.sweep()
    assert len(telegram.messages) == 1
