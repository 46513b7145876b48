"""The least of HTTP/1.1 that a Bot API client needs, at as little CPU as Python allows."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from tests.benchmarks.stamps import arrival
from tests.support.http import response

_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A call of a method; a file's content is not read."""

    method: str
    parameters: Mapping[str, object] = field(repr=False)


class Connection(asyncio.Protocol):
    """One kept connection: hands each whole request to `serve`, which answers it when it likes."""

    def __init__(self, serve: Callable[["Connection", Request], None]) -> None:
        self._serve = serve
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None

    @property
    def arrived(self) -> float:
        """Return when the last bytes came in, on the loop's clock."""
        assert self._transport is not None
        return arrival(self._transport.get_extra_info("socket").fileno())

    @property
    def open(self) -> bool:
        """Return whether the client still waits for an answer."""
        return self._transport is not None and not self._transport.is_closing()

    def answer(self, content: bytes, status: int = 200) -> None:
        """Send an answer; a client that hung up misses it."""
        if self._transport is not None and self.open:
            self._transport.write(response(status, content))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, _: Exception | None) -> None:
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (head_end := self._received.find(_HEAD_END)) >= 0:
            start, *lines = self._received[:head_end].decode("latin-1").split("\r\n")
            headers = _headers(lines)
            if "transfer-encoding" in headers:
                raise NotImplementedError("only bodies with a Content-Length are read")
            body_start = head_end + len(_HEAD_END)
            body_end = body_start + int(headers.get("content-length", "0"))
            if len(self._received) < body_end:
                return
            body = bytes(self._received[body_start:body_end])
            del self._received[:body_end]
            self._serve(self, _request(start, headers.get("content-type", ""), body))


def _headers(lines: list[str]) -> dict[str, str]:
    split = (line.partition(":") for line in lines)
    return {name.lower(): value.strip() for name, _, value in split}


def _request(start: str, kind: str, body: bytes) -> Request:
    url = urlsplit(start.split(" ", 2)[1])
    parameters: dict[str, object] = dict(parse_qsl(url.query))
    if kind.startswith("application/json"):
        parameters |= json.loads(body)
    elif kind.startswith("application/x-www-form-urlencoded"):
        parameters |= parse_qsl(body.decode(), keep_blank_values=True)
    return Request(method=url.path.rpartition("/")[2], parameters=parameters)
