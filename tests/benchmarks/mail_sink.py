"""A mail server on loopback that takes everything and keeps when it came, and the last mail."""

import asyncio
from typing import Self

from tests.support.loopback import HOST
from tests.support.watched import Tally

_END = b"\r\n.\r\n"
_GREETING = b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"


class MailSink:
    """Listens until the end of its block; `arrived` has each mail's moment, on the loop's clock.

    Every answer, the greeting too, comes `latency` seconds after what it answers. `mails` counts.
    """

    def __init__(self) -> None:
        self.latency = 0.0
        self.arrived: list[float] = []
        self.last = b""
        self.mails = Tally()
        self.port = 0
        self._listener: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(lambda: _Session(self), HOST, 0, backlog=1024)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listener is not None:
            self._listener.close()

    def take(self, content: bytes, moment: float) -> None:
        """Note a mail."""
        self.last = content
        self.arrived.append(moment)
        self.mails.add()

    def forget(self) -> None:
        """Forget what came so far."""
        self.arrived = []
        self.mails = Tally()


class _Session(asyncio.Protocol):
    """One client's commands (RFC 5321)."""

    def __init__(self, sink: MailSink) -> None:
        self._sink = sink
        self._received = bytearray()
        self._in_mail = False
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._answer(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(self._ending)) >= 0:
            received = bytes(self._received[:end])
            del self._received[: end + len(self._ending)]
            self._answer(self._mail_taken(received) if self._in_mail else self._reply(received))

    def _answer(self, reply: bytes) -> None:
        if self._sink.latency:
            self._loop.call_later(self._sink.latency, self._transport.write, reply)
        else:
            self._transport.write(reply)

    @property
    def _ending(self) -> bytes:
        return _END if self._in_mail else b"\r\n"

    def _mail_taken(self, content: bytes) -> bytes:
        self._in_mail = False
        self._sink.take(content, self._loop.time())
        return b"250 2.0.0 taken\r\n"

    def _reply(self, line: bytes) -> bytes:
        match line[:4].upper():
            case b"EHLO":
                return _GREETING
            case b"DATA":
                self._in_mail = True
                return b"354 go on\r\n"
            case b"QUIT":
                return b"221 2.0.0 bye\r\n"
            case _:
                return b"250 2.0.0 ok\r\n"
