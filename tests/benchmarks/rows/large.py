"""A large store: what holds it and how long, what a start and a stop take."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.clock import SystemClock
from bot.delivery.report import figures
from bot.housekeeping import Housekeeping
from bot.store import changes
from bot.store.database import Database
from bot.text import Words
from tests.benchmarks.bench import Bench
from tests.benchmarks.large_store import plant
from tests.benchmarks.measures import percentile
from tests.benchmarks.row import Figures, Goal, Row
from tests.support.sealed_letters import DAYS, seal

_QUICK, _FULL = 2_000, 1_000_000  # letters
_SWEEPS, _SEALINGS = 20, 200
_LOOKED_AT_AFTER = timedelta(days=40)
_DAY = timedelta(days=1)

Ask = Callable[[], Awaitable[object]]


@asynccontextmanager
async def _waits_for(ask: Ask) -> AsyncIterator[list[float]]:
    """Ask again and again meanwhile; the list has how long each answer took, in ms."""
    waits: list[float] = []

    async def ask_on() -> None:
        while True:
            waits.append(await _took(ask))
            await asyncio.sleep(0)

    asking = asyncio.create_task(ask_on())
    try:
        yield waits
    finally:
        asking.cancel()
        await asyncio.wait([asking])


async def _took(ask: Ask) -> float:
    """Return how many milliseconds something takes."""
    begun = time.perf_counter()
    await ask()
    return 1000 * (time.perf_counter() - begun)


async def _measure_holds(bench: Bench) -> Figures:
    now = SystemClock().now()
    with TemporaryDirectory(prefix="benchmark-") as folder:
        path = Path(folder) / "bot.db"
        await plant(path, int(bench.pick(_QUICK, _FULL)), now)
        database = await Database.open(path)
        try:
            return await _holds(database, now)
        finally:
            await database.close()


async def _holds(database: Database, now: datetime) -> Figures:
    housekeeping = Housekeeping(
        database, SystemClock(), retention=_LOOKED_AT_AFTER, address_life=_LOOKED_AT_AFTER
    )

    async def read() -> None:
        await database.reader.one("SELECT 1")

    async def write() -> None:
        async with database.transaction() as tx:
            await tx.one("SELECT 1")

    async def report() -> None:
        async with database.long_reader() as session:
            await figures(session, since=now - _DAY, now=now)

    async def sweep() -> None:
        await housekeeping.let_go()
        async with database.transaction() as tx:
            await changes.close(tx, now)
        await housekeeping.ask_about_addresses()

    async def seal_one() -> None:
        async with database.transaction() as tx:
            await seal(
                tx, 1, words=Words("달리기"), sealed_at=now, days=DAYS, number=-next(numbers)
            )

    numbers = iter(range(1, _SEALINGS + 1))
    async with _waits_for(read) as reads, _waits_for(write) as writes:
        reporting = await _took(report)
        tidying = await _took(housekeeping.tidy)
    sweeps = [await _took(sweep) for _ in range(_SWEEPS)]
    sealings = [await _took(seal_one) for _ in range(_SEALINGS)]
    return {
        "reader waits, p99 ms": percentile(reads, 0.99),
        "reader waits, longest ms": max(reads),
        "writer waits, p99 ms": percentile(writes, 0.99),
        "writer waits, longest ms": max(writes),
        "report, ms": reporting,
        "tidying, ms": tidying,
        "tidying again, ms": await _took(housekeeping.tidy),
        "an empty sweep, ms": percentile(sweeps, 0.5),
        "sealing, p99 ms": percentile(sealings, 0.99),
    }


async def _measure_start(bench: Bench) -> Figures:
    planting = partial(plant, letters=int(bench.pick(_QUICK, _FULL)), now=SystemClock().now())
    async with bench.running({}, plant=planting) as run:
        begun = time.perf_counter()
        await run.program.lives_until(run.api.polled)
        started = time.perf_counter() - begun
        ended = await run.program.terminated()
    return {"start to first poll, s": started, "stop, s": ended.seconds}


ROWS = (
    Row(
        name="holds",
        about="who waits for the store while it is reported on and tidied; sweeps and sealing",
        measure=_measure_holds,
        goals=(
            Goal(figure="reader waits, longest ms", at_most=20),
            Goal(figure="writer waits, longest ms", at_most=50),
            Goal(figure="an empty sweep, ms", at_most=5),
            Goal(figure="sealing, p99 ms", at_most=10),
        ),
        repeats=1,
    ),
    Row(
        name="start-stop",
        about="a start to the first poll and a stop, with a large store",
        measure=_measure_start,
        goals=(
            Goal(figure="start to first poll, s", at_most=0.8),
            Goal(figure="stop, s", at_most=5),
        ),
        repeats=1,
    ),
)
