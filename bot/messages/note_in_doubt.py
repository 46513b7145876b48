"""A reminder in the chat may not have arrived: its letter is offered to be shown."""

from dataclasses import dataclass
from typing import ClassVar

from bot.botapi.buttons import DELIVERY, Button, PressWith
from bot.locales import Catalog
from bot.messages.message import Note

SHOW = PressWith("letter:show:", DELIVERY, str, "button-show")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteInDoubt(Note):
    """`token` is that of the reminder's delivery."""

    kind: ClassVar[str] = "note-in-doubt"
    token: str

    def buttons(self, catalog: Catalog) -> tuple[Button, ...]:
        """Return the button that shows the letter."""
        return (SHOW.button(catalog, self.token),)
