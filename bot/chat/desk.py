"""What every handler has at hand, typed; it stands in place of python-telegram-bot's bot_data."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from telegram import Update
from telegram.ext import CallbackContext, ExtBot

from bot.caps import Caps
from bot.chat.sender import sender
from bot.clock import Clock
from bot.locales import Catalog, Language, catalog, language_of
from bot.store import inbox, people
from bot.store.database import Database, Transaction
from bot.store.people import Person
from bot.store.stop_list import StopList

Nothing = dict[object, object]


Buttons = Sequence[tuple[str, str]]
"""Rows of one button each: its label and what it says when pressed."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the bot says: a text, and under it its buttons."""

    text: str
    buttons: Buttons


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The writing side's view of the house; `on_due` is called when something is due at once.

    `encrypted`: letters are, in the store. `retention` is how long words are kept after their last
    reminder, if not for good. `unsaid` is, by person, the last reply that did not go out.
    """

    database: Database
    clock: Clock
    language: Language
    zone: ZoneInfo
    days: tuple[int, ...]
    caps: Caps
    encrypted: bool
    retention: timedelta | None
    stop_list: StopList
    on_due: Callable[[], None]
    unsaid: dict[int, Reply] = field(default_factory=dict)

    def catalog(self, update: Update) -> Catalog:
        """Give the catalog of the language that the update's sender speaks."""
        return catalog(language_of(sender(update).language_code, self.language))

    @asynccontextmanager
    async def change(self, update: Update) -> AsyncIterator[tuple[Transaction, Person]]:
        """Hold the transaction in which an update takes effect, and give who sent it.

        The update is marked as applied with it, so that a replay knows that nothing is left to do.
        """
        async with self.database.transaction() as tx:
            person = await people.meet(
                tx,
                sender(update).id,
                language=sender(update).language_code,
                zone=self.zone,
                now=self.clock.now(),
            )
            await inbox.mark_applied(tx, update.update_id)
            yield tx, person


class Context(CallbackContext[ExtBot[None], Nothing, Nothing, Desk]):
    """python-telegram-bot's context, with the desk in it."""

    @property
    def desk(self) -> Desk:
        """Give what handlers work with."""
        return self.bot_data
