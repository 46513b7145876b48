"""A server on loopback in the running event loop, whose conversations can be made to go wrong."""

import asyncio
import contextlib
import socket
import ssl
import struct
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import Any, Self, TypeVar

from tests.support.watched import Tally

T = TypeVar("T")

HOST = "127.0.0.1"
LONGEST_LINE = 2**20
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no seconds: closing sends RST in place of FIN."""


class HungUp(Exception):
    """The conversation is over, whoever ended it."""


class LoopbackServer(ABC):
    """Listens on 127.0.0.1 and a port of the system's choice, which a restart keeps."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.port = 0
        self.connections = Tally()
        self.open_connections = Tally()
        self.hang_ups = Tally()
        self.most_open = 0
        self._tls = tls
        self._listener: asyncio.Server | None = None
        self._conversations: dict[asyncio.Task[None], Wire] = {}
        self._broken: list[BaseException] = []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; after `stop`, on the same port again."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._protocol, HOST, self.port, ssl=self._tls)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections and cut those that are open. Raises what broke the server itself."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        unfinished = tuple(self._conversations)
        for conversation in unfinished:
            conversation.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        if self._broken:
            raise self._broken.pop()

    def freeze(self) -> None:
        """Read nothing more on the connections that are open, as if the network were cut."""
        for wire in self._conversations.values():
            wire.freeze()

    async def wait_for_connections(self, number: int) -> None:
        """Return once so many connections have been made since the start."""
        await self.connections.reach(number)

    async def wait_for_hang_ups(self, number: int) -> None:
        """Return once so many connections have been hung up, by whichever side."""
        await self.hang_ups.reach(number)

    async def wait_until_idle(self) -> None:
        """Return once no connection is open."""
        await self.open_connections.until(lambda value: value == 0)

    @abstractmethod
    async def converse(self, wire: "Wire") -> None:
        """Serve one connection to its end; HungUp ends it at once."""

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        return asyncio.StreamReaderProtocol(_Reader(self.hang_ups), self._connected)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert isinstance(reader, _Reader)
        wire = Wire(reader, writer)
        conversation = asyncio.create_task(self._serve(wire))
        self._conversations[conversation] = wire
        conversation.add_done_callback(self._ended)
        self.open_connections.add()
        self.most_open = max(self.most_open, self.open_connections.value)
        self.connections.add()

    async def _serve(self, wire: "Wire") -> None:
        try:
            with contextlib.suppress(HungUp):
                await self.converse(wire)
            await wire.close()
        finally:
            wire.cut()

    def _ended(self, conversation: asyncio.Task[None]) -> None:
        self._conversations.pop(conversation)
        self.open_connections.add(-1)
        if not conversation.cancelled() and (problem := conversation.exception()):
            self._broken.append(problem)


class Wire:
    """One connection as the server holds it. Reading and writing raise HungUp at its end."""

    def __init__(self, reader: "_Reader", writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @property
    def tls(self) -> bool:
        """Return whether the connection is encrypted."""
        return self._writer.get_extra_info("ssl_object") is not None

    @property
    def is_gone(self) -> bool:
        """Return whether the other side has hung up."""
        return self._reader.ended.is_set()

    async def gone(self) -> None:
        """Return once the other side has hung up."""
        await self._reader.ended.wait()

    async def line(self) -> bytes:
        """Return the next line with its end."""
        try:
            line = await self._reader.readline()
        except OSError:
            raise HungUp from None
        if not line.endswith(b"\n"):
            raise HungUp
        return line

    async def exactly(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        try:
            return await self._reader.readexactly(size)
        except (OSError, asyncio.IncompleteReadError):
            raise HungUp from None

    def put(self, data: bytes) -> bool:
        """Hand bytes to the socket at once; tell whether somebody was there to take them."""
        if self.is_gone:
            return False
        self._writer.write(data)
        return True

    async def write(self, data: bytes) -> None:
        """Write, and wait until there is room for more."""
        if not self.put(data):
            raise HungUp
        try:
            await self._writer.drain()
            # A drain with room left doesn't let the loop run, and so would never see the end.
            await asyncio.sleep(0)
        except OSError:
            raise HungUp from None

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Go on encrypted; a handshake that fails ends the conversation."""
        try:
            await self._writer.start_tls(context)
        except OSError:
            raise HungUp from None

    async def while_open(self, work: Coroutine[Any, Any, T]) -> T:
        """Return the result of `work`. Raises HungUp if the other side goes first."""
        working = asyncio.ensure_future(work)
        leaving = asyncio.ensure_future(self.gone())
        try:
            await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return working.result()
            raise HungUp
        finally:
            working.cancel()
            leaving.cancel()

    async def close(self) -> None:
        """Hang up in good order."""
        if not self._writer.is_closing():  # in Python 3.11.2 an `abort` behind a second one fails
            self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    def freeze(self) -> None:
        """Read nothing more of what the other side sends."""
        transport = self._writer.transport
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()

    def reset(self) -> None:
        """Hang up with RST; what was written but not yet sent is lost."""
        connection: socket.socket = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.cut()

    def cut(self) -> None:
        """Close the socket without a word."""
        self._writer.transport.abort()


class _Reader(asyncio.StreamReader):
    """A stream that tells its end without being read."""

    def __init__(self, hang_ups: Tally) -> None:
        super().__init__(limit=LONGEST_LINE)
        self.ended = asyncio.Event()
        self._hang_ups = hang_ups

    def feed_eof(self) -> None:
        super().feed_eof()
        self._end()

    def set_exception(self, exc: Exception) -> None:
        super().set_exception(exc)
        self._end()

    def _end(self) -> None:
        if not self.ended.is_set():
            self.ended.set()
            self._hang_ups.add()
