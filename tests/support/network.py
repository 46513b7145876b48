"""A guard that keeps the tests on this machine.

It listens to the interpreter's audit events, so nothing that opens a socket in this process gets
round it, whatever it imported and when (https://docs.python.org/3/library/audit_events.html).
"""

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from ipaddress import ip_address


class BeyondLoopbackError(AssertionError):
    """A test reached for the network. No OSError, which the code under test might well handle."""


class NetworkGuard:
    """What the tests reached for beyond loopback; kept, should the error itself be swallowed."""

    def __init__(self) -> None:
        self.attempts: list[str] = []

    def refuse(self, attempt: str) -> None:
        """Keep the attempt and raise BeyondLoopbackError."""
        self.attempts.append(attempt)
        raise BeyondLoopbackError(f"{attempt} goes beyond loopback")

    def check(self) -> None:
        """Raise BeyondLoopbackError if anything was refused."""
        if self.attempts:
            raise BeyondLoopbackError(f"refused: {', '.join(self.attempts)}")


@contextmanager
def loopback_only() -> Iterator[NetworkGuard]:
    """Refuse connections, datagrams and look-ups beyond this machine; they also fail at the end."""
    _listen_to_audit_events()
    guard = NetworkGuard()
    _guards.append(guard)
    try:
        yield guard
    finally:
        _guards.remove(guard)
    guard.check()


_guards: list[NetworkGuard] = []


@cache
def _listen_to_audit_events() -> None:
    """Once for the process: an audit hook can't be taken out again."""
    sys.addaudithook(_hear)


def _hear(event: str, args: tuple[object, ...]) -> None:
    if _guards and (refused := _REFUSED.get(event)) and refused(*args):
        _guards[-1].refuse(f"{event} {args[1] if len(args) > 1 else args[0]!r}")


def _reaches_out(connection: socket.socket, address: object) -> bool:
    if connection.family not in {socket.AF_INET, socket.AF_INET6}:
        return False
    return isinstance(address, tuple) and not _is_here(address[0])


def _looks_up(host: object, *_: object) -> bool:
    return not (host is None or _is_here(host) or _is_numeric(host))


def _looks_up_backwards(host: object) -> bool:
    return not _is_here(host)


def _is_here(host: object) -> bool:
    name = _text(host)
    if name in {"", "localhost", socket.gethostname()}:
        return True
    return _is_numeric(name) and (ip_address(name).is_loopback or ip_address(name).is_unspecified)


def _is_numeric(host: object) -> bool:
    try:
        ip_address(_text(host))
    except ValueError:
        return False
    return True


def _text(host: object) -> str:
    return host.decode() if isinstance(host, bytes) else str(host)


_REFUSED: dict[str, Callable[..., bool]] = {
    "socket.connect": _reaches_out,
    "socket.sendto": _reaches_out,
    "socket.sendmsg": _reaches_out,
    "socket.getaddrinfo": _looks_up,
    "socket.gethostbyname": _looks_up,
    "socket.gethostbyaddr": _looks_up_backwards,
}
