"""A large store: who waits for it while a job runs, what a sweep, a sealing, an erasing take."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.app import DATABASE
from bot.clock import SystemClock
from bot.delivery.report import figures
from bot.housekeeping import Housekeeping
from bot.store import changes, letters, opening
from bot.store.database import Database
from bot.text import Words
from tests.benchmarks.bench import Bench
from tests.benchmarks.large_store import KEYS
from tests.benchmarks.measures import percentile
from tests.benchmarks.row import Figures, Goal, Row
from tests.benchmarks.rows.large import FULL, QUICK
from tests.benchmarks.store_cache import plant
from tests.support.sealed_letters import DAYS, seal

_SWEEPS, _SEALINGS, _ERASINGS = 20, 200, 100
_DAY = timedelta(days=1)
_LOOKED_AT_AFTER = 59 * _DAY + timedelta(hours=20)  # the oldest letters
_ENDED_BEFORE = _LOOKED_AT_AFTER - 30 * _DAY  # of the same, which came back 30 days after sealing
_PAUSE = 0.001  # seconds between two asks
_IDLE, _LONG = 3.0, 20.0  # seconds

Ask = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """How long each answer took meanwhile, in milliseconds."""

    reads: list[float]
    writes: list[float]


class _Holds:
    """An open large store, and what may hold it."""

    def __init__(self, database: Database, now: datetime) -> None:
        self._database = database
        self._now = now

    def jobs(self) -> Mapping[str, Ask]:
        """Return what runs beside the conversation, in that order."""
        return {
            "nothing": lambda: asyncio.sleep(_IDLE),
            "report": self._report,
            "opening": self._open_coming,
            "tidying": self._housekeeping(_LOOKED_AT_AFTER).tidy,
            "tidying again": self._housekeeping(_LOOKED_AT_AFTER).tidy,
            "ending": self._housekeeping(_ENDED_BEFORE, None).tidy,
            "rewriting": self._rewrite,
        }

    async def asked_amid(self, job: Ask) -> tuple[_Asked, float]:
        """Return what reads and writes took while a job ran, and what that took, in ms."""
        asked = _Asked([], [])
        asking = [
            asyncio.create_task(_ask_on(ask, waits))
            for ask, waits in ((self._read, asked.reads), (self._write, asked.writes))
        ]
        try:
            took = await _took(partial(_for_a_while, job))
        finally:
            for task in asking:
                task.cancel()
            await asyncio.wait(asking)
        return asked, took

    async def sweep(self) -> None:
        """Do what the program does each minute, but for the lanes."""
        housekeeping = self._housekeeping(_LOOKED_AT_AFTER)
        await housekeeping.let_go()
        async with self._database.transaction() as tx:
            await changes.close(tx, self._now)
        await housekeeping.ask_about_addresses()
        await housekeeping.end_erasures()

    async def seal(self, number: int) -> None:
        """Seal a letter."""
        words = Words("달리기")
        async with self._database.transaction() as tx:
            await seal(tx, 1, words=words, sealed_at=self._now, days=DAYS, number=-number)

    async def erase(self, number: int) -> None:
        """Erase a letter's words, its key destroyed."""
        async with self._database.transaction() as tx:
            await letters.erase_text(tx, number, self._now)

    async def _report(self) -> None:
        async with self._database.long_reader() as session:
            await figures(session, since=self._now - _DAY, now=self._now)

    async def _open_coming(self) -> None:
        async with self._database.long_reader() as session:
            if lost := await opening.unreadable(session, self._now + 7 * _DAY):
                raise RuntimeError(f"letters that can't be read: {len(lost)}")

    async def _rewrite(self) -> None:
        await self._database.ledger.run(lambda file: file.rewrite())

    def _housekeeping(
        self, retention: timedelta, address_life: timedelta | None = _LOOKED_AT_AFTER
    ) -> Housekeeping:
        return Housekeeping(
            self._database, SystemClock(), retention=retention, address_life=address_life
        )

    async def _read(self) -> None:
        await self._database.reader.one("SELECT 1")

    async def _write(self) -> None:
        async with self._database.transaction() as tx:
            await tx.one("SELECT 1")


async def _for_a_while(job: Ask) -> None:
    """Do a job, and break it off like a stop if it lasts long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_LONG):
            await job()


async def _ask_on(ask: Ask, waits: list[float]) -> None:
    while True:
        waits.append(await _took(ask))
        await asyncio.sleep(_PAUSE)


async def _took(ask: Ask) -> float:
    """Return how many milliseconds something takes."""
    begun = time.perf_counter()
    await ask()
    return 1000 * (time.perf_counter() - begun)


@asynccontextmanager
async def _opened(bench: Bench) -> AsyncIterator[_Holds]:
    now = SystemClock().now()
    with TemporaryDirectory(prefix="benchmark-") as folder:
        path = Path(folder) / DATABASE
        await plant(path, bench.letters(QUICK, FULL), now)
        database = await Database.open(path, KEYS)
        try:
            yield _Holds(database, now)
        finally:
            await database.close()


async def _measure_holds(bench: Bench) -> Figures:
    asked, took = dict[str, _Asked](), dict[str, float]()
    async with _opened(bench) as holds:
        for name, job in holds.jobs().items():
            asked[name], took[name] = await holds.asked_amid(job)
    reads = {name: max(each.reads) for name, each in asked.items() if name != "nothing"}
    writes = {name: max(each.writes) for name, each in asked.items() if name != "nothing"}
    return {
        "reader waits, longest ms": max(reads.values()),
        "writer waits, longest ms": max(writes.values()),
        **{
            f"{who} amid {name}, {what} ms": measured
            for name, each in asked.items()
            for who, waits in (("reader", each.reads), ("writer", each.writes))
            for what, measured in (("longest", max(waits)), ("p99", percentile(waits, 0.99)))
        },
        **{f"{name} takes, ms": milliseconds for name, milliseconds in took.items()},
    }


async def _measure_steps(bench: Bench) -> Figures:
    async with _opened(bench) as holds:
        sweeps = [await _took(holds.sweep) for _ in range(_SWEEPS)]
        sealings = [await _took(partial(holds.seal, n)) for n in range(1, _SEALINGS + 1)]
        erasings = [await _took(partial(holds.erase, n)) for n in range(2, _ERASINGS + 2)]
        rewriting = await _took(holds.sweep)
    return {
        "an empty sweep, ms": percentile(sweeps, 0.5),
        "sealing, p99 ms": percentile(sealings, 0.99),
        "erasing until it is said, p99 ms": percentile(erasings, 0.99),
        "the sweep after that, ms": rewriting,
    }


ROWS = (
    Row(
        name="holds",
        about=f"who waits for a large store, amid jobs of {_LONG:.0f} s at most",
        measure=_measure_holds,
        goals=(
            Goal(figure="reader waits, longest ms", at_most=20),
            Goal(figure="writer waits, longest ms", at_most=50),
        ),
        repeats=1,
    ),
    Row(
        name="steps",
        about="an empty sweep, sealing, erasing in a large store",
        measure=_measure_steps,
        goals=(
            Goal(figure="an empty sweep, ms", at_most=5),
            Goal(figure="sealing, p99 ms", at_most=10),
        ),
        repeats=1,
    ),
)
