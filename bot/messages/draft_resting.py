"""A letter that was begun rests: its person is told how to go on."""

from dataclasses import dataclass
from typing import ClassVar

from bot.botapi.buttons import Button, Press
from bot.locales import Catalog
from bot.messages.message import Note

GO_ON = Press("draft:go-on", "button-go-on")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftResting(Note):
    """The letter is kept as it is."""

    kind: ClassVar[str] = "draft-resting"

    def buttons(self, catalog: Catalog) -> tuple[Button, ...]:
        """Return the button that goes on with it."""
        return (GO_ON.button(catalog),)
