"""The program under test: started again and again on one data folder, with changing keys."""

import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.app import DATABASE
from bot.clock import MovableClock
from tests.crash import snapshot
from tests.crash.children import Child, Children
from tests.crash.deliveries import End, Key
from tests.crash.letter_keys import LetterKeys
from tests.crash.plan import ROTATE, RUN, Plan, Step
from tests.crash.servers import Servers
from tests.crash.snapshot import Snapshot
from tests.crash.trace import TRACE
from tests.crash.uptime import Uptime

LONGEST_ROTATION = 0.005  # seconds behind the beginning of a commit
COUNTS = {
    Step.CLAIMED: 12,
    Step.IN_FLIGHT: 12,
    Step.SETTLED: 12,
    Step.MID_COMMIT: 40,
    Step.RECEIVED: 2,
    Step.ROTATION: 10,
}
"""The most times that a child comes to a step before it dies there; once where none is given."""


class Program:
    """Starts children, and looks at what they leave. `child` is the one that runs now."""

    def __init__(
        self,
        folder: Path,
        *,
        servers: Servers,
        clock: MovableClock,
        uptime: Uptime,
        chance: random.Random,
    ) -> None:
        self.child: Child | None = None
        self.keys = LetterKeys()
        self._data, self._scratch = folder / "data", folder / "scratch"
        for each in (self._data, self._scratch):
            each.mkdir(mode=0o700)
        self._log = folder / "child.log"
        self._servers = servers
        self._clock = clock
        self._uptime = uptime
        self._chance = chance
        self._children: Children | None = None

    @property
    def database(self) -> Path:
        """Return where the store is."""
        return self._data / DATABASE

    @property
    def folder(self) -> Path:
        """Return the data folder."""
        return self._data

    @property
    def trace(self) -> Path:
        """Return the children's notes."""
        return self._data / TRACE

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """Be able to start children until the end of the block."""
        async with Children.ready(self._log) as self._children:
            yield

    def plan(self, step: Step = Step.MOMENT, *, command: tuple[str, ...] = RUN) -> Plan:
        """Return what a child is told, the count chosen by chance."""
        return Plan(
            folder=str(self._data),
            environ={**self._servers.environ, **self.keys.environ, "DATA_DIR": str(self._data)},
            ahead=self._clock.ahead.total_seconds(),
            command=command,
            step=step,
            count=self._chance.randint(1, COUNTS.get(step, 1)),
        )

    async def start(self, plan: Plan, *, cold: bool = False) -> Child:
        """Return the program, begun on a life of its own."""
        self._uptime.begin()
        self.child = await self._bring_up(plan, cold=cold)
        return self.child

    async def dies(self, plan: Plan, *, cold: bool) -> None:
        """Start the program, and return once it has come to its death by itself."""
        child = await self.start(plan, cold=cold)
        await child.ends(-signal.SIGKILL)

    async def fall_silent(self) -> None:
        """Return once all that a child said, who has ended, is acted upon."""
        self.child = None
        self._uptime.end()
        await self._servers.fall_silent()

    async def kill_rotation(self, *, cold: bool) -> None:
        """Change the keys, and be killed amid that."""
        self.keys.renew()
        delay = LONGEST_ROTATION * self._chance.random()
        plan = replace(self.plan(Step.ROTATION, command=ROTATE), delay=delay)
        child = await self._bring_up(plan, cold=cold)
        await child.ends(-signal.SIGKILL)

    async def finish_rotation(self) -> None:
        """Change the keys to the end, and leave none but the newest."""
        child = await self._bring_up(self.plan(command=ROTATE))
        await child.ends(0)
        self.keys.drop_older()

    def snapshot(self) -> Snapshot:
        """Return what the store holds; the program must not run."""
        return Snapshot.take(self._data, self._scratch, self._clock.now())

    def ends(self) -> dict[Key, End]:
        """Return how every reminder ended."""
        return snapshot.ends(self._data, self._scratch)

    async def _bring_up(self, plan: Plan, *, cold: bool = False) -> Child:
        assert self._children is not None
        return await (self._children.start_cold(plan) if cold else self._children.fork(plan))
