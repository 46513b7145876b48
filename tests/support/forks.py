"""Starts processes that are spared the time of importing the program."""

import asyncio
import atexit
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.support.fork_server import Order

REPOSITORY = Path(__file__).parents[2]
PROGRAM = ("bot.cli", "bot.local_mode", "email_validator", "jinja2")
"""The program, with what it loads when it is needed."""


class Fork:
    """A child of a fork server; as with `asyncio.subprocess.Process`, a signal ends in `-n`."""

    def __init__(self, pid: int, end: asyncio.Task[int]) -> None:
        self.pid = pid
        self._end = end

    @property
    def returncode(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self._end.result() if self._end.done() else None

    async def wait(self) -> int:
        """Return the exit code once it has ended."""
        return await asyncio.shield(self._end)

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)


class ForkServer:
    """A process that has imported some modules, and forks whoever is to find them imported."""

    def __init__(self, *modules: str) -> None:
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "tests.support.fork_server", *modules],
                cwd=REPOSITORY,
                env=surroundings(REPOSITORY, {}),
                stdin=theirs.fileno(),
                stdout=subprocess.PIPE,  # as a child's is: a file could be sought in
                stderr=subprocess.PIPE,
            )

    def close(self) -> None:
        """Let the process end; those it has forked live on."""
        self._orders.close()
        self._process.communicate()

    async def fork(self, order: Order, *streams: int) -> Fork:
        """Return a child with those file descriptors as its standard input, output and error.

        Raises RuntimeError where the server has come to its end.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            fds = [*streams, theirs.fileno()]
            socket.send_fds(self._orders, [order.to_bytes()], fds)
        reader, writer = await asyncio.open_connection(sock=ours)
        if not (pid := await reader.readline()):
            raise RuntimeError(self._process.communicate()[1].decode())
        return Fork(int(pid), asyncio.create_task(_end(reader, writer)))


@cache
def fork_server() -> ForkServer:
    """Return this process's own, which has imported the program."""
    server = ForkServer(*PROGRAM)
    atexit.register(server.close)
    return server


def surroundings(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return a child's whole environment: nothing of the tests' own gets in.

    Its resolver is the machine's, which no test may ask; so addresses aren't looked up.
    """
    kept = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT") if key in os.environ}
    ours = {"PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(folder)}
    return {**kept, **ours, "PYTHONUTF8": "1", "NO_PROXY": "*", "ADDRESS_DNS": "0", **environ}


async def _end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    code = int(await reader.readline())
    writer.close()
    await writer.wait_closed()
    return code
