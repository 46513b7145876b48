"""Inline buttons (https://core.telegram.org/bots/api#inlinekeyboardbutton)."""

from collections.abc import Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup


@dataclass(frozen=True, slots=True)
class Button:
    """One button: pressed, it sends `data` back or opens `url`."""

    label: str
    data: str | None = None
    url: str | None = None


def keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """Return the buttons as an inline keyboard, one in each row; None where there are none."""
    rows = [[InlineKeyboardButton(b.label, callback_data=b.data, url=b.url)] for b in buttons]
    return InlineKeyboardMarkup(rows) if rows else None
