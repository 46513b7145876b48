"""The real program as a child process, driven through its pipes and signals."""

import asyncio
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.support.fork_server import Order
from tests.support.forks import Fork, fork_server, surroundings
from tests.support.pipes import Pipes

FORKS = sys.platform == "linux"
PATIENCE = 60.0
"""Seconds until a test gives a program up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a program ended; `seconds` are those from its being told to, or from its start."""

    code: int
    out: str
    err: str
    seconds: float


class Program:
    """One run of `python -m bot`; what it prints gathers in `out` and `err`.

    Where the system can, it is forked from a process that has imported it: a start takes a
    tenth of the time. One that is begun cold is a process of its own from the start.
    """

    def __init__(self, process: Process | Fork, pipes: Pipes) -> None:
        self._process = process
        self._stdin = pipes.stdin
        self._since = asyncio.get_running_loop().time()
        self._streams = {"out": "", "err": ""}
        self._news = asyncio.Condition()
        self._readers = [
            asyncio.create_task(self._read(name, stream))
            for name, stream in (("out", pipes.stdout), ("err", pipes.stderr))
        ]

    @classmethod
    async def start(cls, *arguments: str, folder: Path, **environ: str) -> Self:
        """Start it in `folder`, which is also its home; only `environ` sets anything."""
        if not FORKS:
            return await cls.begun("-m", "bot", *arguments, folder=folder, environ=environ)
        order = Order(
            module="bot",
            arguments=arguments,
            folder=str(folder),
            environ=surroundings(folder, environ),
        )
        async with Pipes.opened() as (pipes, theirs):
            return cls(await fork_server().fork(order, *theirs), pipes)

    @classmethod
    async def begun(cls, *line: str, folder: Path, environ: Mapping[str, str]) -> Self:
        """Start the interpreter with those arguments, and else as `start` does."""
        async with Pipes.opened() as (pipes, (stdin, stdout, stderr)):
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *line,
                cwd=folder,
                env=surroundings(folder, environ),
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
            )
            return cls(process, pipes)

    @property
    def out(self) -> str:
        """Return what it printed so far."""
        return self._streams["out"]

    @property
    def err(self) -> str:
        """Return what it logged and complained of so far."""
        return self._streams["err"]

    def type(self, line: str) -> None:
        """Hand it a line."""
        self._stdin.write(f"{line}\n".encode())

    async def shows(self, text: str, *, stream: str = "out", beyond: int = 0) -> None:
        """Return once `text` stands in what it printed, behind the first `beyond` characters."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(lambda: text in self._streams[stream][beyond:])

    async def typed(self, line: str, shows: str) -> None:
        """Hand it a line and return once it has shown that text after it."""
        beyond = len(self.out)
        self.type(line)
        await self.shows(shows, beyond=beyond)

    async def fed(self, text: str) -> Finished:
        """Hand it all of its input; returns how it ended."""
        self._stdin.write(text.encode())
        self._stdin.close()
        return await self.finished()

    async def terminated(self) -> Finished:
        """Send SIGTERM; returns how it ended."""
        return await self.signalled(signal.SIGTERM)

    async def signalled(self, number: signal.Signals) -> Finished:
        """Send a signal; returns how it ended."""
        self._since = asyncio.get_running_loop().time()
        self._process.send_signal(number)
        return await self.finished()

    async def killed(self) -> Finished:
        """Kill it as kill -9 does."""
        return await self.signalled(signal.SIGKILL)

    async def finished(self) -> Finished:
        """Wait for its end."""
        async with asyncio.timeout(PATIENCE):
            code = await self._process.wait()
            seconds = asyncio.get_running_loop().time() - self._since
            await asyncio.gather(*self._readers)
        return Finished(code=code, out=self.out, err=self.err, seconds=seconds)

    async def gone(self) -> None:
        """Make sure that nothing of it stays."""
        if self._process.returncode is None:
            await self.killed()
        self._stdin.close()

    async def _read(self, name: str, stream: asyncio.StreamReader) -> None:
        pending = b""
        while chunk := await stream.read(65536):
            whole, newline, pending = (pending + chunk).rpartition(b"\n")
            async with self._news:
                self._streams[name] += (whole + newline).decode()
                self._news.notify_all()
        self._streams[name] += pending.decode()


@asynccontextmanager
async def running(*arguments: str, folder: Path, **environ: str) -> AsyncIterator[Program]:
    """Return a running program, which is gone at the end of the block."""
    program = await Program.start(*arguments, folder=folder, **environ)
    try:
        yield program
    finally:
        await program.gone()


async def run(*arguments: str, folder: Path, text: str = "", **environ: str) -> Finished:
    """Run it on that input to its end."""
    async with running(*arguments, folder=folder, **environ) as program:
        return await program.fed(text)


async def run_cold(*arguments: str, folder: Path, text: str = "", **environ: str) -> Finished:
    """Do as `run`, with a process of its own from the start."""
    line = ("-m", "bot", *arguments)
    program = await Program.begun(*line, folder=folder, environ=environ)
    try:
        return await program.fed(text)
    finally:
        await program.gone()


async def was_within(seconds: float, ended: Finished, folder: Path) -> bool:
    """Return whether a program ended within so many seconds.

    Where just loading it takes longer than one now, the machine is busy: so many times longer, by
    the slowest of three loads.
    """
    if ended.seconds < seconds:
        return True
    loads = [(await run_cold("--help", folder=folder)).seconds for _ in range(3)]
    return ended.seconds < seconds * max(loads)


def files_under(folder: Path) -> set[str]:
    """Return every file and folder below, by its path from there."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}
