"""Inline buttons (https://core.telegram.org/bots/api#inlinekeyboardbutton).

A kind of button is declared once, as a `Press` or a `PressWith`: what is written on it, by its
name in the catalogs, what it sends back when pressed, 64 bytes at most, and what its handler must
match.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.locales import Catalog

T = TypeVar("T")

ID = "[0-9]{1,18}"  # what an id can be; a forged one that SQLite couldn't hold is no match
DELIVERY = "[0-9a-f]{32}"  # its token


@dataclass(frozen=True, slots=True)
class Button:
    """One button: pressed, it sends `data` back or opens `url`."""

    label: str
    data: str | None = None
    url: str | None = None


Row = Button | tuple[Button, ...]
"""A row of an inline keyboard: one button, or several side by side."""


@dataclass(frozen=True, slots=True)
class Press:
    """A kind of button without a payload; `label` is the name of what is written on it."""

    name: str
    label: str

    @property
    def pattern(self) -> str:
        """Return what a press of such a button sends back."""
        return f"^{self.name}$"

    def button(self, catalog: Catalog, **values: object) -> Button:
        """Return the button, the places of its label filled."""
        return Button(catalog.say(self.label, **values), self.name)


@dataclass(frozen=True, slots=True)
class PressWith(Generic[T]):
    """A kind of button with a payload, which matches `payload` and is read by `read`.

    `label` as for a `Press`; none where each button has words of its own.
    """

    name: str
    payload: str
    read: Callable[[str], T]
    label: str = ""

    @property
    def pattern(self) -> str:
        """Return what a press of such a button sends back; the group is the payload."""
        return f"^{self.name}({self.payload})$"

    def data(self, payload: T) -> str:
        """Return what the button sends back."""
        return f"{self.name}{payload}"

    def button(self, catalog: Catalog, payload: T) -> Button:
        """Return the button under its own label."""
        return self.labelled(catalog.say(self.label), payload)

    def labelled(self, label: str, payload: T) -> Button:
        """Return the button under another label."""
        return Button(label, self.data(payload))


def keyboard(rows: Sequence[Row]) -> InlineKeyboardMarkup | None:
    """Return the rows as an inline keyboard; None where there are none."""
    return InlineKeyboardMarkup([_row(row) for row in rows]) if rows else None


def _row(row: Row) -> list[InlineKeyboardButton]:
    buttons = (row,) if isinstance(row, Button) else row
    return [InlineKeyboardButton(b.label, callback_data=b.data, url=b.url) for b in buttons]
