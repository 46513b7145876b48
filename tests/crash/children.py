"""Starts children, forked or cold: the campaign's side of `tests.crash.child`."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.crash.plan import Plan
from tests.support.fork_server import Order
from tests.support.forks import PROGRAM, REPOSITORY, ForkServer, surroundings

MODULE = "tests.crash.child"
PATIENCE = 120  # seconds, begun twice: a lane over two dead mailboxes stands still a minute
LOG_TAIL = 4000


class UnexpectedEnd(AssertionError):
    """A child ended otherwise than it should have, or never got to where it was wanted."""


@dataclass(slots=True)
class Child:
    """A running program."""

    pid: int
    log: Path
    _end: asyncio.Task[int]

    async def lives_through(self, event: Coroutine[Any, Any, object]) -> None:
        """Return when the event has come, which is waited for twice PATIENCE at most.

        Raises UnexpectedEnd where the child ended first, or it didn't come.
        """
        waiting = asyncio.ensure_future(event)
        try:
            await _first_of(waiting, self._end)
            if not waiting.done():
                raise UnexpectedEnd(self._story("did not get to where it was wanted"))
            waiting.result()
        finally:
            waiting.cancel()

    async def ends(self, code: int) -> None:
        """Return once it has ended so. Raises UnexpectedEnd."""
        await _first_of(self._end)
        if not self._end.done() or self._end.result() != code:
            raise UnexpectedEnd(self._story(f"did not end with {code}"))

    async def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send it a signal, and return once it has ended by that."""
        os.kill(self.pid, number)
        await self.ends(-number if number is signal.SIGKILL else 0)

    def _story(self, what: str) -> str:
        end = f"ended with {self._end.result()}" if self._end.done() else self._state()
        tail = self.log.read_text(errors="replace")[-LOG_TAIL:]
        return f"child {self.pid} {what} ({end}). Its log ends:\n{tail}"

    def _state(self) -> str:
        """Tell what the system says of one that hasn't ended, or whose end wasn't reported."""
        status = Path(f"/proc/{self.pid}/status")
        lines = status.read_text().splitlines() if status.exists() else ["State: gone"]
        return next(line for line in lines if line.startswith("State:"))


class Children:
    """Starts children; what they write is kept in `log`."""

    def __init__(self, log: Path, forks: ForkServer, stdin: int) -> None:
        self._log = log
        self._forks = forks
        self._stdin = stdin
        self._environ = surroundings(log.parent, {})

    @classmethod
    @asynccontextmanager
    async def ready(cls, log: Path) -> "AsyncIterator[Children]":
        """Import the program and be ready until the end of the block."""
        forks = ForkServer(*PROGRAM, "tests.crash.witness")
        stdin, never_written = os.pipe()
        try:
            yield cls(log, forks, stdin)
        finally:
            os.close(stdin)
            os.close(never_written)
            forks.close()

    async def fork(self, plan: Plan) -> Child:
        """Return a child that lives by the plan and finds everything imported."""
        order = Order(
            module=MODULE,
            arguments=(plan.to_line(),),
            folder=str(REPOSITORY),
            environ=self._environ,
        )
        with self._log.open("ab") as log:
            process = await self._forks.fork(order, self._stdin, log.fileno(), log.fileno())
        return Child(process.pid, self._log, asyncio.create_task(process.wait()))

    async def start_cold(self, plan: Plan) -> Child:
        """Return a child that lives by the plan: a process of its own from the start."""
        with self._log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", MODULE, plan.to_line()),
                cwd=REPOSITORY,
                env=self._environ,
                stdin=self._stdin,
                stdout=log,
                stderr=log,
            )
        return Child(process.pid, self._log, asyncio.create_task(process.wait()))


async def _first_of(*events: "asyncio.Future[Any]") -> None:
    """Return when one of the events has come, or after PATIENCE, begun twice.

    Where this process itself was stopped for long, the first wait ends with what is to come unread.
    """
    for _ in range(2):
        done, _pending = await asyncio.wait(
            events, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED
        )
        if done:
            return
