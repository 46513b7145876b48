"""Which handler answers what; the first that fits a group's list does."""

from telegram import Update
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, TypeHandler, filters

from bot import callbacks
from bot.chat import confirming, editing, outside, parting, privacy, showing, stopping
from bot.chat.albums import Albums
from bot.chat.floods import Dam
from bot.chat.inbox import MailboxApplication
from bot.chat.replay import answer_replay
from bot.chat.write import cancel, conversation

ALLOWED_UPDATES = [Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY]
"""The kinds of update the bot asks Telegram for."""

COMMANDS = ("write", "cancel", "confirm", "privacy", "export", "delete", "help", "start")
"""What the bot answers to, in the order its menu shows them."""

_FLOODS, _ALBUMS, _REPLAYS, _ANSWERS = -3, -2, -1, 0
_PRIVATE = filters.ChatType.PRIVATE
_NEW = _PRIVATE & filters.UpdateType.MESSAGE
# A shared location moves by edits, for hours and without its person's doing.
_EDITED = _PRIVATE & filters.UpdateType.EDITED_MESSAGE & ~filters.LOCATION


def register(application: MailboxApplication, dam: Dam) -> None:
    """Give an application its handlers; `dam` sees first whatever would be answered."""
    application.add_handlers(
        [
            MessageHandler(_NEW | _EDITED, dam.hold_back),
            CallbackQueryHandler(dam.hold_back),
            CommandHandler(COMMANDS, dam.hold_back, filters.ChatType.GROUPS),
        ],
        _FLOODS,
    )
    application.add_handler(MessageHandler(_NEW, Albums().pass_first), _ALBUMS)
    application.add_handler(TypeHandler(Update, answer_replay), _REPLAYS)
    application.add_handlers(
        [
            CommandHandler(COMMANDS, outside.in_group, filters.ChatType.GROUPS),
            MessageHandler(_NEW & filters.Regex(confirming.LINK_PATTERN), confirming.take_link),
            MessageHandler(_NEW & filters.Regex(stopping.LINK_PATTERN), stopping.ask_whether),
            # A press without data fits any pattern, python-telegram-bot finds; so it ends here.
            CallbackQueryHandler(outside.stale_press, "^$"),
            MessageHandler(_NEW & filters.Regex(confirming.COMMAND_PATTERN), confirming.take_code),
            CommandHandler("confirm", confirming.ask_again, _NEW),
            CallbackQueryHandler(confirming.ask_pressed, callbacks.CONFIRM_PATTERN),
            CallbackQueryHandler(confirming.help_find, callbacks.SPAM_PATTERN),
            CallbackQueryHandler(stopping.stop, callbacks.STOP_PATTERN),
            CallbackQueryHandler(showing.show, callbacks.SHOW_PATTERN),
            CommandHandler("privacy", privacy.statement, _NEW),
            CommandHandler("export", privacy.export, _NEW),
            CommandHandler("delete", privacy.ask_whether, _NEW),
            CallbackQueryHandler(privacy.erase, callbacks.ERASE_PATTERN),
            CallbackQueryHandler(parting.keep, callbacks.KEEP_PATTERN),
            CallbackQueryHandler(parting.let_go, callbacks.LET_GO_PATTERN),
            conversation(),
            CommandHandler("start", outside.start, _NEW),
            CommandHandler("help", outside.help_, _NEW),
            CommandHandler("cancel", cancel, _NEW),
            MessageHandler(_NEW & filters.Regex(confirming.CODE_PATTERN), confirming.take_code),
            MessageHandler(_NEW & filters.COMMAND, outside.unknown_command),
            MessageHandler(_NEW & ~filters.StatusUpdate.ALL, outside.stray),
            MessageHandler(_EDITED, editing.edited),
            CallbackQueryHandler(outside.stale_press),
        ],
        _ANSWERS,
    )
    application.add_error_handler(outside.on_error)
