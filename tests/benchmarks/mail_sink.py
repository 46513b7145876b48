"""A mail server on loopback that takes everything and keeps only when it came."""

import asyncio
from typing import Self

from tests.support.loopback import HOST

_END = b"\r\n.\r\n"
_GREETING = b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"


class MailSink:
    """Listens until the end of its block; `arrived` has each mail's moment, on the loop's clock."""

    def __init__(self) -> None:
        self.arrived: list[float] = []
        self.port = 0
        self._listener: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(lambda: _Session(self.arrived), HOST, 0)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listener is not None:
            self._listener.close()


class _Session(asyncio.Protocol):
    """One client's commands (RFC 5321)."""

    def __init__(self, arrived: list[float]) -> None:
        self._arrived = arrived
        self._received = bytearray()
        self._in_mail = False
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(self._ending)) >= 0:
            received = bytes(self._received[:end])
            del self._received[: end + len(self._ending)]
            self._transport.write(self._mail_taken() if self._in_mail else self._reply(received))

    @property
    def _ending(self) -> bytes:
        return _END if self._in_mail else b"\r\n"

    def _mail_taken(self) -> bytes:
        self._in_mail = False
        self._arrived.append(self._loop.time())
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
