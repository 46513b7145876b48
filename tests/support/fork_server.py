"""Forks processes that find the program imported: `python -m tests.support.fork_server MODULE...`.

It imports the modules, and reads orders from the socket that is its standard input until that is
closed. An order comes with four file descriptors: the child's standard streams, and where its pid
and, later, its exit code are written, a line each. `tests.support.forks` is the other side.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn, Self

STREAMS = 3
LONGEST_ORDER = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A module to be run as `python -m` does, in a folder and with nothing but that environment."""

    module: str
    arguments: tuple[str, ...]
    folder: str
    environ: Mapping[str, str]

    def to_bytes(self) -> bytes:
        """Return the order as JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Return the order that `to_bytes` wrote."""
        return cls(**json.loads(content))


def serve(orders: socket.socket) -> None:
    """Fork one child after another until the other side hangs up."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those that watched a child leave nothing behind
    while True:
        content, fds, _, _ = socket.recv_fds(orders, LONGEST_ORDER, STREAMS + 1)
        if not content:
            return
        if os.fork() == 0:
            orders.close()
            _watch(Order.from_bytes(content), fds)
        for fd in fds:
            os.close(fd)


def _watch(order: Order, fds: list[int]) -> NoReturn:
    """Fork the child, and report of it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *streams, report = fds
    pid = os.fork()
    if pid == 0:
        os.close(report)
        _become(order, streams)
    for fd in streams:
        os.close(fd)
    with contextlib.suppress(BrokenPipeError):
        os.write(report, f"{pid}\n".encode())
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.write(report, f"{code}\n".encode())
    os._exit(0)


def _become(order: Order, streams: list[int]) -> NoReturn:
    for number, fd in enumerate(streams):
        os.dup2(fd, number)
        os.close(fd)
    os.chdir(order.folder)
    os.environ.clear()
    os.environ.update(order.environ)
    sys.argv = [order.module, *order.arguments]
    runpy.run_module(order.module, run_name="__main__", alter_sys=True)
    sys.exit(0)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    for name in sys.argv[1:]:
        importlib.import_module(name)
    gc.freeze()  # or a child's first collection would copy every page
    serve(socket.socket(fileno=os.dup(sys.stdin.fileno())))
