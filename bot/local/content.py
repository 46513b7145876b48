"""What a message holds, read from a call's parameters as the Bot API reads it."""

from bot.local.entities import checked
from bot.local.messages import Message, Wire, reply_fields
from bot.local.parameters import ApiError, Parameters
from bot.text import MESSAGE_LIMIT, utf16_length

CAPTION_LIMIT = 1024


def text_of(parameters: Parameters) -> Wire:
    """Return the text with its formatting. Raises ApiError for one that can't be sent."""
    text = parameters.text("text")
    if not text.strip():
        raise ApiError("Bad Request: message text is empty")
    if utf16_length(text) > MESSAGE_LIMIT:
        raise ApiError("Bad Request: message is too long")
    options = parameters.tree("link_preview_options")
    previews = {"link_preview_options": options} if options else {}
    return {"text": text, **_entities(parameters, "entities", text), **previews}


def caption_of(parameters: Parameters) -> Wire:
    """Return the caption with its formatting, if there is one. Raises ApiError as `text_of`."""
    caption = parameters.text("caption")
    if utf16_length(caption) > CAPTION_LIMIT:
        raise ApiError("Bad Request: message caption is too long")
    if not caption:
        return {}
    return {"caption": caption, **_entities(parameters, "caption_entities", caption)}


def buttons_of(parameters: Parameters) -> Wire:
    """Return the inline keyboard; other keyboards don't stay with a message."""
    markup = parameters.tree("reply_markup") or {}
    rows = [list(row) for row in markup.get("inline_keyboard", []) if row]
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def hint_of(parameters: Parameters) -> str | None:
    """Return what a ForceReply puts into the input field; None where it is no ForceReply."""
    markup = parameters.tree("reply_markup") or {}
    return str(markup.get("input_field_placeholder", "")) if markup.get("force_reply") else None


def reply_to(message: Message, quote: str) -> Wire:
    """Return that a message replies to another, and quotes a part of it perhaps.

    Raises ApiError where the other holds no such part.
    """
    if not quote:
        return reply_fields(message)
    before, found, _ = message.text.partition(quote)
    if not found:
        raise ApiError("Bad Request: QUOTE_TEXT_INVALID")
    part = {"text": quote, "position": utf16_length(before), "is_manual": True}
    return {**reply_fields(message), "quote": part}


def _entities(parameters: Parameters, name: str, text: str) -> Wire:
    entities = checked(text, parameters.tree(name) or [])
    return {name: entities} if entities else {}
