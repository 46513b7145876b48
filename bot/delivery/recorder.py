"""Writes into the store how a lane's attempts go: what leaves, what came of it, what was not begun.

What many attempts write at the same time shares a transaction.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.clock import Clock
from bot.delivery.followups import follow_up, note_taken
from bot.delivery.news import News
from bot.delivery.outcome import Later, Outcome, Sent
from bot.letters import Channel, State
from bot.messages.message import Note
from bot.store import claims
from bot.store.batches import Batches
from bot.store.claims import Settlement
from bot.store.database import Database, Transaction
from bot.store.deliveries import Delivery

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """An attempt's end, ready to be written.

    `news` is for the operator; `ready` says which other deliveries to try again, and when.
    """

    delivery: Delivery
    outcome: Outcome
    settlement: Settlement
    news: Note | None = None
    ready: Mapping[int, timedelta] = field(default_factory=dict)

    @property
    def end(self) -> tuple[Delivery, Settlement]:
        """Return what is settled, and how."""
        return self.delivery, self.settlement

    @property
    def key(self) -> str:
        """Return what makes news of it be told once."""
        return f"{self.delivery.id}:{self.delivery.attempt}"

    @property
    def is_plain(self) -> bool:
        """Return whether it is a mail that was sent, and nobody is to hear of that."""
        mailed = self.delivery.channel is Channel.EMAIL and isinstance(self.outcome, Sent)
        return mailed and self.news is None and not self.ready


class Recorder:
    """Writes for one lane.

    What the store doesn't take, for want of disk space say, is kept in memory until
    `write_leftovers`. All but `close` raise StoreError.
    """

    def __init__(self, database: Database, clock: Clock, news: News) -> None:
        self._database = database
        self._clock = clock
        self._news = news
        self._marks = Batches(self._mark_all)
        self._settles = Batches(self._settle_sent)
        self._releases = Batches(self._release_all)
        self._unsettled: dict[int, Result] = {}
        self._unsent: dict[int, Delivery] = {}

    @property
    def leftovers(self) -> set[int]:
        """Return the ids of the deliveries that the store didn't take what came of."""
        return self._unsettled.keys() | self._unsent.keys()

    async def mark(self, delivery: Delivery) -> bool:
        """Note that an attempt's bytes are about to leave; False when they must not."""
        return await self._marks.submit(delivery)

    async def release(self, delivery: Delivery) -> None:
        """Put back what was claimed and not begun."""
        self._unsent[delivery.id] = delivery
        await self._releases.submit(delivery)
        del self._unsent[delivery.id]

    async def settle(self, result: Result) -> None:
        """Note what came of an attempt, with what follows from it."""
        self._unsettled[result.delivery.id] = result
        if result.is_plain:
            landed = await self._settles.submit(result)
        else:
            async with self._database.transaction(urgent=True) as tx:
                landed = await self._write(tx, result)
        self._unsettled.pop(result.delivery.id, None)
        _log(result, landed=landed)

    async def settle_within(self, tx: Transaction, result: Result) -> None:
        """Do as `settle` in a transaction of the caller's."""
        _log(result, landed=await self._write(tx, result))

    async def write_leftovers(self) -> None:
        """Write what the store didn't take before."""
        for result in list(self._unsettled.values()):
            await self.settle(result)
        for delivery in list(self._unsent.values()):
            await self.release(delivery)

    async def close(self) -> None:
        """Return once nothing is being written any more."""
        await self._marks.idle()
        await self._settles.idle()
        await self._releases.idle()

    async def _mark_all(self, leaving: Sequence[Delivery]) -> list[bool]:
        async with self._database.transaction() as tx:
            marked = await claims.mark_in_flight(tx, leaving)
        return [each.fence in marked for each in leaving]

    async def _release_all(self, unsent: Sequence[Delivery]) -> list[None]:
        async with self._database.transaction() as tx:
            await claims.release(tx, unsent)
        return [None] * len(unsent)

    async def _settle_sent(self, results: Sequence[Result]) -> list[bool]:
        async with self._database.transaction(urgent=True) as tx:
            settled = await claims.settle(tx, [each.end for each in results])
            landed = [each.delivery.fence in settled for each in results]
            sent = [each for each, still_ours in zip(results, landed, strict=True) if still_ours]
            await note_taken(tx, [each.delivery for each in sent], self._clock.now())
            await self._note_success(tx, results[0])
        return landed

    async def _write(self, tx: Transaction, result: Result) -> bool:
        """Write what an attempt came to; news of the lane stand even if the delivery is gone."""
        landed = result.delivery.fence in await claims.settle(tx, [result.end])
        if landed:
            await follow_up(tx, result.delivery, result.outcome, result.settlement)
        for delivery_id, wait in result.ready.items():
            await claims.try_again(tx, delivery_id, result.settlement.at + wait)
        if result.news:
            await self._news.tell(tx, result.news, result.key, result.settlement.at)
        elif isinstance(result.outcome, Sent):
            await self._note_success(tx, result)
        return landed

    async def _note_success(self, tx: Transaction, result: Result) -> None:
        await self._news.note_success(tx, result.key, result.settlement.at)


def _log(result: Result, *, landed: bool) -> None:
    """Log how an attempt ended; whoever looks closely hears too of what went well, or waits."""
    about, end = facts_of(result.delivery), result.settlement
    if not landed:
        logger.warning("an attempt came too late", extra=about)
    elif end.state is State.SENT:
        logger.debug("a delivery was sent", extra=about)
    else:
        about |= {"state": end.state, "reason": end.reason}
        its_turn = isinstance(result.outcome, Later) and result.outcome.alone
        level = logging.DEBUG if its_turn else logging.INFO
        logger.log(level, "a delivery was not sent", extra=about)


def facts_of(delivery: Delivery) -> dict[str, object]:
    """Return what a log line tells of a delivery."""
    return {
        "channel": delivery.channel,
        "delivery": delivery.id,
        "kind": delivery.message.kind,
        "attempt": delivery.attempt,
    }
