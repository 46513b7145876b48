"""What goes on at the terminal: who speaks, what happened, and what is still to be shown."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.clock import MovableClock
from bot.local.mailserver import Mail, MailServer
from bot.local.messages import Changed, Message, Said
from bot.local.people import Person
from bot.local.telegram import Telegram
from bot.local.view import View

Command = Callable[["Session", str], Awaitable[None]]
"""Does what a line that begins with a colon asks; its argument is what follows the name."""


@dataclass(slots=True, kw_only=True)
class Session:
    """All that a command works on.

    `me`: who speaks. `settle` returns once every queued update is handled and everything due is
    out; `next_due` gives the next moment something falls due. `confirm` asks whether to go on.
    `browse` shows a page in a browser, where there is one. `pastes_whole` is that of Lines.
    `over`: no further line is read; `anew`: everything is to be erased then, and begun again.
    """

    telegram: Telegram
    mail_server: MailServer
    clock: MovableClock
    view: View
    me: Person
    settle: Callable[[], Awaitable[None]]
    next_due: Callable[[], Awaitable[datetime | None]]
    confirm: Callable[[], Awaitable[bool]]
    browse: Callable[[Path], object] | None
    pastes_whole: bool
    over: bool = False
    anew: bool = False
    _news: list[Said | Changed | Mail] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """Return where everything of the local mode is kept."""
        return self.mail_server.folder.parent

    async def handled(self, update_id: int) -> None:
        """Return once an update is handled and what comes of it is shown."""
        await self.telegram.confirmed(update_id)
        await self.settled()

    async def settled(self) -> None:
        """Return once nothing is left to do, and what came of it is shown."""
        await self.settle()
        self.show_news()

    def happened(self, event: Said | Changed | Mail) -> None:
        """Keep what happened until the next `show_news`."""
        self._news.append(event)

    @property
    def has_news(self) -> bool:
        """Return whether anything happened that isn't shown yet."""
        return bool(self._news)

    def show_news(self) -> None:
        """Show what happened: the chats first, whichever channel was quicker."""
        news, self._news = self._news, []
        for event in news:
            if isinstance(event, Said):
                self.view.said(event, to=self._addressee(event.message))
            elif isinstance(event, Changed):
                self.view.changed(event, to=self._addressee(event.message))
        for event in news:
            if isinstance(event, Mail):
                self.view.arrival(event)

    def _addressee(self, message: Message) -> str | None:
        if message.chat_id == self.me.id:
            return None
        person = self.telegram.person_in(message.chat_id)
        return person.name if person else str(message.chat_id)
