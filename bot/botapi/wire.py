"""Who sent an update and where, read from its JSON before python-telegram-bot reads it."""

from dataclasses import dataclass
from typing import Any

from telegram import Chat

WireUpdate = dict[str, Any]
"""An update as it comes over the wire (https://core.telegram.org/bots/api#update)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who sent an update, and in which chat; `language` is their app's, an IETF tag.

    `private`: it came in their chat with the bot. `asks`: it is something that the bot answers.
    """

    person_id: int
    chat_id: int
    language: str | None
    private: bool
    asks: bool


def origin_of(wire: WireUpdate) -> Origin | None:
    """Return where an update comes from; None for a kind that has no sender."""
    query = wire.get("callback_query")
    edited = wire.get("edited_message")
    message = (query or {}).get("message") or wire.get("message") or edited
    sender = (query or message or {}).get("from")
    if not sender:
        return None
    chat = (message or {}).get("chat") or {}
    private = chat.get("type") == Chat.PRIVATE
    if query is not None:
        asks = True
    elif private:
        # A shared location moves by edits, for hours and without its person's doing.
        asks = edited is None or "location" not in edited
    else:
        asks = str((wire.get("message") or {}).get("text", "")).startswith("/")
    return Origin(
        person_id=sender["id"],
        chat_id=chat.get("id", sender["id"]),
        language=sender.get("language_code"),
        private=private,
        asks=asks,
    )
