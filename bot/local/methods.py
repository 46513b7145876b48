"""The bot's side of the embedded Telegram: the methods it may call."""

import mimetypes
from collections.abc import Callable, Mapping
from http import HTTPStatus

from bot.clock import Clock
from bot.local.messages import Message, Said, Wire
from bot.local.parameters import ApiError, Parameters
from bot.local.state import TelegramState
from bot.text import MESSAGE_LIMIT, utf16_length

BOT_ID = 42
CAPTION_LIMIT = 1024


class Methods:
    """Serves one call of a method (https://core.telegram.org/bots/api#available-methods)."""

    def __init__(
        self, *, state: TelegramState, clock: Clock, username: str, tell: Callable[[Said], None]
    ) -> None:
        self._state = state
        self._clock = clock
        self._username = username
        self._tell = tell
        self._served: Mapping[str, Callable[[Parameters], object]] = {
            "getMe": self._get_me,
            "sendMessage": self._send_message,
            "sendDocument": self._send_document,
            "answerCallbackQuery": self._answer_callback_query,
            "deleteWebhook": _agree,
            "sendChatAction": _agree,
            "setMyCommands": _agree,
            "setMyDescription": _agree,
            "setMyShortDescription": _agree,
        }

    def serve(self, method: str, parameters: Parameters) -> object:
        """Return the call's result. Raises ApiError, with 404 for a method not served here."""
        if (served := self._served.get(method)) is None:
            raise ApiError("Not Found: method not found", HTTPStatus.NOT_FOUND)
        return served(parameters)

    def message(self, chat: Wire, author: Wire, content: Wire) -> Message:
        """Return a new message, noted in the state."""
        message = Message(
            {
                "message_id": self._state.new_message_id(),
                "date": int(self._clock.now().timestamp()),
                "chat": chat,
                "from": author,
                **content,
            }
        )
        self._state.messages[message.id] = message
        return message

    def _get_me(self, _: Parameters) -> Wire:
        return {**self._myself(), "can_join_groups": False, "can_read_all_group_messages": False}

    def _myself(self) -> Wire:
        name = "Slow Mailbox"
        return {"id": BOT_ID, "is_bot": True, "first_name": name, "username": self._username}

    def _send_message(self, parameters: Parameters) -> Wire:
        content = _text(parameters) | _markup(parameters)
        message = self.message(self._chat(parameters), self._myself(), content)
        self._tell(Said(message=message))
        return message.wire

    def _send_document(self, parameters: Parameters) -> Wire:
        upload = parameters.upload("document")
        document = {
            "file_id": f"file-{upload.name}",
            "file_unique_id": f"file-{upload.name}",
            "file_name": upload.name,
            "mime_type": mimetypes.guess_type(upload.name)[0] or "application/octet-stream",
            "file_size": len(upload.content),
        }
        content = {"document": document, **_caption(parameters), **_markup(parameters)}
        message = self.message(self._chat(parameters), self._myself(), content)
        self._tell(Said(message=message, upload=upload))
        return message.wire

    def _answer_callback_query(self, parameters: Parameters) -> bool:
        query_id = parameters.text("callback_query_id")
        if query_id not in self._state.queries:
            raise ApiError(
                "Bad Request: query is too old and response timeout expired or query ID is invalid"
            )
        self._state.queries.remove(query_id)
        return True

    def _chat(self, parameters: Parameters) -> Wire:
        chat_id = parameters.number("chat_id")
        if chat_id < 0:
            return group_chat(chat_id)
        person = self._state.people.get(chat_id)
        return private_chat(chat_id, person.name if person else "")


def private_chat(chat_id: int, name: str) -> Wire:
    """Return a person's chat as https://core.telegram.org/bots/api#chat."""
    return {"id": chat_id, "type": "private", "first_name": name}


def group_chat(chat_id: int) -> Wire:
    """Return a group as https://core.telegram.org/bots/api#chat."""
    return {"id": chat_id, "type": "group", "title": "Group"}


def _agree(_: Parameters) -> bool:
    return True


def _text(parameters: Parameters) -> Wire:
    text = parameters.text("text")
    if not text.strip():
        raise ApiError("Bad Request: message text is empty")
    if utf16_length(text) > MESSAGE_LIMIT:
        raise ApiError("Bad Request: message is too long")
    return {"text": text, **_entities(parameters, "entities")}


def _caption(parameters: Parameters) -> Wire:
    caption = parameters.text("caption")
    if utf16_length(caption) > CAPTION_LIMIT:
        raise ApiError("Bad Request: message caption is too long")
    return {"caption": caption, **_entities(parameters, "caption_entities")} if caption else {}


def _entities(parameters: Parameters, name: str) -> Wire:
    entities = parameters.tree(name)
    return {name: entities} if entities else {}


def _markup(parameters: Parameters) -> Wire:
    """Return the inline keyboard; other keyboards don't stay with a message."""
    markup = parameters.tree("reply_markup") or {}
    rows = [list(row) for row in markup.get("inline_keyboard", []) if row]
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}
