"""What the embedded Telegram remembers over a restart."""

import json
from datetime import timedelta
from itertools import islice
from pathlib import Path

from bot.local.files import write_whole
from bot.local.messages import BOT_ID, Message, Wire
from bot.local.people import Person

DEFAULT_NAME = "Slow Mailbox"
MESSAGES_KEPT = 200
"""How many of the newest messages are written to the file; in memory all are kept."""


class TelegramState:
    """The ids in use, the people, the messages, and the updates the bot has yet to confirm.

    `allowed`: the kinds of update the bot asked for, None for those it gets unasked. `asks`: by
    chat, the message that waits for a reply. `blocked_by`: the ids of those who have blocked the
    bot. `names`: the bot's own by language.
    With a file, `save` writes it all there and a new TelegramState goes on from it.
    Raises ValueError or KeyError where the file holds anything else, OSError as files do.
    """

    def __init__(self, file: Path | None, *, username: str) -> None:
        self._file = file
        self.username = username
        kept = json.loads(file.read_bytes()) if file and file.exists() else {}
        self.last_update: int = kept.get("last_update", 0)
        self._last_message: int = kept.get("last_message", 0)
        self.skipped = timedelta(seconds=kept.get("skipped_seconds", 0))
        self.updates: list[Wire] = kept.get("updates", [])
        self.queries = set[str](kept.get("queries", []))
        self.messages = {m.id: m for m in map(Message.from_json, kept.get("messages", []))}
        self.allowed: list[str] | None = kept.get("allowed")
        self.asks = {int(chat): message for chat, message in kept.get("asks", {}).items()}
        self.blocked_by = set[int](kept.get("blocked_by", []))
        self.names: dict[str, str] = kept.get("names", {})
        self.people = {p.id: p for p in (Person(**person) for person in kept.get("people", []))}

    def new_update_id(self) -> int:
        """Return an update id never used before."""
        self.last_update += 1
        return self.last_update

    def new_message_id(self) -> int:
        """Return a message id never used before, in whatever chat."""
        self._last_message += 1
        return self._last_message

    def add_message(
        self,
        chat: Wire,
        author: Wire,
        content: Wire,
        *,
        now: int,
        silent: bool = False,
        hint: str | None = None,
    ) -> Message:
        """Return a new message, kept with the others; `now` is in seconds since 1970."""
        wire = {"message_id": self.new_message_id(), "date": now, "chat": chat, "from": author}
        message = Message(wire | content, silent=silent, hint=hint)
        self.messages[message.id] = message
        if hint is not None:
            self.asks[message.chat_id] = message.id
        return message

    @property
    def bot(self) -> Wire:
        """Return the bot as https://core.telegram.org/bots/api#user."""
        name = self.name_for("")
        return {"id": BOT_ID, "is_bot": True, "first_name": name, "username": self.username}

    def name_for(self, language_code: str) -> str:
        """Return the bot's name for those whose app is in that language."""
        return self.names.get(language_code) or self.names.get("") or DEFAULT_NAME

    def save(self) -> None:
        """Write everything to the file, if there is one."""
        if self._file is not None:
            write_whole(self._file, json.dumps(self._content(), ensure_ascii=True).encode())

    def _content(self) -> Wire:
        newest = list(islice(reversed(self.messages.values()), MESSAGES_KEPT))
        return {
            "last_update": self.last_update,
            "last_message": self._last_message,
            "skipped_seconds": self.skipped.total_seconds(),
            "updates": self.updates,
            "queries": sorted(self.queries),
            "messages": [message.to_json() for message in reversed(newest)],
            "allowed": self.allowed,
            "asks": self.asks,
            "blocked_by": sorted(self.blocked_by),
            "names": self.names,
            "people": [
                {"name": person.name, "language_code": person.language_code}
                for person in self.people.values()
            ],
        }
