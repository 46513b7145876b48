"""Reminders by mail as fast as they go, beside other ways to send as many in the same run."""

import asyncio
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.clock import SystemClock
from bot.store.database import Database
from bot.store.letter_keys import NO_KEYS, Keys
from bot.text import Words
from tests.benchmarks.bench import Bench
from tests.benchmarks.inside import Seen
from tests.benchmarks.large_store import KEYS, LETTER_KEY
from tests.benchmarks.machine import fsync_cost
from tests.benchmarks.mail_sink import MailSink
from tests.benchmarks.measures import percentile
from tests.benchmarks.row import Figures, Goal, Row
from tests.benchmarks.rows import reminders
from tests.benchmarks.rows.talking import VISITORS, compared, waits
from tests.support.forks import REPOSITORY, surroundings
from tests.support.sealed_letters import DAY_7, seal

_MINUTE = timedelta(minutes=1)
_START = 4.0  # seconds in which the program is up, most likely
_KOREAN = "매일 아침 여섯 시에 일어나 강변을 달리고, 돌아와서 찬물로 씻고 책을 열 쪽 읽는다. "
_ENGLISH = "Run along the river every morning at six, come back, read ten pages of a book. "
_LENGTH = 200  # characters
_PATIENCE = 120.0  # seconds


async def plant(
    path: Path,
    letters: int,
    language: str,
    *,
    due_at: datetime,
    apart: float = 0.0,
    keys: Keys = NO_KEYS,
) -> None:
    """Seal letters of as many people, of which mails alone come back.

    The first is due at that moment, each other so many seconds after the one before.
    """
    database = await Database.open(path, keys)
    text = (_KOREAN if language == "ko" else _ENGLISH) * 6
    try:
        async with database.transaction() as tx:
            for number in range(1, letters + 1):
                sealed_at = due_at - DAY_7 + timedelta(seconds=apart * (number - 1))
                await seal(
                    tx,
                    number,
                    words=Words(f"{number}. {text}"[:_LENGTH]),
                    sealed_at=sealed_at,
                    language=language,
                    number=number,
                )
            await tx.run("DELETE FROM deliveries WHERE channel = 'chat'")
    finally:
        await database.close()


async def _measure(
    bench: Bench,
    *,
    language: str,
    latency: float,
    connections: int,
    sizes: tuple[int, int, int],
    wrapped: bool = False,
) -> Figures:
    quick, full, old = sizes
    letters = int(bench.pick(quick, full))
    environ = {"SMTP_CONNECTIONS": str(connections)}
    environ |= {"LETTER_KEYS": LETTER_KEY} if wrapped else {}
    planting = partial(
        plant,
        letters=letters,
        language=language,
        due_at=SystemClock().now() - _MINUTE,
        keys=KEYS if wrapped else NO_KEYS,
    )
    async with bench.running(environ, plant=planting) as run:
        run.sink.latency = latency
        async with asyncio.timeout(_PATIENCE):
            await run.sink.mails.reach(1)
            cpu = run.program.cpu()
            await run.sink.mails.reach(letters)
        cpu = run.program.cpu() - cpu
        own, content = _rate(run.sink.arrived), run.sink.last
    ceiling = await _rival("ready", content, letters, connections, latency)
    beginning = await _rival("old", content, int(bench.pick(old / 2, old)), 1, latency)
    return {
        "mails/s": own,
        "of ready bytes": own / ceiling,
        "times the old way": own / beginning,
        "ready bytes, mails/s": ceiling,
        "the old way, mails/s": beginning,
        "program's CPU, ms a mail": 1000 * cpu / letters,
        "fsync, ms": 1000 * fsync_cost(),
    }


async def _lag(bench: Bench) -> Figures:
    """Measure how late the program's event loop is from the first mail to the last."""
    letters = int(bench.pick(1500, 10_000))
    due_at = SystemClock().now() - _MINUTE
    planting = partial(plant, letters=letters, language="ko", due_at=due_at)
    with TemporaryDirectory(prefix="benchmark-") as folder:
        file = Path(folder) / "seen.json"
        line = ("-m", "tests.benchmarks.inside", str(file))
        async with bench.running({}, plant=planting, line=line) as run:
            async with asyncio.timeout(_PATIENCE):
                await run.sink.mails.reach(1)
                starved = run.program.starved()
                await run.sink.mails.reach(letters)
            starved = run.program.starved() - starved
            first, last = min(run.sink.arrived), max(run.sink.arrived)
        late = Seen.read(file).lateness(first, last)
    return {
        "p99, ms": 1000 * percentile(late, 0.99),
        "median, ms": 1000 * percentile(late, 0.5),
        "longest, ms": 1000 * max(late),
        "program waits for a core, %": 100 * starved / (last - first),
    }


async def _lateness(bench: Bench) -> Figures:
    """Measure how long after its moment each mail comes, of those due once the program is up."""
    letters, apart = int(bench.pick(20, 100)), 0.25
    due_at = SystemClock().now() + timedelta(seconds=_START)
    planting = partial(plant, letters=letters, language="ko", due_at=due_at, apart=apart)
    async with bench.running({}, plant=planting) as run:
        await run.program.lives_until(run.api.polled)
        ready = SystemClock().now()
        async with asyncio.timeout(_PATIENCE):
            await run.sink.mails.reach(letters)
        ahead = time.time() - asyncio.get_running_loop().time()
        arrived = [moment + ahead for moment in sorted(run.sink.arrived)]
    moments = [due_at.timestamp() + apart * number for number in range(letters)]
    late = [
        came - due for came, due in zip(arrived, moments, strict=True) if due > ready.timestamp()
    ]
    return {
        "p99, ms": 1000 * percentile(late, 0.99),
        "median, ms": 1000 * percentile(late, 0.5),
        "earliest, ms": 1000 * min(late),
    }


async def _replies(bench: Bench, *, call: float) -> Figures:
    """Measure what people wait for a reply while letters are due on both channels, and idle."""
    letters, seconds = int(bench.pick(1500, 10_000)), bench.pick(4, 10)
    async with bench.warm(latency=call, environ={}) as run:
        idle = await waits(bench, run.crowd.newcomers(VISITORS), seconds)
    async with bench.running({}, plant=partial(reminders.plant, letters=letters)) as run:
        await run.program.lives_until(run.api.polled)
        run.api.latency = call
        beside = await waits(bench, run.crowd.newcomers(VISITORS), seconds)
        mails = len(run.sink.arrived)
    return {**compared(idle, beside), "mails meanwhile": mails}


def _beside(milliseconds: int) -> Row:
    return Row(
        name=f"reply-amid-drain-{milliseconds}",
        about=f"10 /help a second while letters are due on both lanes, {milliseconds} ms a call",
        measure=partial(_replies, call=milliseconds / 1000),
        goals=(Goal(figure="p99, times", at_most=3),),
    )


async def _rival(way: str, content: bytes, number: int, connections: int, latency: float) -> float:
    """Return the mails a second that another way comes to, in a process of its own."""
    with TemporaryDirectory(prefix="benchmark-") as name:
        file = Path(name) / "mail.eml"
        file.write_bytes(content)
        async with MailSink() as sink:
            sink.latency = latency
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "tests.benchmarks.rivals", way),
                *(str(sink.port), str(file), str(number), str(connections)),
                cwd=REPOSITORY,
                env=surroundings(Path(name), {}),
            )
            async with asyncio.timeout(_PATIENCE):
                code = await process.wait()
            if code:
                raise RuntimeError(f"a rival ended with {code}")
            return _rate(sink.arrived)


def _rate(moments: Sequence[float]) -> float:
    return (len(moments) - 1) / (max(moments) - min(moments))


def _loopback(name: str, language: str, *, wrapped: bool = False) -> Row:
    about = f"letters of {_LENGTH} characters by mail, {language}, loopback, 10 connections"
    return Row(
        name=name,
        about=about + (", LETTER_KEYS set" if wrapped else ""),
        measure=partial(
            _measure,
            language=language,
            latency=0.0,
            connections=10,
            sizes=(1500, 4000, 400),
            wrapped=wrapped,
        ),
        goals=(
            Goal(figure="of ready bytes", at_least=0.7),
            Goal(figure="times the old way", at_least=6),
        ),
        repeats=5,
    )


ROWS = (
    _loopback("drain-ko", "ko"),
    _loopback("drain-keys", "ko", wrapped=True),
    _loopback("drain-en", "en"),
    Row(
        name="drain-50ms",
        about="the same in Korean, 50 ms an answer, 20 connections",
        measure=partial(
            _measure, language="ko", latency=0.05, connections=20, sizes=(100, 1000, 20)
        ),
        goals=(
            Goal(figure="of ready bytes", at_least=0.9),
            Goal(figure="times the old way", at_least=30),
        ),
        repeats=5,
    ),
    Row(
        name="drain-lag",
        about="how late the event loop is meanwhile, by a beat every 5 ms",
        measure=_lag,
        goals=(Goal(figure="p99, ms", at_most=20),),
    ),
    _beside(0),
    _beside(80),
    Row(
        name="on-time",
        about="mails that fall due four a second, otherwise idle: how late each is",
        measure=_lateness,
        goals=(Goal(figure="p99, ms", at_most=1000),),
    ),
)
