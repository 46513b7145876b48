"""What the embedded Telegram remembers over a restart."""

import json
from datetime import timedelta
from itertools import islice
from pathlib import Path

from bot.local.files import write_whole
from bot.local.messages import Message, Wire
from bot.local.people import Person

MESSAGES_KEPT = 200
"""How many of the newest messages are written to the file; in memory all are kept."""


class TelegramState:
    """The ids given out, the people, the messages, and the updates the bot has yet to confirm.

    `blocked_by`: the ids of those who have blocked the bot. `names`: the bot's own by language.
    With a file, `save` writes it all there and a new TelegramState goes on from it.
    Raises ValueError or KeyError where the file holds anything else, OSError as files do.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        kept = json.loads(file.read_bytes()) if file and file.exists() else {}
        self._last_update: int = kept.get("last_update", 0)
        self._last_message: int = kept.get("last_message", 0)
        self.skipped = timedelta(seconds=kept.get("skipped_seconds", 0))
        self.updates: list[Wire] = kept.get("updates", [])
        self.queries = set[str](kept.get("queries", []))
        self.messages = {m.id: m for m in map(Message.from_json, kept.get("messages", []))}
        self.blocked_by = set[int](kept.get("blocked_by", []))
        self.names: dict[str, str] = kept.get("names", {})
        self.people = {p.id: p for p in (Person(**person) for person in kept.get("people", []))}

    def new_update_id(self) -> int:
        """Return an update id never given before."""
        self._last_update += 1
        return self._last_update

    def new_message_id(self) -> int:
        """Return a message id never given before, in whatever chat."""
        self._last_message += 1
        return self._last_message

    def save(self) -> None:
        """Write everything to the file, if there is one."""
        if self._file is not None:
            write_whole(self._file, json.dumps(self._content(), ensure_ascii=True).encode())

    def _content(self) -> Wire:
        newest = list(islice(reversed(self.messages.values()), MESSAGES_KEPT))
        return {
            "last_update": self._last_update,
            "last_message": self._last_message,
            "skipped_seconds": self.skipped.total_seconds(),
            "updates": self.updates,
            "queries": sorted(self.queries),
            "messages": [message.to_json() for message in reversed(newest)],
            "blocked_by": sorted(self.blocked_by),
            "names": self.names,
            "people": [
                {"name": person.name, "language_code": person.language_code}
                for person in self.people.values()
            ],
        }
