"""A Bot API on loopback for the real client: it records each call and fails as its script says.

What a call does is up to a far end, `bot.local.telegram.Telegram` say
(https://core.telegram.org/bots/api#making-requests).
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Protocol

from telegram import Bot
from telegram.request import HTTPXRequest

from tests.support.faults import Fault, Script, silence
from tests.support.http import Request, read_request, response
from tests.support.loopback import HOST, LoopbackServer, Wire
from tests.support.watched import Gate, Tally

TOKEN = "123456:a-token-for-tests"

TOKEN = "123456:a-token-for-tests"

NO_CERTIFICATES = {"verify": False}
"""For a client of plain HTTP: reading the system's certificates would take longer than its test."""


SOON, FAR = 0.05, 100.0  # seconds until a far end is given up: one told to be silent, others


class FarEnd(Protocol):
    """What answers the calls."""

    async def call(self, method: str, parameters: Mapping[str, object]) -> tuple[int, bytes]:
        """Return the HTTP status and the JSON of a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the bot's. `handled`: the far end has executed it."""

    method: str
    parameters: Mapping[str, object] = field(repr=False)
    handled: bool = False
    replied: bool = False


class BotApiServer(LoopbackServer):
    """Serves `/bot<token>/<method>` from a far end.

    `base_url` and `base_file_url` are for `telegram.Bot`; `origin` is TELEGRAM_BASE_URL.
    """

    def __init__(self, far_end: FarEnd, *, token: str = TOKEN) -> None:
        super().__init__()
        self.token = token
        self.calls: list[Call] = []
        self._far_end = far_end
        self._before = Script[str]()
        self._after = Script[str]()
        self._received: dict[str, Tally] = {}
        self._handled: dict[str, Tally] = {}

    @property
    def origin(self) -> str:
        """Return the address to be used in place of https://api.telegram.org."""
        return f"http://{HOST}:{self.port}"

    @property
    def base_url(self) -> str:
        """Return what `telegram.Bot` takes as its `base_url`."""
        return f"{self.origin}/bot"

    @property
    def base_file_url(self) -> str:
        """Return what `telegram.Bot` takes as its `base_file_url`."""
        return f"{self.origin}/file/bot"

    def calls_of(self, method: str) -> list[Call]:
        """Return the calls of one method in the order of their coming."""
        return [call for call in self.calls if call.method == method]

    def fault(self, method: str, fault: Fault, times: int | None = 1) -> None:
        """Let the next `times` calls of `method` fail so (None: all); faults queue up.

        One that `accepts` is executed first.
        """
        self._before.fault(method, fault, times)

    def will_be_silent(self, method: str) -> bool:
        """Return whether the next call of `method` is told to get no answer."""
        return self._before.next_at(method) == silence()

    def heal(self) -> None:
        """Forget all faults; gates stay."""
        self._before.heal()

    def hold(self, method: str, *, chat_id: int | None = None) -> Gate:
        """Stop every call of `method`, or those to one chat, before it is executed."""
        return self._before.hold(method if chat_id is None else _to_chat(method, chat_id))

    def hold_reply(self, method: str) -> Gate:
        """Stop every call of `method` once it is executed, before its reply."""
        return self._after.hold(method)

    async def wait_for_calls(self, method: str, number: int) -> None:
        """Return once so many calls of `method` have come in."""
        await self._received.setdefault(method, Tally()).reach(number)

    async def wait_for_handled(self, method: str, number: int) -> None:
        """Return once so many calls of `method` have been executed."""
        await self._handled.setdefault(method, Tally()).reach(number)

    async def wait_for_said(self, chat_id: int, number: int) -> None:
        """Return once so many messages have been sent to a chat."""
        await self.wait_for_handled(_to_chat("sendMessage", chat_id), number)

    async def converse(self, wire: Wire) -> None:
        """Serve one connection, request by request."""
        while True:
            request = await read_request(wire)
            if method := self._method(request):
                await self._serve_call(wire, method, request.parameters)
            else:
                wire.put(response(*_error(HTTPStatus.UNAUTHORIZED, "Unauthorized")))
            if not request.keeps_alive:
                return

    async def _serve_call(self, wire: Wire, method: str, parameters: dict[str, object]) -> None:
        place = len(self.calls)
        self.calls.append(Call(method=method, parameters=parameters))
        self._received.setdefault(method, Tally()).add()
        await self._before.at(_to_chat(method, parameters.get("chat_id")))
        fault = await self._before.at(method)
        if fault and not fault.accepts:
            await fault.act(wire)
            return
        answer = await self._executed(wire, place)
        await self._after.at(method)
        if fault:
            await fault.act(wire)
        elif wire.put(response(*answer)):
            self.calls[place] = replace(self.calls[place], replied=True)

    async def _executed(self, wire: Wire, place: int) -> tuple[int, bytes]:
        call = self.calls[place]
        answering = self._far_end.call(call.method, call.parameters)
        # A poll whose client has died must not take the updates that the next client waits for.
        polls = call.method == "getUpdates"
        answer = await (wire.while_open(answering) if polls else answering)
        self.calls[place] = replace(call, handled=True)
        self._handled.setdefault(call.method, Tally()).add()
        to_chat = _to_chat(call.method, call.parameters.get("chat_id"))
        self._handled.setdefault(to_chat, Tally()).add()
        return answer

    def _method(self, request: Request) -> str | None:
        """Return the method called; None where the token is wrong."""
        start = f"/bot{self.token}/"
        return request.path.removeprefix(start) if request.path.startswith(start) else None


class PatientClient(HTTPXRequest):
    """Waits for each answer however slow the machine is, but not for one that never comes."""

    def __init__(
        self, server: BotApiServer, *, pool_size: int = 8, pool_timeout: float = FAR
    ) -> None:
        super().__init__(
            connection_pool_size=pool_size,
            connect_timeout=FAR,
            read_timeout=FAR,
            write_timeout=FAR,
            pool_timeout=pool_timeout,
            httpx_kwargs=NO_CERTIFICATES,
        )
        self._server = server

    async def do_request(self, url: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Make a call, with little patience if the server is told to be silent."""
        if self._server.will_be_silent(url.rpartition("/")[2]):
            kwargs["read_timeout"] = SOON
        return await super().do_request(url, *args, **kwargs)


@asynccontextmanager
async def over_http(
    server: BotApiServer, *, pool_size: int = 8, pool_timeout: float = FAR
) -> AsyncIterator[Bot]:
    """Return the real client of a Bot API on loopback."""
    request = PatientClient(server, pool_size=pool_size, pool_timeout=pool_timeout)
    yield Bot(server.token, base_url=server.base_url, request=request, get_updates_request=request)
    await request.shutdown()


def _to_chat(method: str, chat_id: object) -> str:
    return f"{method} to {chat_id}"


def answer(status: int, description: str, **parameters: object) -> Fault:
    """Return the fault of refusing the call; nothing is executed.

    `parameters` are https://core.telegram.org/bots/api#responseparameters.
    """
    return _written(f"{status} {description}", *_error(status, description, **parameters))


def blocked() -> Fault:
    """Answer that the person has blocked the bot."""
    return answer(403, "Forbidden: bot was blocked by the user")


def deactivated() -> Fault:
    """Answer that the person has deleted their account."""
    return answer(403, "Forbidden: user is deactivated")


def chat_not_found() -> Fault:
    """Answer that there is no such chat."""
    return answer(400, "Bad Request: chat not found")


def migrated(to: int) -> Fault:
    """Answer that the group has become a supergroup."""
    description = "Bad Request: group chat was upgraded to a supergroup chat"
    return answer(400, description, migrate_to_chat_id=to)


def flood(seconds: int) -> Fault:
    """Answer that so many seconds must pass first."""
    return answer(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def server_error() -> Fault:
    """Answer that Telegram itself has failed."""
    return answer(500, "Internal Server Error")


def bad_gateway() -> Fault:
    """Answer as the proxy before a Telegram that is down: in HTML."""
    page = b"<html><head><title>502 Bad Gateway</title></head></html>"
    return _written("502", HTTPStatus.BAD_GATEWAY, page, "text/html")


def walled_off(status: int) -> Fault:
    """Refuse the call as a firewall on the way to Telegram does: in HTML."""
    page = b"<html><head><title>Request blocked</title></head></html>"
    return _written(f"{status} of a firewall", status, page, "text/html")


def malformed_json() -> Fault:
    """Answer 200 with JSON that breaks off."""
    return _written("malformed json", HTTPStatus.OK, b'{"ok":true,"result":{"mess')


def _error(status: int, description: str, **parameters: object) -> tuple[int, bytes]:
    content = {"ok": False, "error_code": int(status), "description": description}
    extra = {"parameters": parameters} if parameters else {}
    return status, json.dumps(content | extra).encode()


def _written(name: str, status: int, content: bytes, kind: str = "application/json") -> Fault:
    async def act(wire: Wire) -> None:
        await wire.write(response(status, content, kind))

    return Fault(name=name, act=act)
