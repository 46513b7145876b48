"""A reminder leaves at its time, without a sweep, however far ahead it was sealed."""

import asyncio
from datetime import datetime, timedelta

from bot.app import App
from bot.text import Words
from tests.support.clock import ManualClock
from tests.support.sealed_letters import DAY_7, seal
from tests.support.smtpd import ScriptedSmtp

SOON = timedelta(milliseconds=300)
PATIENCE = 10  # seconds, before the minute's sweep


async def test_a_reminder_leaves_at_its_time_without_a_sweep(
    app: App, clock: ManualClock, smtp_server: ScriptedSmtp
) -> None:
    due_at = clock.now() + SOON
    await _seal(app, 1, due_at)
    clock.set(due_at)  # nobody is told, nobody has slept
    async with asyncio.timeout(PATIENCE):
        await smtp_server.wait_for_messages(1)


async def test_one_that_falls_due_before_what_was_waited_for_is_no_later(
    app: App, clock: ManualClock, smtp_server: ScriptedSmtp
) -> None:
    await _seal(app, 1, clock.now() + timedelta(days=1))
    due_at = clock.now() + SOON
    await _seal(app, 2, due_at)
    clock.set(due_at)
    async with asyncio.timeout(PATIENCE):
        await smtp_server.wait_for_messages(1)


async def test_put_back_the_clock_is_waited_for_and_put_on_nothing_is_late(
    app: App, clock: ManualClock, smtp_server: ScriptedSmtp
) -> None:
    due_at = clock.now() + SOON
    await _seal(app, 1, due_at)
    clock.set(clock.now() - SOON)
    await _seal(app, 2, due_at)
    clock.set(due_at)
    async with asyncio.timeout(PATIENCE):
        await smtp_server.wait_for_messages(2)


async def _seal(app: App, number: int, due_at: datetime) -> None:
    async with app.database.transaction() as tx:
        await seal(tx, number, words=Words("run"), sealed_at=due_at - DAY_7, number=number)
    await app.lane_runner.idle()
