"""The bot's side of the embedded Telegram: the methods it may call."""

import mimetypes
from collections.abc import Callable, Mapping
from http import HTTPStatus

from bot.clock import Clock
from bot.local.changes import Changes
from bot.local.content import buttons_of, caption_of, hint_of, reply_to, text_of
from bot.local.messages import Changed, Said, Upload, Wire, group_chat, private_chat
from bot.local.parameters import ApiError, Parameters
from bot.local.state import TelegramState

LONGEST_NAME = 64


class Methods:
    """Serves one call of a method (https://core.telegram.org/bots/api#available-methods).

    `tell` is told of what the bot says, and of what it changes.
    """

    def __init__(
        self,
        *,
        state: TelegramState,
        clock: Clock,
        tell: Callable[[Said | Changed], None],
    ) -> None:
        self._state = state
        self._clock = clock
        self._tell = tell
        changes = Changes(state=state, clock=clock, tell=tell)
        self._served: Mapping[str, Callable[[Parameters], object]] = {
            "getMe": self._get_me,
            "sendMessage": self._send_message,
            "sendDocument": self._send_document,
            "editMessageText": changes.edit_text,
            "editMessageReplyMarkup": changes.edit_buttons,
            "deleteMessage": changes.delete,
            "setMessageReaction": changes.react,
            "answerCallbackQuery": self._answer_callback_query,
            "sendChatAction": self._send_chat_action,
            "setMyName": self._set_name,
            "getMyName": self._get_name,
            "deleteWebhook": _agree,
            "setMyCommands": _agree,
            "setMyDescription": _agree,
            "setMyShortDescription": _agree,
        }

    def serve(self, method: str, parameters: Parameters) -> object:
        """Return the call's result. Raises ApiError, with 404 for a method not served here."""
        if (served := self._served.get(method)) is None:
            raise ApiError("Not Found: method not found", HTTPStatus.NOT_FOUND)
        return served(parameters)

    def _get_me(self, _: Parameters) -> Wire:
        return {**self._state.bot, "can_join_groups": False, "can_read_all_group_messages": False}

    def _send_message(self, parameters: Parameters) -> Wire:
        return self._send(parameters, text_of(parameters))

    def _send_document(self, parameters: Parameters) -> Wire:
        upload = parameters.upload("document")
        document = {
            "file_id": f"file-{upload.name}",
            "file_unique_id": f"file-{upload.name}",
            "file_name": upload.name,
            "mime_type": mimetypes.guess_type(upload.name)[0] or "application/octet-stream",
            "file_size": len(upload.content),
        }
        return self._send(parameters, {"document": document, **caption_of(parameters)}, upload)

    def _send(self, parameters: Parameters, content: Wire, upload: Upload | None = None) -> Wire:
        chat = self._writable_chat(parameters)
        message = self._state.add_message(
            chat,
            self._state.bot,
            content | self._reply(parameters, chat["id"]) | buttons_of(parameters),
            now=int(self._clock.now().timestamp()),
            silent=parameters.flag("disable_notification"),
            hint=hint_of(parameters),
        )
        self._tell(Said(message=message, upload=upload))
        return message.wire

    def _reply(self, parameters: Parameters, chat_id: int) -> Wire:
        """Return the fields of a reply (https://core.telegram.org/bots/api#replyparameters)."""
        if (reply := parameters.object("reply_parameters")) is None:
            return {}
        message = self._state.messages.get(reply.number("message_id"))
        if message is not None and message.chat_id == chat_id:
            return reply_to(message, reply.text("quote"))
        if reply.flag("allow_sending_without_reply"):
            return {}
        raise ApiError("Bad Request: message to be replied not found")

    def _send_chat_action(self, parameters: Parameters) -> bool:
        self._writable_chat(parameters)
        return True

    def _answer_callback_query(self, parameters: Parameters) -> bool:
        query_id = parameters.text("callback_query_id")
        if query_id not in self._state.queries:
            raise ApiError(
                "Bad Request: query is too old and response timeout expired or query ID is invalid"
            )
        self._state.queries.remove(query_id)
        return True

    def _set_name(self, parameters: Parameters) -> bool:
        name = parameters.text("name")
        if len(name) > LONGEST_NAME:
            raise ApiError("Bad Request: name is too long")
        self._state.names[parameters.text("language_code")] = name
        return True

    def _get_name(self, parameters: Parameters) -> Wire:
        return {"name": self._state.name_for(parameters.text("language_code"))}

    def _writable_chat(self, parameters: Parameters) -> Wire:
        chat_id = parameters.number("chat_id")
        if chat_id in self._state.blocked_by:
            raise ApiError("Forbidden: bot was blocked by the user", HTTPStatus.FORBIDDEN)
        if chat_id < 0:
            return group_chat(chat_id)
        person = self._state.people.get(chat_id)
        return private_chat(chat_id, person.name if person else "")


def _agree(_: Parameters) -> bool:
    return True
