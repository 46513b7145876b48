"""The program as a process of its own, and what the system knows about it."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.acceptance.program import surroundings

_STOPPING = 30.0
_UTIME = 11
"""Of /proc/PID/stat behind the name: the ticks spent in the program, then those in the system."""


class Program:
    """One run of `python -m bot run`; what it logs goes to a file in its folder."""

    def __init__(self, process: Process, log: Path) -> None:
        self._process = process
        self._log = log

    @classmethod
    async def start(cls, folder: Path, environ: Mapping[str, str], profile: Path | None) -> Self:
        """Start it in `folder`, under cProfile if its figures are wanted in the file `profile`."""
        profiler = ["-m", "cProfile", "-o", str(profile)] if profile else []
        log = folder / "log"
        with log.open("wb") as file:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *profiler,
                *("-m", "bot", "run"),
                cwd=folder,
                env=surroundings(folder, environ),
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=file,
            )
        return cls(process, log)

    async def lives_until(self, event: asyncio.Event) -> None:
        """Return once the event is set. Raises RuntimeError if the program ends before."""
        waiting = asyncio.create_task(event.wait())
        ending = asyncio.create_task(self._process.wait())
        await asyncio.wait({waiting, ending}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        ending.cancel()
        if not event.is_set():
            raise RuntimeError(f"the program ended: {self._log.read_text()[-2000:]}")

    def starved(self) -> float:
        """Return the seconds its main thread waited for a core that others had; NaN as `cpu`."""
        try:
            return int(Path(f"/proc/{self._process.pid}/schedstat").read_text().split()[1]) / 1e9
        except OSError:
            return float("nan")

    def cpu(self) -> float:
        """Return the CPU seconds it has used so far, all threads; NaN where there is no /proc."""
        try:
            stat = Path(f"/proc/{self._process.pid}/stat").read_text()
        except OSError:
            return float("nan")
        fields = stat.rpartition(")")[2].split()
        ticks = int(fields[_UTIME]) + int(fields[_UTIME + 1])
        return ticks / os.sysconf("SC_CLK_TCK")

    async def stop(self) -> None:
        """Tell it to stop; kill it if it doesn't."""
        if self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_STOPPING):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
