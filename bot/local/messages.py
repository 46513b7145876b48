"""What goes through the embedded Telegram: records over the Bot API's JSON."""

import json
from dataclasses import dataclass
from typing import Any

from bot.text import Entity, Words

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
    """A message of either side; `wire` is https://core.telegram.org/bots/api#message."""

    wire: Wire

    @property
    def id(self) -> int:
        """Return the message's id."""
        return int(self.wire["message_id"])

    @property
    def chat_id(self) -> int:
        """Return the chat it stands in."""
        return int(self.wire["chat"]["id"])

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The bot wrote a message, with a file perhaps."""

    message: Message
    upload: Upload | None = None


def text_fields(words: Words) -> Wire:
    """Return words as the fields in which a message has its text."""
    entities = json.loads(words.entities_to_json())
    return {"text": words.text} | ({"entities": entities} if entities else {})


def _entity(wire: Wire) -> Entity:
    return Entity(
        type=wire["type"],
        offset=wire["offset"],
        length=wire["length"],
        url=wire.get("url"),
        language=wire.get("language"),
    )


def _button(wire: Wire) -> Button:
    return Button(label=wire["text"], data=wire.get("callback_data"), url=wire.get("url"))
