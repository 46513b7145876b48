"""The embedded Telegram with what nobody does at the terminal: faults, forgeries, groups."""

import json
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from telegram import Bot

from bot.clock import Clock
from bot.local.messages import Message, group_chat, text_fields
from bot.local.other_kinds import OtherKind, media
from bot.local.pasting import one_message_of
from bot.local.people import Person
from bot.local.request import LocalRequest
from bot.local.telegram import Telegram
from bot.text import Words


class ScriptedTelegram(Telegram):
    """Fails as it is told, and lets its people do all that an app can."""

    def __init__(self, *, clock: Clock, state_file: Path | None = None) -> None:
        super().__init__(clock=clock, state_file=state_file)
        self._faults: dict[str, deque[tuple[int, bytes]]] = {}

    async def call(self, method: str, parameters: Mapping[str, object]) -> tuple[int, bytes]:
        """Return the fault that waits for this method, or else what Telegram answers."""
        if faults := self._faults.get(method):
            return faults.popleft()
        return await super().call(method, parameters)

    def fail_next(self, method: str, status: int, payload: Mapping[str, object]) -> None:
        """Let one coming call of `method` do nothing and return this; several queue up."""
        content = {"ok": False, "error_code": status, **payload}
        self._faults.setdefault(method, deque()).append((status, json.dumps(content).encode()))

    def say_in_group(self, person: Person, text: str, group: int) -> int:
        """Send a text that fits one message to a group, known by its negative id."""
        return self._send(person, text_fields(one_message_of(Words(text))), group_chat(group))

    def send_in_group(self, person: Person, kind: OtherKind, group: int) -> int:
        """Send a photo, a sticker or a voice message to a group."""
        return self._send(person, media(kind), group_chat(group))

    def forget(self, message: Message) -> None:
        """Delete a message, as its author may at any time."""
        del self._state.messages[message.id]

    def forge(self, person: Person, data: str) -> int:
        """Press a button that no message has, as a client of one's own can.

        Raises IndexError in a chat without messages.
        """
        return self._press(person, self.chat(person)[-1], data)


def in_memory(telegram: Telegram) -> Bot:
    """Return a client of an embedded Telegram."""
    request = LocalRequest(telegram)
    return Bot("1:test", request=request, get_updates_request=request)
