"""What is put in order now and then: idle drafts, updates handled long ago, words let go of."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.caps import Caps
from bot.clock import Clock
from bot.messages.draft_resting import DraftResting
from bot.store import (
    confirmation_caps,
    confirmation_queue,
    confirmation_turns,
    drafts,
    erasures,
    inbox,
    letters,
    nudges,
    outbox,
    suppression_changes,
    unneeded_addresses,
)
from bot.store.database import Database, Transaction

logger = logging.getLogger(__name__)

Step = Callable[[Transaction], Awaitable[bool]]
"""Does some of what there is to do; returns whether there may be more."""

IDLE = timedelta(days=1)
LONGEST_CAP = timedelta(days=1)
REPEATED_FOR = timedelta(days=2)  # Telegram keeps an update for a day


class Housekeeping:
    """A job that may run at any time and any number of times.

    `retention` is how long a letter's words are kept after its last reminder, `address_life` an
    address that nobody needs, if not for good.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        caps: Caps | None = None,
        retention: timedelta | None = None,
        address_life: timedelta | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._caps = caps or Caps()
        self._retention = retention
        self._address_life = address_life

    async def tidy(self) -> None:
        """Put idle drafts aside and tell whose they are; forget what has had its time."""
        now = self._clock.now()
        await self._put_in_order(now)
        await self.let_go()
        await self.ask_about_addresses()
        if self._retention is not None:
            before = now - self._retention
            await self._in_batches(lambda tx: letters.erase_ended(tx, before, now))
        if self._address_life is not None:
            unneeded_since = now - self._address_life
            await self._in_batches(lambda tx: unneeded_addresses.forget(tx, unneeded_since, now))
        await self.end_erasures()

    async def let_go(self) -> None:
        """Let go the confirmation mails whose turn it is."""
        now = self._clock.now()
        turns = await self._turns(now)
        for place in range(0, len(turns), confirmation_turns.BATCH):
            batch = turns[place : place + confirmation_turns.BATCH]
            async with self._database.transaction() as tx:
                await confirmation_queue.let_go(tx, batch, self._caps, now)

    async def ask_about_addresses(self) -> None:
        """Ask those whose mail has waited a day for an address to be confirmed."""
        await self._in_batches(lambda tx: nudges.nudge(tx, self._clock.now()))

    async def end_erasures(self) -> None:
        """Leave no trace of the keys that were destroyed, and no row that had one."""
        await erasures.catch_up(self._database, self._clock.now())
        if not await self._database.ledger.rewrite_if_due():
            logger.info("another program reads ledger.db; it is written anew next time")

    async def end_suppressions(self) -> None:
        """Let `bot.db` know of a suppression that the ledger took, and it did not."""
        await suppression_changes.catch_up(self._database, self._clock.now())

    async def _put_in_order(self, now: datetime) -> None:
        steps: tuple[Step, ...] = (
            lambda tx: drafts.drop_empty(tx, now - IDLE),
            lambda tx: _put_drafts_to_rest(tx, now),
            lambda tx: inbox.forget_before(tx, now - REPEATED_FOR),
            lambda tx: confirmation_caps.forget_before(tx, now - LONGEST_CAP),
            lambda tx: confirmation_queue.forget_waiting(tx, now),
            lambda tx: confirmation_queue.forget_asked(tx, now),
        )
        for step in steps:
            await self._in_batches(step)

    async def _in_batches(self, step: Step) -> None:
        """Take a step as often as there may be more, each time in a transaction of its own."""
        more = True
        while more:
            async with self._database.transaction() as tx:
                more = await step(tx)

    async def _turns(self, now: datetime) -> list[int]:
        """Return whose turn it is; a crowd is looked through where nobody waits for it."""
        if await confirmation_turns.are_few(self._database.reader, now):
            return await confirmation_turns.turns(self._database.reader, now)
        async with self._database.long_reader() as session:
            return await confirmation_turns.turns(session, now)


async def _put_drafts_to_rest(tx: Transaction, now: datetime) -> bool:
    resting = await drafts.put_to_rest(tx, now - IDLE)
    for person_id in resting:
        key = f"{person_id}:{now.isoformat()}"
        await outbox.tell(tx, person_id, DraftResting(), key, now)
        await drafts.forget_taken_back(tx, person_id)
    return len(resting) == drafts.BATCH
