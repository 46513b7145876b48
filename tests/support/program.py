"""The real program as a child process, driven through its pipes and signals."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

REPOSITORY = Path(__file__).parents[2]
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
    """One run of `python -m bot`; what it prints gathers in `out` and `err`."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._since = asyncio.get_running_loop().time()
        self._streams = {"out": "", "err": ""}
        self._news = asyncio.Condition()
        self._readers = [
            asyncio.create_task(self._read(name, stream))
            for name, stream in (("out", process.stdout), ("err", process.stderr))
            if stream is not None
        ]

    @classmethod
    async def start(cls, *arguments: str, folder: Path, **environ: str) -> Self:
        """Start it in `folder`, which is also its home; only `environ` sets anything."""
        return await cls.begun("-m", "bot", *arguments, folder=folder, environ=environ)

    @classmethod
    async def begun(cls, *line: str, folder: Path, environ: Mapping[str, str]) -> Self:
        """Start the interpreter with those arguments, and else as `start` does."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *line,
            cwd=folder,
            env=surroundings(folder, environ),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
        )
        return cls(process)

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
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())

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
        """Hand it all of its input; give how it ended."""
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode())
        self._process.stdin.close()
        return await self.finished()

    async def terminated(self) -> Finished:
        """Send SIGTERM; give how it ended."""
        return await self.signalled(signal.SIGTERM)

    async def signalled(self, number: signal.Signals) -> Finished:
        """Send a signal; give how it ended."""
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
        if self._process.stdin is not None:
            self._process.stdin.close()

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


async def was_within(seconds: float, ended: Finished, folder: Path) -> bool:
    """Return whether a program ended within so many seconds.

    Where just loading it takes longer than one now, the machine is busy: so many times longer.
    """
    if ended.seconds < seconds:
        return True
    return ended.seconds < seconds * (await run("--help", folder=folder)).seconds


def surroundings(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return a child's whole environment: nothing of the tests' own gets in.

    Its resolver is the machine's, which no test may ask; so addresses aren't looked up.
    """
    kept = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ}
    ours = {"PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(folder)}
    return {**kept, **ours, "PYTHONUTF8": "1", "NO_PROXY": "*", "ADDRESS_DNS": "0", **environ}


def files_under(folder: Path) -> set[str]:
    """Return every file and folder below, by its path from there."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}
