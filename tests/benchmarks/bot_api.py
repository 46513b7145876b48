"""A Bot API on loopback that takes the time of everything and answers as slowly as it is told.

https://core.telegram.org/bots/api. It keeps no messages and knows no buttons.
"""

import asyncio
import json
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from tests.benchmarks.http import Connection, Request
from tests.benchmarks.stamps import StampingListener
from tests.support.loopback import HOST
from tests.support.watched import Tally

NEVER = math.inf
"""The latency of a call that is not answered."""
MOST_UPDATES = 100

_MYSELF = {"id": 42, "is_bot": True, "first_name": "Slow Mailbox", "username": "bench_bot"}
_YES = b'{"ok":true,"result":true}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message of the bot's. `arrived`: when its call came to the machine, on the loop's clock."""

    chat_id: int
    text: str = field(repr=False)
    arrived: float


@dataclass(slots=True)
class _Poll:
    """A getUpdates that is held until there is something to say."""

    connection: Connection
    limit: int
    timer: asyncio.TimerHandle | None = None


class BotApi:
    """Serves one bot. A call takes `latency` seconds, or those that `latency_of` has for its chat.

    A message counts as received when its call is answered: `on_message` is told of it then. `sent`
    has them all by the arrival of their calls, and `messages` counts those. getUpdates takes no
    time of its own.
    """

    def __init__(self) -> None:
        self.latency = 0.0
        self.latency_of: dict[int, float] = {}
        self.on_message: Callable[[Sent], None] = lambda _: None
        self.sent: list[Sent] = []
        self.messages = Tally()
        self.polled = asyncio.Event()
        self.port = 0
        self._updates: deque[tuple[int, bytes]] = deque()
        self._next_update = 1
        self._next_message = 1
        self._poll: _Poll | None = None
        self._flush_due = False
        self._listener: asyncio.Server | None = None
        self._loop = asyncio.get_running_loop()

    @property
    def origin(self) -> str:
        """Return the address to use in place of https://api.telegram.org."""
        return f"http://{HOST}:{self.port}"

    async def __aenter__(self) -> Self:
        self._listener = await self._loop.create_server(
            lambda: Connection(self._serve), sock=StampingListener(HOST), backlog=1024
        )
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listener is not None:
            self._listener.close()

    def say(self, person_id: int, text: str) -> None:
        """Let a person send a text to the bot in private, in English."""
        chat = {"id": person_id, "type": "private", "first_name": "Someone"}
        person = {"id": person_id, "is_bot": False, "first_name": "Someone", "language_code": "en"}
        message = {**self._message_head(chat), "from": person, "text": text}
        if text.startswith("/"):
            length = len(text.split(maxsplit=1)[0])
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
        update = {"update_id": self._next_update, "message": message}
        self._updates.append((self._next_update, json.dumps(update).encode()))
        self._next_update += 1
        if not self._flush_due:  # what is said in the same moment goes out in one answer
            self._flush_due = True
            self._loop.call_soon(self._flush)

    def _serve(self, connection: Connection, request: Request) -> None:
        if request.method == "getUpdates":
            self._serve_poll(connection, request)
            return
        chat_id = int(str(request.parameters.get("chat_id", 0)))
        latency = self.latency_of.get(chat_id, self.latency)
        if request.method == "sendMessage":
            text = str(request.parameters.get("text", ""))
            self.sent.append(Sent(chat_id=chat_id, text=text, arrived=connection.arrived))
            self.messages.add()
            self._after(latency, self._take_message, connection, self.sent[-1])
        else:
            content = _result(_MYSELF) if request.method == "getMe" else _YES
            self._after(latency, connection.answer, content)

    def _after(self, latency: float, act: Callable[..., None], *arguments: object) -> None:
        if latency <= 0:
            act(*arguments)
        elif latency < NEVER:
            self._loop.call_later(latency, act, *arguments)

    def _take_message(self, connection: Connection, sent: Sent) -> None:
        chat = {"id": sent.chat_id, "type": "private", "first_name": "Someone"}
        message = {**self._message_head(chat), "from": _MYSELF, "text": sent.text}
        connection.answer(_result(message))
        self.on_message(sent)

    def _message_head(self, chat: dict[str, object]) -> dict[str, object]:
        self._next_message += 1
        return {"message_id": self._next_message, "date": 1_767_225_600, "chat": chat}

    def _serve_poll(self, connection: Connection, request: Request) -> None:
        offset, limit, timeout = (
            int(str(request.parameters.get(name, usual)))
            for name, usual in (("offset", 0), ("limit", MOST_UPDATES), ("timeout", 0))
        )
        while self._updates and self._updates[0][0] < offset:
            self._updates.popleft()
        self._answer_poll()  # a newer request ends one that is still held
        self._poll = _Poll(connection=connection, limit=min(limit, MOST_UPDATES))
        self.polled.set()
        if self._updates or timeout <= 0:
            self._answer_poll()
        else:
            self._poll.timer = self._loop.call_later(timeout, self._answer_poll)

    def _flush(self) -> None:
        self._flush_due = False
        if self._updates:
            self._answer_poll()

    def _answer_poll(self) -> None:
        poll, self._poll = self._poll, None
        if poll is None:
            return
        if poll.timer is not None:
            poll.timer.cancel()
        batch = [self._updates[place][1] for place in range(min(poll.limit, len(self._updates)))]
        poll.connection.answer(b'{"ok":true,"result":[' + b",".join(batch) + b"]}")


def _result(value: object) -> bytes:
    return json.dumps({"ok": True, "result": value}).encode()
