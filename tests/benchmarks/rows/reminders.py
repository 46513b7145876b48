"""Reminders by chat at the pace that TELEGRAM_RATE allows, however slowly Telegram answers."""

import asyncio
import contextlib
from datetime import timedelta
from functools import partial
from pathlib import Path

from bot.clock import SystemClock
from bot.store.database import Database
from bot.text import Words
from tests.benchmarks.bench import Bench
from tests.benchmarks.bot_api import BotApi
from tests.benchmarks.measures import most_in_a_second, steady_rate
from tests.benchmarks.row import Figures, Goal, Row
from tests.support.sealed_letters import seal

RATE = 28
"""The default of TELEGRAM_RATE."""
_SHARE = 0.98
_PATIENCE = 4.0
"""Times as long as it should take, until those still missing are left out."""
_STORED = timedelta(days=7, minutes=1)


async def plant(path: Path, letters: int) -> None:
    """Seal letters of as many people, each due a minute ago on its seventh day."""
    database = await Database.open(path)
    try:
        async with database.transaction() as tx:
            sealed_at = SystemClock().now() - _STORED
            for person_id in range(1, letters + 1):
                await seal(tx, person_id, words=Words("매일 아침 달리기"), sealed_at=sealed_at)
    finally:
        await database.close()


async def _measure(bench: Bench, *, latency: float) -> Figures:
    letters = RATE * int(bench.pick(8, 20))
    async with bench.running({}, plant=partial(plant, letters=letters)) as run:
        run.api.latency = latency
        await run.program.lives_until(run.api.polled)
        cpu = run.program.cpu()
        await _all_sent(run.api, letters)
        moments = [sent.arrived for sent in run.api.sent]
        cpu = run.program.cpu() - cpu
    return {
        "reminders/s": steady_rate(moments),
        "most in a second": most_in_a_second(moments),
        "missing": letters - len(moments),
        "program's CPU, ms a reminder": 1000 * cpu / len(moments),
    }


async def _all_sent(api: BotApi, letters: int) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE * letters / RATE):
            await api.messages.reach(letters)


def _row(milliseconds: int) -> Row:
    return Row(
        name=f"chat-rate-{milliseconds}",
        about=f"reminders by chat, {milliseconds} ms a call, TELEGRAM_RATE left at {RATE}",
        measure=partial(_measure, latency=milliseconds / 1000),
        goals=(
            Goal(figure="reminders/s", at_least=_SHARE * RATE),
            Goal(figure="most in a second", at_most=RATE, always=True),
            Goal(figure="missing", at_most=0, always=True),
        ),
    )


ROWS = tuple(_row(milliseconds) for milliseconds in (0, 80, 300))
