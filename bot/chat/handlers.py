"""All features, in the menu's order, and which handler answers what: the first that fits."""

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

from bot.chat import (
    addressing,
    changing,
    confirming,
    default_address,
    ending,
    fallback,
    greeting,
    how_it_goes,
    letter_address,
    letter_calendar,
    letter_list,
    letter_page,
    letters,
    moving,
    noting,
    once_more,
    other_days,
    postscripts,
    privacy,
    replacing,
    settings,
    stray,
    suppressing,
    taking_back,
    write,
    zone,
)
from bot.chat.albums import Albums
from bot.chat.exchange import answering
from bot.chat.feature import Feature
from bot.chat.services import Context

FEATURES = (
    write.FEATURE,
    letter_list.FEATURE,
    letter_page.FEATURE,
    postscripts.FEATURE,
    moving.FEATURE,
    letter_calendar.FEATURE,
    letter_address.FEATURE,
    addressing.FEATURE,
    stray.FEATURE,
    changing.FEATURE,
    taking_back.FEATURE,
    other_days.FEATURE,
    replacing.FEATURE,
    default_address.FEATURE,
    confirming.FEATURE,
    suppressing.FEATURE,
    letters.FEATURE,
    settings.FEATURE,
    zone.FEATURE,
    how_it_goes.FEATURE,
    noting.FEATURE,
    ending.FEATURE,
    once_more.FEATURE,
    privacy.FEATURE,
    greeting.FEATURE,
    fallback.FEATURE,
)
"""All features."""

COMMANDS = tuple(name for feature in FEATURES for name in feature.commands)
"""What the bot answers to."""

MENU = ("write", "letters", "settings", "help", "privacy")
"""What its menu shows of them."""

ALLOWED_UPDATES = [Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY]
"""The kinds of update the bot asks Telegram for."""

AnyHandler = BaseHandler[Update, Context, None]

_ALBUMS, _ANSWERS = -1, 0
_PRIVATE = filters.ChatType.PRIVATE
_NEW = _PRIVATE & filters.UpdateType.MESSAGE
# A shared location moves by edits, for hours and without its person's doing.
_EDITED = _PRIVATE & filters.UpdateType.EDITED_MESSAGE & ~filters.LOCATION


def register(application: Application[Any, Context, Any, Any, Any, Any]) -> None:
    """Register all handlers with an application."""
    application.add_handler(MessageHandler(_NEW, Albums().pass_first), _ALBUMS)
    # A press without data fits any pattern, python-telegram-bot finds; so it ends here.
    application.add_handler(CallbackQueryHandler(answering(fallback.stale_press), "^$"), _ANSWERS)
    for handlers in (_of_texts, _of_presses, _of_commands):
        for feature in FEATURES:
            application.add_handlers(handlers(feature), _ANSWERS)
    application.add_handlers(_others(), _ANSWERS)
    application.add_error_handler(fallback.on_error)


def _of_texts(feature: Feature) -> list[AnyHandler]:
    links = {link.pattern: handler for link, handler in feature.links.items()}
    return [
        MessageHandler(_NEW & filters.Regex(pattern), answering(handler))
        for pattern, handler in {**feature.texts, **links}.items()
    ]


def _of_presses(feature: Feature) -> list[AnyHandler]:
    return [
        CallbackQueryHandler(answering(handler), press.pattern)
        for press, handler in feature.presses.items()
    ]


def _of_commands(feature: Feature) -> list[AnyHandler]:
    return [
        CommandHandler(name, answering(handler), _NEW) for name, handler in feature.commands.items()
    ]


def _others() -> list[AnyHandler]:
    return [
        CallbackQueryHandler(answering(fallback.stale_press)),
        CommandHandler(COMMANDS, answering(fallback.in_group), filters.ChatType.GROUPS),
        MessageHandler(_NEW & filters.COMMAND, answering(fallback.unknown_command)),
        MessageHandler(_NEW & filters.TEXT, answering(write.take_text)),
        MessageHandler(_NEW & ~filters.StatusUpdate.ALL, answering(write.take_other)),
        MessageHandler(_EDITED, answering(write.take_edited)),
    ]
