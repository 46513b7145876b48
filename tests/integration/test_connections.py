"""As many connections to the mail server as it takes, and one left for what somebody waits for."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.caps import Caps
from bot.delivery.lane import LaneSettings
from bot.delivery.smtp import Limits
from bot.letters import Channel, State
from bot.settings import CONNECTIONS
from bot.store import addresses, confirmation_queue
from tests.support.app import Harness
from tests.support.clock import ManualClock
from tests.support.delivery_side import Lanes
from tests.support.loopback import Wire
from tests.support.settings import smtp_settings
from tests.support.smtp import Accepted, Phase, reply
from tests.support.smtpd import ScriptedSmtp

PATIENCE = 20  # seconds


class SmallServer(ScriptedSmtp):
    """A mail server that takes so many connections at once, and refuses any other."""

    def __init__(self, most: int, refuse: Callable[[Wire], Awaitable[None]]) -> None:
        super().__init__()
        self.most = most
        self.served = 0
        self.most_served = 0
        self.refused = 0
        self._refuse = refuse
        self.on_taken: Callable[[int], None] = lambda _: None

    def take(self, message: Accepted) -> int:
        place = super().take(message)
        self.on_taken(place + 1)
        return place

    async def converse(self, wire: Wire) -> None:
        if self.served >= self.most:
            self.refused += 1
            await self._refuse(wire)
            return
        self.served += 1
        self.most_served = max(self.most_served, self.served)
        try:
            await super().converse(wire)
        finally:
            self.served -= 1


async def _says_421(wire: Wire) -> None:
    await reply(421, "4.7.0").act(wire)


async def _says_policy(wire: Wire) -> None:
    await reply(454, "4.7.0").act(wire)


async def _hangs_up(_: Wire) -> None:
    """Leave without a word."""


async def _all_sent(lanes: Lanes) -> bool:
    mails = await lanes.rows_of(Channel.EMAIL)
    return all(mail.state is State.SENT and mail.failures == 0 for mail in mails)


@pytest.mark.parametrize("refuse", [_says_421, _says_policy, _hangs_up])
@pytest.mark.parametrize("most", [1, 3])
async def test_a_server_that_takes_few_connections_has_all_its_mail_through_those(
    harness: Harness, most: int, refuse: Callable[[Wire], Awaitable[None]]
) -> None:
    async with (
        SmallServer(most, refuse) as server,
        harness.lanes(smtp=smtp_settings(server)) as lanes,
    ):
        await lanes.seal_many(60)
        await lanes.sweep()
        assert await _all_sent(lanes)
        assert lanes.health(Channel.EMAIL).trouble is None
    assert len(server.accepted) == 60
    assert server.most_served == most
    assert server.refused <= CONNECTIONS + 5


async def test_once_it_takes_more_more_are_opened_step_by_step(harness: Harness) -> None:
    async with (
        SmallServer(2, _says_421) as server,
        harness.lanes(smtp=smtp_settings(server)) as lanes,
    ):
        await lanes.seal_many(100)
        server.on_taken = lambda number: _let_more_in(server, number)
        await lanes.sweep()
        assert await _all_sent(lanes)
    assert 4 <= server.most_served <= 6


def _let_more_in(server: SmallServer, number: int) -> None:
    if number == 30:
        server.most = CONNECTIONS


async def test_who_waits_for_a_code_waits_behind_no_hung_connection(
    lanes: Lanes, smtp_server: ScriptedSmtp, clock: ManualClock
) -> None:
    gate = smtp_server.hold(Phase.FINAL_DOT)
    await lanes.seal_many(60)
    lanes.lane_runner.wake()
    await gate.reached(CONNECTIONS - 1)
    smtp_server.script.heal()
    async with lanes.database.transaction() as tx:
        address = await addresses.use(tx, 1, "another@example.com", clock.now())
        await confirmation_queue.ask(tx, address, Caps(), clock.now())
    async with asyncio.timeout(PATIENCE):
        await gate.reached(CONNECTIONS)
    states = [mail.state for mail in await lanes.rows_of(Channel.EMAIL, "confirmation")]
    assert states == [State.IN_FLIGHT]
    gate.release()
    async with asyncio.timeout(PATIENCE):
        await lanes.lane_runner.idle()
    assert len(smtp_server.accepted) == 61


async def test_a_server_that_is_away_for_seconds_is_found_again_in_seconds(
    lanes: Lanes, smtp_server: ScriptedSmtp, clock: ManualClock
) -> None:
    await smtp_server.stop()
    await lanes.seal_many(20)
    lanes.lane_runner.wake()
    await lanes.lane_runner.idle()
    began = clock.monotonic()
    while clock.monotonic() - began < 5:
        clock.advance(timedelta(seconds=1))
        await asyncio.sleep(0)
        await lanes.lane_runner.idle()
    assert lanes.health(Channel.EMAIL).trouble is not None
    await smtp_server.start()
    while len(smtp_server.accepted) < 20:
        clock.advance(timedelta(seconds=1))
        await asyncio.sleep(0)
        await lanes.lane_runner.idle()
        assert clock.monotonic() - began < 10
    assert await _all_sent(lanes)


def test_the_answer_to_a_whole_mail_is_waited_for_as_long_as_the_rules_say() -> None:
    limits = Limits()
    assert limits.final_dot == 600
    before = 5 * limits.opening + 3 * limits.command
    assert LaneSettings().lease.total_seconds() > before + limits.final_dot
