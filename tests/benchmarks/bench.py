"""What a row measures with: the program on a fresh data folder between two servers of ours."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.bot_api import BotApi
from tests.benchmarks.mail_sink import MailSink
from tests.benchmarks.people import Crowd, write_letter
from tests.benchmarks.program import MeasuredProgram
from tests.support.settings import environ_of

Plant = Callable[[Path], Awaitable[None]]
"""Puts something into the store at that path, before the program starts."""

UNCAPPED = {
    f"CAP_MAILS_{name}": "1000000"
    for name in ("ADDRESS_HOUR", "ADDRESS_DAY", "PERSON_DAY", "DOMAIN_HOUR", "HOUR")
}
"""So that every letter's confirmation mail goes out, however many there are."""
FAST = {"TELEGRAM_RATE": "1000", **UNCAPPED}


@dataclass(slots=True)
class Run:
    """The program while it runs."""

    program: MeasuredProgram
    api: BotApi
    sink: MailSink
    crowd: Crowd


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """How a row is to be measured. `profile`: the file for the program's cProfile figures.

    `size`: how many letters a large store has, if not what each row has by itself.
    """

    quick: bool
    size: int | None = None
    chance: random.Random = field(default_factory=random.Random)
    profile: Path | None = None

    def pick(self, quick: float, full: float) -> float:
        """Return the one of two sizes that is wanted."""
        return quick if self.quick else full

    def letters(self, quick: int, full: int) -> int:
        """Return how many letters a large store is to have."""
        return self.size or int(self.pick(quick, full))

    @asynccontextmanager
    async def warm(self, *, latency: float, environ: Mapping[str, str]) -> AsyncIterator[Run]:
        """Start the program and let it seal a letter; from then on a call takes `latency`."""
        async with self.running(environ) as run:
            await run.program.lives_until(run.api.polled)
            await write_letter(run.crowd.newcomer())
            run.api.latency = latency
            yield run

    @asynccontextmanager
    async def running(
        self,
        environ: Mapping[str, str],
        *,
        plant: Plant | None = None,
        line: Sequence[str] = ("-m", "bot", "run"),
    ) -> AsyncIterator[Run]:
        """Start the program on a fresh data folder; it is stopped at the end of the block."""
        with TemporaryDirectory(prefix="benchmark-") as name:
            folder = Path(name)
            if plant is not None:
                (folder / "data").mkdir()
                await plant(folder / "data" / "bot.db")
            async with BotApi() as api, MailSink() as sink:
                servers = environ_of(smtp_port=sink.port, api=api.origin)
                settings = {**servers, "LOG_LEVEL": "WARNING", **environ}
                profiler = ("-m", "cProfile", "-o", str(self.profile)) if self.profile else ()
                program = await MeasuredProgram.begun(
                    *profiler, *line, folder=folder, environ=settings
                )
                try:
                    yield Run(program=program, api=api, sink=sink, crowd=Crowd(api))
                finally:
                    await program.stop()
