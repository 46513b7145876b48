"""Says of letters that they can't be changed any more, once their hour is over."""

import logging

from bot.chat import sealed
from bot.chat.replies import ReplySender
from bot.clock import Clock
from bot.locales import Language, catalog, language_of
from bot.store import changes, letters, people, replies, slots
from bot.store.changes import Closed
from bot.store.database import Database, Transaction
from bot.store.people import Person
from bot.store.replies import OwedReply
from bot.store.unreadable import Unreadable

logger = logging.getLogger(__name__)

_A_SWEEP = 500  # letters; the next sweep is a minute away


class Closing:
    """A job that may run at any time and any number of times.

    What a letter's message says is edited, unless the letter can't be read; that no change is taken
    any more goes by the clock.
    """

    def __init__(
        self, *, database: Database, clock: Clock, replies: ReplySender, language: Language
    ) -> None:
        self._database = database
        self._clock = clock
        self._replies = replies
        self._language = language

    async def close(self) -> None:
        """Close the letters whose hour is over, some at a time. Raises StoreError."""
        for _ in range(0, _A_SWEEP, changes.BATCH):
            async with self._database.transaction() as tx:
                closed = await changes.close(tx, self._clock.now())
                owed = [reply for each in closed if (reply := await self._owe_if_read(tx, each))]
            self._replies.send(owed)
            if len(closed) < changes.BATCH:
                return

    async def _owe_if_read(self, tx: Transaction, closed: Closed) -> OwedReply | None:
        try:
            return await self._owe(tx, closed)
        except Unreadable:
            about = {"letter": closed.letter_id}
            logger.exception("a letter can't be read, and what tells of it stays", extra=about)
            return None

    async def _owe(self, tx: Transaction, closed: Closed) -> OwedReply | None:
        chat_id, message_id = closed.person_id, closed.message_id
        place = await slots.find(tx, chat_id, sealed.slot_of(message_id))
        letter = await letters.sealed_from(tx, chat_id, message_id)
        row = await people.row_of(tx, chat_id)
        if place is None or letter is None or row is None:
            return None
        person = Person.from_row(row)
        speech = catalog(language_of(person.language, self._language))
        said = sealed.closing(speech, letter, message_id, person.zone)
        return await replies.add(tx, chat_id, said)
