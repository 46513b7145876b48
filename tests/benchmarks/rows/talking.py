"""What one person's doings cost the others, who only say /help; the bot is told no limit."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from tests.benchmarks.bench import FAST, Bench, Run
from tests.benchmarks.bot_api import NEVER
from tests.benchmarks.measures import percentile
from tests.benchmarks.people import PATIENCE, Person, visit
from tests.benchmarks.row import Figures, Goal, Row

CALL = 0.08
CROWD_CALL = 0.15
SLOW_CALL = 4.0
FLOOD = 3000
FLOOD_SECONDS = 10.0
_EVERY = 0.1  # seconds between two visits: what a bot that does one thing at a time just manages
VISITORS = 60  # so that nobody says more than the 30 messages a minute that one person may

Trouble = Callable[[Run, float], "asyncio.Task[None]"]
"""What somebody does for so many seconds while others visit."""


async def _crowd(bench: Bench) -> Figures:
    """Measure 40 people who speak in the same moment."""
    loop = asyncio.get_running_loop()
    async with bench.warm(latency=CROWD_CALL, environ=FAST) as run:
        start = loop.time()
        asked = [
            person.ask("/write" if number % 2 else "/help")
            for number, person in enumerate(run.crowd.newcomers(40))
        ]
        async with asyncio.timeout(PATIENCE):
            waits = [moment - start for moment in await asyncio.gather(*asked)]
    return {
        "last answer, calls": max(waits) / CROWD_CALL,
        "last answer, ms": 1000 * max(waits),
        "median answer, ms": 1000 * percentile(waits, 0.5),
    }


async def _slow(bench: Bench) -> Figures:
    """Measure people of whom one in 20 is answered in SLOW_CALL."""
    seconds = bench.pick(5, 20)
    async with bench.warm(latency=CALL, environ=FAST) as run:
        without = await waits(bench, run.crowd.newcomers(VISITORS), seconds)
        people = run.crowd.newcomers(VISITORS)
        slow = people[::20]
        run.api.latency_of = {person.id: SLOW_CALL for person in slow}
        heard = await visit(people, every=_EVERY, seconds=seconds, chance=bench.chance)
        others = [wait for person in people if person not in slow for wait in heard[person]]
    return compared(without, others)


async def _beside(bench: Bench, *, call: float, trouble: Trouble) -> Figures:
    """Measure visitors while nothing else happens, then beside what somebody does."""
    seconds = bench.pick(4, FLOOD_SECONDS)
    async with bench.warm(latency=call, environ=FAST) as run:
        idle = await waits(bench, run.crowd.newcomers(VISITORS), seconds)
        visitors = run.crowd.newcomers(VISITORS)
        doing = trouble(run, seconds)
        beside = await waits(bench, visitors, seconds)
        doing.cancel()
    return compared(idle, beside)


async def waits(bench: Bench, people: Sequence[Person], seconds: float) -> list[float]:
    """Return what people wait for a reply who ask one after another."""
    heard = await visit(people, every=_EVERY, seconds=seconds, chance=bench.chance)
    return [wait for each in heard.values() for wait in each]


def compared(without: Sequence[float], beside: Sequence[float]) -> Figures:
    """Return the figures of waits beside something, against those without."""
    return {
        "p99, times": percentile(beside, 0.99) / percentile(without, 0.99),
        "p99 without, ms": 1000 * percentile(without, 0.99),
        "p99 beside, ms": 1000 * percentile(beside, 0.99),
        "median without, ms": 1000 * percentile(without, 0.5),
        "median beside, ms": 1000 * percentile(beside, 0.5),
        "unanswered": sum(wait >= PATIENCE for wait in beside),
    }


def _flood(run: Run, seconds: float) -> "asyncio.Task[None]":
    """Let one person send FLOOD messages in FLOOD_SECONDS, or as many as fit in less."""
    return asyncio.create_task(_send(run, round(FLOOD * seconds / FLOOD_SECONDS), seconds))


def _burst(run: Run, seconds: float) -> "asyncio.Task[None]":
    """Let one person send FLOOD messages at once."""
    return asyncio.create_task(_send(run, FLOOD, 0))


async def _send(run: Run, number: int, seconds: float) -> None:
    loop, flooder = asyncio.get_running_loop(), run.crowd.newcomer()
    start = loop.time()
    for message in range(number):
        if (early := start + seconds * message / number - loop.time()) > 0:
            await asyncio.sleep(early)
        flooder.say(f"This is my message number {message}")


def _hang(run: Run, seconds: float) -> "asyncio.Task[None]":
    """Let one person speak each second whose replies are never answered."""
    return asyncio.create_task(_speak_unanswered(run))


async def _speak_unanswered(run: Run) -> None:
    person = run.crowd.newcomer()
    run.api.latency_of[person.id] = NEVER
    while True:
        person.say("/help")
        await asyncio.sleep(1)


_TWICE = (Goal(figure="p99, times", at_most=2),)

ROWS = (
    Row(
        name="crowd-40",
        about="40 people at once, 150 ms a call, TELEGRAM_RATE=1000",
        measure=_crowd,
        goals=(Goal(figure="last answer, calls", at_most=2),),
        repeats=5,
    ),
    Row(
        name="slow-one-in-20",
        about="10 messages a second, 80 ms a call; one person in 20 is answered in 4 s",
        measure=_slow,
        goals=(Goal(figure="p99, times", at_most=1.2),),
    ),
    Row(
        name="flood",
        about="3,000 messages of one person in 10 s, 80 ms a call; others say 10 a second",
        measure=partial(_beside, call=CALL, trouble=_flood),
        goals=_TWICE,
    ),
    Row(
        name="flood-0",
        about="the same with calls of 0 ms",
        measure=partial(_beside, call=0.0, trouble=_flood),
        goals=_TWICE,
    ),
    Row(
        name="flood-at-once",
        about="3,000 messages of one person at once, 80 ms a call",
        measure=partial(_beside, call=CALL, trouble=_burst),
    ),
    Row(
        name="hang",
        about="replies to one person who speaks each second are never answered, 80 ms to others",
        measure=partial(_beside, call=CALL, trouble=_hang),
    ),
)
