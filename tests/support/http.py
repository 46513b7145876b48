"""As much HTTP/1.1 as a Bot API client speaks: requests with a length, connections kept alive."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from bot.local.messages import Upload
from tests.support.loopback import Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request read to its end; header names are in lower case."""

    verb: str
    target: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        """Return the target without its query."""
        return urlsplit(self.target).path

    @property
    def keeps_alive(self) -> bool:
        """Return whether another request may follow on the connection."""
        return self.headers.get("connection", "").lower() != "close"

    @property
    def parameters(self) -> dict[str, object]:
        """Return the fields of the query and the body: JSON's values, a form's texts, uploads."""
        fields: dict[str, object] = dict(_form(urlsplit(self.target).query))
        kind = self.headers.get("content-type", "")
        if kind.startswith("application/json"):
            fields |= json.loads(self.body)
        elif kind.startswith("multipart/form-data"):
            fields |= _multipart(kind, self.body)
        else:
            fields |= _form(self.body.decode())
        return fields


async def read_request(wire: Wire) -> Request:
    """Return the next request. Raises HungUp where none comes."""
    verb, target, _ = (await _text_line(wire)).split(" ", 2)
    headers: dict[str, str] = {}
    while line := await _text_line(wire):
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    if "transfer-encoding" in headers:
        raise NotImplementedError("only bodies with a Content-Length are read")
    body = await wire.exactly(int(headers.get("content-length", "0")))
    return Request(verb=verb, target=target, headers=headers, body=body)


def response(status: int, content: bytes, kind: str = "application/json") -> bytes:
    """Return the bytes of an answer after which the connection stays open."""
    head = (
        f"HTTP/1.1 {int(status)} {HTTPStatus(status).phrase}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def _text_line(wire: Wire) -> str:
    return (await wire.line()).decode("latin-1").rstrip("\r\n")


def _form(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True))


def _multipart(kind: str, body: bytes) -> dict[str, object]:
    whole = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=policy.HTTP)
    fields: dict[str, object] = {}
    for part in whole.iter_parts():
        name = str(part.get_param("name", header="Content-Disposition"))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        file = part.get_filename()
        fields[name] = content.decode() if file is None else Upload(name=file, content=content)
    return fields
