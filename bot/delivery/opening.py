"""Opens each day the letters that are due within a week, and tells the operator what can't be."""

import logging
from datetime import timedelta

from bot.clock import Clock
from bot.messages.operator_notes import LettersUnreadable
from bot.operator import Operator
from bot.store import opening
from bot.store.database import Database

logger = logging.getLogger(__name__)

AHEAD = timedelta(days=7)
_NAMED = 20  # letters, in the log


class Opener:
    """A job that may run twice: a day has one note."""

    def __init__(self, *, database: Database, clock: Clock, operator: Operator) -> None:
        self._database = database
        self._clock = clock
        self._operator = operator

    async def open_coming(self) -> None:
        """Open what is to come, so that what is lost is known while a copy can be brought back."""
        now = self._clock.now()
        async with self._database.long_reader() as session:
            lost = await opening.unreadable(session, now + AHEAD)
        if not lost:
            return
        named = ",".join(str(letter) for letter in sorted(lost)[:_NAMED])
        about = {"number": len(lost), "letters": named}
        logger.error("letters that are due within a week can't be read", extra=about)
        day = now.astimezone(self._operator.zone).date().isoformat()
        note = LettersUnreadable(letters=f"{len(lost):,}")
        async with self._database.transaction() as tx:
            await self._operator.tell(tx, note, day, now)
