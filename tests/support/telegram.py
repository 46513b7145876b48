"""The embedded Telegram with what nobody does at the terminal: faults, forgeries, edits, groups."""

import json
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from bot.clock import Clock
from bot.local.messages import Message, text_fields
from bot.local.methods import group_chat
from bot.local.pasting import messages_of
from bot.local.people import Person
from bot.local.telegram import Telegram
from bot.text import Words

OTHER_KINDS: Mapping[str, object] = {
    "sticker": {
        "file_id": "sticker",
        "file_unique_id": "sticker",
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": False,
        "is_video": False,
    },
    "photo": [{"file_id": "photo", "file_unique_id": "photo", "width": 90, "height": 90}],
    "voice": {"file_id": "voice", "file_unique_id": "voice", "duration": 3},
}


class ScriptedTelegram(Telegram):
    """Fails as it is told, and lets its people do all that an app can."""

    def __init__(self, *, clock: Clock, state_file: Path | None = None) -> None:
        super().__init__(clock=clock, state_file=state_file)
        self._clock = clock
        self._faults: dict[str, deque[tuple[int, bytes]]] = {}

    async def call(self, method: str, parameters: Mapping[str, object]) -> tuple[int, bytes]:
        """Return the fault that waits for this method, or else what Telegram answers."""
        if faults := self._faults.get(method):
            return faults.popleft()
        return await super().call(method, parameters)

    def fail_next(self, method: str, status: int, payload: Mapping[str, object]) -> None:
        """Let one coming call of `method` do nothing and give this; several queue up."""
        content = {"ok": False, "error_code": status, **payload}
        self._faults.setdefault(method, deque()).append((status, json.dumps(content).encode()))

    def say_in_group(self, person: Person, text: str, group: int) -> int:
        """Send a text that fits one message to a group, known by its negative id."""
        return self._send(person, text_fields(_piece(text)), group_chat(group))

    def send_other(self, person: Person, kind: str, *, group: int | None = None) -> int:
        """Send something else than a text: a `sticker`, a `photo` or a `voice` message."""
        chat = group_chat(group) if group is not None else None
        return self._send(person, {kind: OTHER_KINDS[kind]}, chat)

    def edit(self, person: Person, message_id: int, text: str) -> int:
        """Change the text of a message this person sent. Raises LookupError where there is none."""
        message = self._state.messages[message_id]
        if message.wire["from"]["id"] != person.id:
            raise LookupError("someone else's message")
        old = ("text", "entities")
        kept = {key: value for key, value in message.wire.items() if key not in old}
        now = int(self._clock.now().timestamp())
        edited = {**kept, "edit_date": now, **text_fields(_piece(text))}
        self._state.messages[message_id] = Message(edited)
        return self._queued("edited_message", edited)

    def forge(self, person: Person, data: str) -> int:
        """Press a button that no message has, as a client of one's own can.

        Raises IndexError in a chat without messages.
        """
        return self._press(person, self.chat(person)[-1], data)


def _piece(text: str) -> Words:
    """Return the first message that an app makes of a text."""
    return next(messages_of(Words(text)))
