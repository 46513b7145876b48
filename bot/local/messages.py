"""What goes through the embedded Telegram: records over the Bot API's JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any, Self

from bot.text import Entity, Words

BOT_ID = 42
"""The bot's user id."""

Wire = dict[str, Any]
"""An object as it goes over the wire (https://core.telegram.org/bots/api#available-types)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One button under a message: it calls back with `data` or opens `url`."""

    label: str
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that came with a call."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """A message of either side; `wire` is https://core.telegram.org/bots/api#message.

    What an app shows and a bot isn't told stands beside it. `silent`: it came without a sound.
    `hint`: it asks for a reply (https://core.telegram.org/bots/api#forcereply), and this stands in
    the input field meanwhile. `reactions`: an emoji for each user's id.
    """

    wire: Wire
    silent: bool = False
    hint: str | None = None
    reactions: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> int:
        """Return the message's id."""
        return int(self.wire["message_id"])

    @property
    def chat_id(self) -> int:
        """Return the chat it stands in."""
        return int(self.wire["chat"]["id"])

    @property
    def date(self) -> int:
        """Return when it was sent, in seconds since 1970."""
        return int(self.wire["date"])

    @property
    def by_bot(self) -> bool:
        """Return whether the bot wrote it."""
        return bool(self.wire["from"]["is_bot"])

    @property
    def words(self) -> Words:
        """Return the text, or the caption, with its formatting."""
        text = self.wire.get("text") or self.wire.get("caption") or ""
        entities = self.wire.get("entities") or self.wire.get("caption_entities") or []
        return Words(text, tuple(_entity(entity) for entity in entities))

    @property
    def text(self) -> str:
        """Return the text or the caption; empty where there is neither."""
        return self.words.text

    @property
    def buttons(self) -> tuple[tuple[Button, ...], ...]:
        """Return the inline buttons, row by row."""
        rows = (self.wire.get("reply_markup") or {}).get("inline_keyboard", [])
        return tuple(tuple(_button(button) for button in row) for row in rows)

    @property
    def replied_to(self) -> "Message | None":
        """Return the message that this one replies to."""
        wire = self.wire.get("reply_to_message")
        return type(self)(wire) if wire else None

    @property
    def quoted(self) -> str:
        """Return what a reply quotes of the message it replies to; empty where it is no reply."""
        whole = self.replied_to.text if self.replied_to else ""
        return str(self.wire.get("quote", {}).get("text", whole))

    def reacted(self, user_id: int, emoji: str | None) -> Self:
        """Return the message with this user's reaction; None takes it away."""
        others = {user: sign for user, sign in self.reactions.items() if user != str(user_id)}
        return replace(self, reactions=others | ({str(user_id): emoji} if emoji else {}))

    def to_json(self) -> Wire:
        """Return all of it, as `from_json` takes it."""
        beside = {"silent": self.silent, "hint": self.hint, "reactions": self.reactions}
        return {"wire": self.wire, **beside}

    @classmethod
    def from_json(cls, kept: Wire) -> Self:
        """Return a message that was kept; an earlier program kept the wire alone."""
        return cls(**kept) if "wire" in kept else cls(kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The bot wrote a message, with a file perhaps."""

    message: Message
    upload: Upload | None = None


class Change(Enum):
    """What may become of a message that is there already."""

    EDITED = auto()
    BUTTONS = auto()
    REACTED = auto()
    DELETED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The bot changed a message; this is how it stands now, or stood if it is deleted."""

    message: Message
    how: Change


def text_fields(words: Words) -> Wire:
    """Return words as the fields in which a message has its text."""
    entities = json.loads(words.entities_to_json())
    return {"text": words.text} | ({"entities": entities} if entities else {})


def private_chat(chat_id: int, name: str) -> Wire:
    """Return a person's chat as https://core.telegram.org/bots/api#chat."""
    return {"id": chat_id, "type": "private", "first_name": name}


def group_chat(chat_id: int) -> Wire:
    """Return a group as https://core.telegram.org/bots/api#chat."""
    return {"id": chat_id, "type": "group", "title": "Group"}


def reply_fields(message: Message) -> Wire:
    """Return the fields in which a message has what it replies to."""
    # https://core.telegram.org/bots/api#message: it holds no further reply_to_message itself.
    plain = {key: value for key, value in message.wire.items() if key != "reply_to_message"}
    return {"reply_to_message": plain}


def _entity(wire: Wire) -> Entity:
    return Entity(
        type=wire["type"],
        offset=wire["offset"],
        length=wire["length"],
        url=wire.get("url"),
        language=wire.get("language"),
        unix_time=wire.get("unix_time"),
        date_time_format=wire.get("date_time_format"),
    )


def _button(wire: Wire) -> Button:
    return Button(label=wire["text"], data=wire.get("callback_data"), url=wire.get("url"))
