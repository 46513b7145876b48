"""The program with a large store: its start and its stop, its memory, what a letter takes."""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.app import DATABASE
from bot.clock import SystemClock
from bot.store.database import to_text
from bot.store.ledger_file import LEDGER
from tests.benchmarks.bench import FAST, Bench
from tests.benchmarks.inside import Seen
from tests.benchmarks.large_store import LENGTH, LETTER_KEY
from tests.benchmarks.row import Figures, Goal, Row
from tests.benchmarks.store_cache import plant

QUICK, FULL = 2_000, 1_000_000  # letters
ENVIRON = {"LETTER_KEYS": LETTER_KEY, "RETENTION_DAYS": "40"}
_JOBS = ("sweep", "housekeeping", "report", "opening")
_UNDER_WAY = 0.3  # seconds that a job goes on until the program is told to stop
_REST = 10.0  # seconds after which a program that nobody talks to has come to rest

_OWED = """
UPDATE deliveries SET state = 'due', due_at = :now, next_at = :now, attempt = 0, sent_at = NULL,
    failed_at = NULL, reason = NULL
WHERE day = 7 AND letter_id % 5 <> 0
"""


async def _measure_start(bench: Bench) -> Figures:
    planting = partial(plant, letters=bench.letters(QUICK, FULL), now=SystemClock().now())
    async with bench.running(ENVIRON, plant=planting) as run:
        begun = time.perf_counter()
        await run.program.lives_until(run.api.polled)
        started, cpu = time.perf_counter() - begun, run.program.cpu()
        await asyncio.sleep(bench.pick(1, _REST))
        at_rest = run.program.memory()
        ended = await run.program.terminated()
    return {
        "start to first poll, s": started,
        "start's CPU, s": cpu,
        "memory at rest, MB": at_rest,
        "stop, s": ended.seconds,
    }


async def _measure_empty_start(bench: Bench) -> Figures:
    async with bench.running(ENVIRON) as run:
        begun = time.perf_counter()
        await run.program.lives_until(run.api.polled)
        started, cpu = time.perf_counter() - begun, run.program.cpu()
    return {"start to first poll, s": started, "start's CPU, s": cpu}


async def _measure_stops(bench: Bench) -> Figures:
    """Measure how long a stop takes while each of the jobs runs."""
    stops, jobs = dict[str, float](), dict[str, float]()
    letters, now = bench.letters(QUICK, FULL), SystemClock().now()
    for job in _JOBS:
        with TemporaryDirectory(prefix="benchmark-") as folder:
            file = Path(folder) / "seen.json"
            line = ("-m", "tests.benchmarks.inside", str(file), job)
            planting = partial(plant, letters=letters, now=now)
            async with bench.running(ENVIRON, plant=planting, line=line) as run:
                await run.program.lives_until(run.api.polled)
                await asyncio.sleep(_UNDER_WAY)
                told = time.monotonic()
                stops[job] = (await run.program.terminated()).seconds
            begun, *ended = Seen.read(file).jobs
            jobs[job] = min(told, *ended) - begun
    return {
        "longest, s": max(stops.values()),
        **{f"amid the {job}, s": seconds for job, seconds in stops.items()},
        **{f"the {job} lasted until then, s": seconds for job, seconds in jobs.items()},
    }


async def _plant_due(path: Path, letters: int) -> None:
    """Let all letters but those of unconfirmed addresses be due on both channels."""
    now = SystemClock().now()
    await plant(path, letters, now)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(_OWED, {"now": to_text(now)})
        connection.commit()


async def _measure_drain(bench: Bench) -> Figures:
    letters, seconds = bench.letters(QUICK, FULL), bench.pick(4, 60)
    async with bench.running(
        {**ENVIRON, **FAST}, plant=partial(_plant_due, letters=letters)
    ) as run:
        await run.program.lives_until(run.api.polled)
        cpu, mails, chats = run.program.cpu(), len(run.sink.arrived), len(run.api.sent)
        begun = time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await run.sink.mails.reach(letters * 4 // 5)
        lasted = time.monotonic() - begun
        cpu = run.program.cpu() - cpu
        brought = len(run.sink.arrived) - mails + len(run.api.sent) - chats
        most = run.program.memory("VmHWM")
        ended = await run.program.terminated()
    return {
        "memory at most, MB": most,
        "deliveries/s": brought / lasted,
        "program's CPU, ms a delivery": 1000 * cpu / max(brought, 1),
        "stop, s": ended.seconds,
    }


async def _measure_space(bench: Bench) -> Figures:
    """Measure what a letter takes with all that belongs to it, its person's row among that."""
    letters, now = bench.letters(QUICK, FULL), SystemClock().now()
    with TemporaryDirectory(prefix="benchmark-") as folder:
        await plant(Path(folder) / DATABASE, letters, now)
        pages = {**_pages(Path(folder) / DATABASE), **_pages(Path(folder) / LEDGER)}
    total = sum(pages.values())
    large = sorted(pages, key=lambda name: -pages[name])[:_NAMED]
    rest = total - sum(pages[name] for name in large)
    return {
        "bytes a letter": total / letters,
        **{f"  {name}": pages[name] / letters for name in large},
        "  all else": rest / letters,
    }


_NAMED = 12


def _pages(path: Path) -> Mapping[str, int]:
    """Return the bytes of each table and index (https://www.sqlite.org/dbstat.html)."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))


ROWS = (
    Row(
        name="start-empty",
        about="a start to the first poll, without a store",
        measure=_measure_empty_start,
        goals=(Goal(figure="start to first poll, s", at_most=0.6),),
        repeats=5,
    ),
    Row(
        name="start-stop",
        about="a start to the first poll, at rest, and a stop, with a large store",
        measure=_measure_start,
        goals=(
            Goal(figure="start to first poll, s", at_most=0.8),
            Goal(figure="memory at rest, MB", at_most=80),
            Goal(figure="stop, s", at_most=5),
        ),
    ),
    Row(
        name="stop-amid-jobs",
        about="a stop amid each of the jobs, with a large store",
        measure=_measure_stops,
        goals=(Goal(figure="longest, s", at_most=5),),
        repeats=1,
    ),
    Row(
        name="drain-large",
        about="a large store that is due all at once on both channels, TELEGRAM_RATE=1000",
        measure=_measure_drain,
        goals=(Goal(figure="memory at most, MB", at_most=150), Goal(figure="stop, s", at_most=5)),
        repeats=1,
    ),
    Row(
        name="space",
        about=f"what a letter of {LENGTH} characters takes, its person and deliveries with it",
        measure=_measure_space,
        repeats=1,
    ),
)
