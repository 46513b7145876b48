"""Which handler answers what; the first that fits a group's list does."""

from typing import Any

from telegram import Update
from telegram.ext import (
    Application,
    BaseHandler,
    CallbackQueryHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from bot import callbacks
from bot.callbacks import Press
from bot.chat import addressing, confirming, letters, privacy, replacing, start, stopping, write
from bot.chat.albums import Albums
from bot.chat.exchange import Handler, answering
from bot.chat.services import Context

ALLOWED_UPDATES = [Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY]
"""The kinds of update the bot asks Telegram for."""

COMMANDS = ("write", "cancel", "confirm", "privacy", "export", "delete", "help", "start")
"""What the bot answers to, in the order its menu shows them."""

AnyHandler = BaseHandler[Update, Context, None]

_ALBUMS, _ANSWERS = -1, 0
_PRIVATE = filters.ChatType.PRIVATE
_NEW = _PRIVATE & filters.UpdateType.MESSAGE
# A shared location moves by edits, for hours and without its person's doing.
_EDITED = _PRIVATE & filters.UpdateType.EDITED_MESSAGE & ~filters.LOCATION
_LONG_PAYLOAD = r"^/start\s+\S{65}"  # more than a link can carry


def register(application: Application[Any, Context, Any, Any, Any, Any]) -> None:
    """Return an application its handlers."""
    application.add_handler(MessageHandler(_NEW, Albums().pass_first), _ALBUMS)
    application.add_handlers([*_links(), *_presses(), *_commands(), *_others()], _ANSWERS)
    application.add_error_handler(start.on_error)


def _links() -> list[AnyHandler]:
    return [
        _text(_LONG_PAYLOAD, start.unknown_link),
        _text(confirming.LINK_PATTERN, confirming.take_link),
        _text(stopping.LINK_PATTERN, stopping.ask_whether),
        _text(r"^/start write$", write.write),
    ]


def _presses() -> list[AnyHandler]:
    return [
        # A press without data fits any pattern, python-telegram-bot finds; so it ends here.
        _press("^$", start.stale_press),
        _press(callbacks.CONFIRM_PATTERN, confirming.ask_pressed),
        _press(callbacks.SPAM_PATTERN, confirming.help_find),
        _press(callbacks.STOP_PATTERN, stopping.stop),
        _press(callbacks.SHOW_PATTERN, letters.show),
        _press(callbacks.ERASE_PATTERN, privacy.erase),
        _press(callbacks.KEEP_PATTERN, letters.keep),
        _press(callbacks.LET_GO_PATTERN, letters.let_go),
        _press(callbacks.ADDRESS_CHANGE_PATTERN, replacing.ask_for_replacement),
        _press(callbacks.ADDRESS_USE_PATTERN, addressing.take_used),
        _press(f"^{Press.WRITE.value}$", write.write),
        _press(f"^{Press.START_OVER.value}$", write.start_over),
        _press(f"^{Press.GO_ON.value}$", write.go_on),
        _press(f"^{Press.OTHER_ADDRESS.value}$", addressing.ask_for_other),
        _press(f"^{Press.AS_SUGGESTED.value}$", addressing.take_suggested),
        _press(f"^{Press.AS_TYPED.value}$", addressing.take_as_typed),
        CallbackQueryHandler(answering(start.stale_press)),
    ]


def _commands() -> list[AnyHandler]:
    return [
        CommandHandler(COMMANDS, answering(start.in_group), filters.ChatType.GROUPS),
        _text(confirming.COMMAND_PATTERN, confirming.take_code),
        _command("write", write.write_at_once),
        _command("cancel", write.cancel),
        _command("confirm", confirming.ask_again),
        _command("privacy", privacy.statement),
        _command("export", privacy.export),
        _command("delete", privacy.ask_whether),
        _command("help", start.help_),
        _command("start", start.start),
        MessageHandler(_NEW & filters.COMMAND, answering(start.unknown_command)),
    ]


def _others() -> list[AnyHandler]:
    return [
        MessageHandler(_NEW & filters.TEXT, answering(write.take_text)),
        MessageHandler(_NEW & ~filters.StatusUpdate.ALL, answering(write.take_other)),
        MessageHandler(_EDITED, answering(write.take_edited)),
    ]


def _text(pattern: str, handler: Handler) -> AnyHandler:
    return MessageHandler(_NEW & filters.Regex(pattern), answering(handler))


def _press(pattern: str, handler: Handler) -> AnyHandler:
    return CallbackQueryHandler(answering(handler), pattern)


def _command(name: str, handler: Handler) -> AnyHandler:
    return CommandHandler(name, answering(handler), _NEW)
