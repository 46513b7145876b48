"""The program as a process of its own, and what the system knows about it."""

import asyncio
import os
from pathlib import Path

from tests.support.program import Program

_UTIME = 11
"""Of /proc/PID/stat behind the name: the ticks spent in the program, then those in the system."""


class MeasuredProgram(Program):
    """One run of `python -m bot run`, watched from outside."""

    async def lives_until(self, event: asyncio.Event) -> None:
        """Return once the event is set. Raises RuntimeError if the program ends before."""
        waiting = asyncio.create_task(event.wait())
        ending = asyncio.create_task(self._process.wait())
        await asyncio.wait({waiting, ending}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        ending.cancel()
        if not event.is_set():
            raise RuntimeError(f"the program ended: {self.err[-2000:]}")

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

    def memory(self, name: str = "VmRSS") -> float:
        """Return the MB it takes, or the most it took (`VmHWM`); NaN where there is no /proc."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:
            return float("nan")
        [kilobytes] = [line.split()[1] for line in status.splitlines() if line.startswith(name)]
        return int(kilobytes) / 1024

    async def stop(self) -> None:
        """Tell it to stop, and let a profiler write its figures; kill it if it doesn't."""
        try:
            if self._process.returncode is None:
                await self.terminated()
        finally:
            await self.gone()
