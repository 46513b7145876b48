"""What a person sends besides a text of their own: a photo, a sticker, their voice, a forward."""

from collections.abc import Mapping
from enum import StrEnum

from bot.local.messages import Message, Wire, text_fields
from bot.local.pasting import one_message_of
from bot.text import Words

STRANGER = "Somebody Else"


class OtherKind(StrEnum):
    """A kind of message."""

    PHOTO = "photo"
    STICKER = "sticker"
    VOICE = "voice"
    FORWARD = "forward"


_MEDIA: Mapping[OtherKind, object] = {
    OtherKind.PHOTO: [{"file_id": "photo", "file_unique_id": "photo", "width": 90, "height": 90}],
    OtherKind.STICKER: {
        "file_id": "sticker",
        "file_unique_id": "sticker",
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": False,
        "is_video": False,
    },
    OtherKind.VOICE: {"file_id": "voice", "file_unique_id": "voice", "duration": 3},
}
_WITHOUT_CAPTION = {OtherKind.STICKER}
_OF_THE_CHAT = {
    "message_id", "date", "chat", "from", "edit_date", "reply_to_message", "quote", "reply_markup",
}  # fmt: skip


def media(kind: OtherKind, caption: str = "") -> Wire:
    """Return the content of a photo, a sticker or a voice message; a sticker has no caption."""
    has_caption = caption and kind not in _WITHOUT_CAPTION
    return {kind.value: _MEDIA[kind]} | ({"caption": caption} if has_caption else {})


def forwarded_text(text: str, moment: int) -> Wire:
    """Return the content of a text that a stranger wrote, and that is forwarded from them.

    `moment`: when it was written, in seconds since 1970. Raises ValueError for an empty text.
    """
    origin = {"type": "hidden_user", "sender_user_name": STRANGER, "date": moment}
    return text_fields(one_message_of(Words(text))) | {"forward_origin": origin}


def forwarded(message: Message) -> Wire:
    """Return the content of a message of the chat when it is forwarded.

    See https://core.telegram.org/bots/api#messageoriginuser.
    """
    author = {"type": "user", "sender_user": message.wire["from"], "date": message.date}
    content = {key: value for key, value in message.wire.items() if key not in _OF_THE_CHAT}
    return {"forward_origin": author, **content}
