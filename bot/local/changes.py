"""What the bot may change of messages that are there: edit them, delete them, react to them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot.clock import Clock
from bot.local.content import buttons_of, text_of
from bot.local.messages import BOT_ID, Change, Changed, Message, Wire
from bot.local.parameters import ApiError, Parameters
from bot.local.reactions import REACTIONS
from bot.local.state import TelegramState

DELETABLE_FOR = timedelta(hours=48)


class Changes:
    """Serves the methods for it (https://core.telegram.org/bots/api#updating-messages)."""

    def __init__(
        self, *, state: TelegramState, clock: Clock, tell: Callable[[Changed], None]
    ) -> None:
        self._state = state
        self._clock = clock
        self._tell = tell

    def edit_text(self, parameters: Parameters) -> Wire:
        """Put another text, and its buttons, in the place of a message of the bot's."""
        message = self._editable(parameters)
        if "text" not in message.wire:
            raise ApiError("Bad Request: there is no text in the message to edit")
        return self._edited(
            message,
            text_of(parameters) | buttons_of(parameters),
            ("text", "entities", "link_preview_options", "reply_markup"),
            Change.EDITED,
        )

    def edit_buttons(self, parameters: Parameters) -> Wire:
        """Put other buttons, or none, under a message of the bot's."""
        message = self._editable(parameters)
        return self._edited(message, buttons_of(parameters), ("reply_markup",), Change.BUTTONS)

    def delete(self, parameters: Parameters) -> bool:
        """Delete a message of either side."""
        message = self._message(parameters, "delete")
        if self._now() - message.date >= DELETABLE_FOR.total_seconds():
            raise ApiError("Bad Request: message can't be deleted for everyone")
        del self._state.messages[message.id]
        self._tell(Changed(message=message, how=Change.DELETED))
        return True

    def react(self, parameters: Parameters) -> bool:
        """Put the bot's reaction on a message, or take it away."""
        message = self._message(parameters, "react")
        reactions = parameters.tree("reaction") or []
        if len(reactions) > 1:
            raise ApiError("Bad Request: REACTIONS_TOO_MANY")
        emoji = reactions[0].get("emoji") if reactions else None
        if reactions and emoji not in REACTIONS:
            raise ApiError("Bad Request: REACTION_INVALID")
        self._changed(message.reacted(BOT_ID, emoji), Change.REACTED)
        return True

    def _edited(
        self, message: Message, content: Wire, fields: tuple[str, ...], how: Change
    ) -> Wire:
        """Return the message with `content` in the place of those fields."""
        kept = {key: value for key, value in message.wire.items() if key not in fields}
        if {key: message.wire[key] for key in fields if key in message.wire} == content:
            raise ApiError(
                "Bad Request: message is not modified: specified new message content and reply "
                "markup are exactly the same as a current content and reply markup of the message"
            )
        wire = kept | content | {"edit_date": self._now()}
        self._changed(replace(message, wire=wire), how)
        return wire

    def _changed(self, message: Message, how: Change) -> None:
        self._state.messages[message.id] = message
        self._tell(Changed(message=message, how=how))

    def _editable(self, parameters: Parameters) -> Message:
        message = self._message(parameters, "edit")
        # TDLib's can_edit_message: what a ForceReply went with can't be edited, however old it is.
        if not message.by_bot or message.hint is not None:
            raise ApiError("Bad Request: message can't be edited")
        return message

    def _message(self, parameters: Parameters, purpose: str) -> Message:
        message = self._state.messages.get(parameters.number("message_id"))
        if message is None or message.chat_id != parameters.number("chat_id"):
            raise ApiError(f"Bad Request: message to {purpose} not found")
        return message

    def _now(self) -> int:
        return int(self._clock.now().timestamp())
