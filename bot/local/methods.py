"""The bot's side of the embedded Telegram: the methods it may call."""

import mimetypes
from collections.abc import Callable, Mapping
from http import HTTPStatus

from bot.clock import Clock
from bot.local.ledger import Ledger
from bot.local.messages import Answered, Edited, Event, Message, Said, Wire
from bot.local.parameters import ApiError, Parameters
from bot.words import MESSAGE_LIMIT, utf16_length

BOT_ID = 42
CAPTION_LIMIT = 1024
ANSWER_LIMIT = 200


class Methods:
    """Serves one call of a method (https://core.telegram.org/bots/api#available-methods)."""

    def __init__(
        self, *, ledger: Ledger, clock: Clock, username: str, tell: Callable[[Event], None]
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._username = username
        self._tell = tell
        self._commands: dict[str, object] = {}
        self._served: Mapping[str, Callable[[Parameters], object]] = {
            "getMe": self._get_me,
            "getWebhookInfo": self._get_webhook_info,
            "sendMessage": self._send_message,
            "sendDocument": self._send_document,
            "editMessageText": self._edit_message_text,
            "editMessageReplyMarkup": self._edit_message_reply_markup,
            "deleteMessage": self._delete_message,
            "answerCallbackQuery": self._answer_callback_query,
            "setMyCommands": self._set_my_commands,
            "getMyCommands": self._get_my_commands,
            "sendChatAction": _agree,
            "setMyDescription": _agree,
            "setMyShortDescription": _agree,
            "setMyName": _agree,
        }

    def serve(self, method: str, parameters: Parameters) -> object:
        """Give the call's result. Raises ApiError, with 404 for a method not served here."""
        if (served := self._served.get(method)) is None:
            raise ApiError("Not Found: method not found", HTTPStatus.NOT_FOUND)
        return served(parameters)

    def message(self, chat: Wire, author: Wire, content: Wire) -> Message:
        """Give a new message, noted in the ledger."""
        message = Message(
            {
                "message_id": self._ledger.new_message_id(),
                "date": self._now(),
                "chat": chat,
                "from": author,
                **content,
            }
        )
        self._ledger.messages[message.id] = message
        return message

    def changed(self, message: Message, content: Wire) -> Message:
        """Give the message with other content, noted in the ledger as edited."""
        kept = {
            key: value
            for key, value in message.wire.items()
            if key not in {"text", "entities", "reply_markup"}
        }
        after = Message({**kept, "edit_date": self._now(), **content})
        self._ledger.messages[message.id] = after
        return after

    def _now(self) -> int:
        return int(self._clock.now().timestamp())

    def _get_me(self, _: Parameters) -> Wire:
        return {**self._myself(), "can_join_groups": False, "can_read_all_group_messages": False}

    def _myself(self) -> Wire:
        name = "Slow Mailbox"
        return {"id": BOT_ID, "is_bot": True, "first_name": name, "username": self._username}

    def _get_webhook_info(self, _: Parameters) -> Wire:
        waiting = len(self._ledger.updates)
        return {"url": "", "has_custom_certificate": False, "pending_update_count": waiting}

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

    def _edit_message_text(self, parameters: Parameters) -> Wire:
        return self._edit(self._own_message(parameters), _text(parameters) | _markup(parameters))

    def _edit_message_reply_markup(self, parameters: Parameters) -> Wire:
        before = self._own_message(parameters)
        kept = {key: before.wire[key] for key in ("text", "entities") if key in before.wire}
        return self._edit(before, kept | _markup(parameters))

    def _edit(self, before: Message, content: Wire) -> Wire:
        if all(before.wire.get(k) == content.get(k) for k in ("text", "entities", "reply_markup")):
            raise ApiError(
                "Bad Request: message is not modified: specified new message content and reply "
                "markup are exactly the same as a current content and reply markup of the message"
            )
        after = self.changed(before, content)
        self._tell(Edited(before=before, message=after))
        return after.wire

    def _delete_message(self, parameters: Parameters) -> bool:
        message = self._message(parameters, "delete")
        del self._ledger.messages[message.id]
        return True

    def _answer_callback_query(self, parameters: Parameters) -> bool:
        person_id = self._ledger.queries.pop(parameters.text("callback_query_id"), None)
        if person_id is None:
            raise ApiError(
                "Bad Request: query is too old and response timeout expired or query ID is invalid"
            )
        text = parameters.text("text")
        if utf16_length(text) > ANSWER_LIMIT:
            raise ApiError("Bad Request: MESSAGE_TOO_LONG")
        if text:
            alert = parameters.flag("show_alert")
            self._tell(Answered(person_id=person_id, text=text, alert=alert))
        return True

    def _set_my_commands(self, parameters: Parameters) -> bool:
        self._commands[_audience(parameters)] = parameters.tree("commands") or []
        return True

    def _get_my_commands(self, parameters: Parameters) -> object:
        return self._commands.get(_audience(parameters), [])

    def _chat(self, parameters: Parameters) -> Wire:
        chat_id = parameters.number("chat_id")
        if chat_id < 0:
            return group_chat(chat_id)
        person = self._ledger.people.get(chat_id)
        return private_chat(chat_id, person.name if person else "")

    def _own_message(self, parameters: Parameters) -> Message:
        message = self._message(parameters, "edit")
        if not message.by_bot:
            raise ApiError("Bad Request: message can't be edited")
        return message

    def _message(self, parameters: Parameters, purpose: str) -> Message:
        message = self._ledger.messages.get(parameters.number("message_id"))
        if message is None or message.chat_id != parameters.number("chat_id"):
            raise ApiError(f"Bad Request: message to {purpose} not found")
        return message


def private_chat(chat_id: int, name: str) -> Wire:
    """Give a person's chat as https://core.telegram.org/bots/api#chat."""
    return {"id": chat_id, "type": "private", "first_name": name}


def group_chat(chat_id: int) -> Wire:
    """Give a group as https://core.telegram.org/bots/api#chat."""
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
    """Give the inline keyboard; other keyboards don't stay with a message."""
    markup = parameters.tree("reply_markup") or {}
    rows = [list(row) for row in markup.get("inline_keyboard", []) if row]
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def _audience(parameters: Parameters) -> str:
    return f"{parameters.tree('scope')} {parameters.text('language_code')}"
