"""What is put in order now and then: drafts nobody goes on with, updates handled long ago."""

from datetime import timedelta

from bot.clock import Clock
from bot.letters import Channel, Kind
from bot.store import consent, drafts, inbox, outbox
from bot.store.database import Database
from bot.store.outbox import NewDelivery

IDLE = timedelta(days=1)
LONGEST_CAP = timedelta(days=1)
REPEATED_FOR = timedelta(days=2)  # Telegram keeps an update for a day


class Housekeeping:
    """A job that may run at any time and any number of times."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def tidy(self) -> None:
        """Put idle drafts aside, with a word to whose they are, and forget old updates."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            for person_id in await drafts.put_to_rest(tx, now - IDLE):
                note = NewDelivery(
                    key=f"{Kind.DRAFT_RESTING}:{person_id}:{now.isoformat()}",
                    kind=Kind.DRAFT_RESTING,
                    channel=Channel.CHAT,
                    person_id=person_id,
                    due_at=now,
                )
                await outbox.add(tx, note)
            await inbox.forget_before(tx, now - REPEATED_FOR)
            await consent.forget_mails_before(tx, now - LONGEST_CAP)
