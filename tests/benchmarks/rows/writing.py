"""Letters sealed a second by people who write without a pause, each letter as somebody new."""

import asyncio
import time
from functools import partial

from tests.benchmarks.bench import FAST, Bench, Run
from tests.benchmarks.people import write_letters
from tests.benchmarks.row import Figures, Goal, Row
from tests.support.watched import Tally

LATENCY = 0.08
_RAMP = 1.0


async def _measure(bench: Bench, *, writers: int) -> Figures:
    sealed, loop = Tally(), asyncio.get_running_loop()
    async with bench.warm(latency=LATENCY, environ=FAST) as run, asyncio.TaskGroup() as group:
        writing = []
        for _ in range(writers):
            writing.append(group.create_task(write_letters(run.crowd, sealed)))
            await asyncio.sleep(_RAMP / writers)
        if not bench.quick:
            await sealed.reach(writers)
        start, before = loop.time(), _costs(run, sealed)
        await asyncio.sleep(bench.pick(2, 10))
        seconds = loop.time() - start
        letters, cpu, starved, own_cpu = (
            after - was for after, was in zip(_costs(run, sealed), before, strict=True)
        )
        for task in writing:
            task.cancel()
    return {
        "letters/s": letters / seconds,
        "program's CPU, ms a letter": 1000 * cpu / max(letters, 1),
        "program's CPU, % of a core": 100 * cpu / seconds,
        "program waits for a core, %": 100 * starved / seconds,
        "benchmark's CPU, % of a core": 100 * own_cpu / seconds,
    }


def _costs(run: Run, sealed: Tally) -> tuple[float, float, float, float]:
    return sealed.value, run.program.cpu(), run.program.starved(), time.process_time()


ROWS = (
    Row(
        name="sealed-20",
        about="20 writers, 80 ms a call, TELEGRAM_RATE=1000; the calls alone allow 83",
        measure=partial(_measure, writers=20),
        goals=(Goal(figure="letters/s", at_least=50),),
    ),
    Row(
        name="sealed-80",
        about="80 writers, 80 ms a call, TELEGRAM_RATE=1000; the calls alone allow 333",
        measure=partial(_measure, writers=80),
    ),
)
