"""What may go wrong in a conversation, and the script that says where."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from tests.support.loopback import HungUp, Wire
from tests.support.watched import Gate

Point = TypeVar("Point")
Pause = Callable[[float], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a server does in place of what it should; named, for a test's id.

    `accepts`: what was asked is executed first, and only its answer goes wrong.
    """

    name: str
    act: Callable[[Wire], Awaitable[None]] = field(repr=False, compare=False)
    accepts: bool = False

    def __str__(self) -> str:
        return self.name


def drop() -> Fault:
    """Close the connection quietly."""

    async def act(_: Wire) -> None:
        raise HungUp

    return Fault(name="drop", act=act)


def reset() -> Fault:
    """Close the connection with RST."""

    async def act(wire: Wire) -> None:
        wire.reset()
        raise HungUp

    return Fault(name="reset", act=act)


def silence() -> Fault:
    """Say nothing more until the other side hangs up."""

    async def act(wire: Wire) -> None:
        await wire.gone()
        raise HungUp

    return Fault(name="silence", act=act)


def trickle(
    text: bytes = b"250-still thinking\r\n", *, seconds: float = 1, pause: Pause = asyncio.sleep
) -> Fault:
    """Repeat `text` for ever, a byte each so many `seconds`: alive, yet never done."""

    async def act(wire: Wire) -> None:
        while True:
            for byte in text:
                await wire.write(bytes([byte]))
                await wire.while_open(pause(seconds))

    return Fault(name="trickle", act=act)


def endless_lines() -> Fault:
    """Write lines of one reply that never ends."""
    return _endless("endless lines", b"", b"220-and then\r\n" * 256)


def huge_banner() -> Fault:
    """Write a line that never ends."""
    return _endless("endless line", b"220-", b"x" * 4096)


def garbage() -> Fault:
    """Answer in another protocol altogether, and hang up."""

    async def act(wire: Wire) -> None:
        await wire.write(b"\x16\x03\x01\x02\x00\xff\xfe\r\n<html>not what you asked for</html>\r\n")
        raise HungUp

    return Fault(name="garbage", act=act)


def accept_then(fault: Fault) -> Fault:
    """Carry out what was asked, then let `fault` spoil the answer."""
    return replace(fault, name=f"accept, then {fault.name}", accepts=True)


def accept_then_drop() -> Fault:
    """Carry out what was asked, then hang up without an answer."""
    return accept_then(drop())


class Script(Generic[Point]):
    """Which faults wait at which points of a conversation, and which gates hold it there."""

    def __init__(self) -> None:
        self._faults: defaultdict[Point, list[_Planned]] = defaultdict(list)
        self._gates: dict[Point, Gate] = {}

    def fault(self, point: Point, fault: Fault, times: int | None = None) -> None:
        """Let the next `times` arrivals at `point` go wrong (None: all); faults queue up."""
        self._faults[point].append(_Planned(fault, times))

    def hold(self, point: Point) -> Gate:
        """Stop every conversation that comes to `point` until the gate is released."""
        self._gates[point] = Gate()
        return self._gates[point]

    def heal(self) -> None:
        """Forget all faults; gates stay."""
        self._faults.clear()

    def next_at(self, point: Point) -> Fault | None:
        """Return the fault that waits at `point`, if any, and leave it there."""
        planned = self._faults[point]
        return planned[0].fault if planned else None

    async def at(self, point: Point) -> Fault | None:
        """Come to `point`: pass its gate, and take the fault that waits there."""
        if gate := self._gates.get(point):
            await gate.pass_through()
        planned = self._faults[point]
        if not planned:
            return None
        first = planned[0]
        if first.times is not None:
            first.times -= 1
            if first.times == 0:
                planned.pop(0)
        return first.fault


@dataclass(slots=True)
class _Planned:
    fault: Fault
    times: int | None


def _endless(name: str, start: bytes, more: bytes) -> Fault:
    async def act(wire: Wire) -> None:
        await wire.write(start)
        while True:
            await wire.write(more)

    return Fault(name=name, act=act)
