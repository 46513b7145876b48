"""Attempts: send what is claimed, and settle it by what came of that."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from bot.clock import Clock
from bot.delivery.health import Alarm, Health
from bot.delivery.news import News
from bot.delivery.outcome import Abandoned, LaneFault, Later, Outcome, Refused, Sent
from bot.delivery.recorder import Recorder, Result, facts_of
from bot.delivery.refusals import Refusals, lane_down, lane_stalled
from bot.delivery.retry import RetryPolicy
from bot.delivery.settling import settlement
from bot.delivery.stall import Stall
from bot.delivery.transport import Transport
from bot.messages.message import Note
from bot.messages.operator_notes import LaneMended
from bot.messages.reminder import ReminderMessage
from bot.operator import Operator
from bot.precedence import Precedence
from bot.store import leases
from bot.store.claims import Settlement
from bot.store.database import Database, StoreError, name_of_error
from bot.store.deliveries import Delivery

logger = logging.getLogger(__name__)

_AT_ONCE = timedelta()


class Attempts:
    """Makes a lane's attempts and settles them.

    What was sent but couldn't be settled, for want of disk space say, is kept in memory until
    `settle_leftovers`. `store_fails`: the store has failed an attempt.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        database: Database,
        clock: Clock,
        health: Health,
        operator: Operator,
        precedence: Precedence,
        policy: RetryPolicy,
        randomness: random.Random,
        alarm: Alarm,
        stands_still: Callable[[], bool],
    ) -> None:
        self.store_fails = False
        self._transport = transport
        self._database = database
        self._clock = clock
        self._health = health
        self._policy = policy
        self._precedence = precedence
        self._randomness = randomness
        self._alarm = alarm
        self._refusals = Refusals(
            transport.channel, clock=clock, health=health, policy=policy, alarm=alarm
        )
        self._stall = Stall(transport.channel)
        self._stands_still = stands_still
        self._sending = asyncio.Semaphore(transport.at_once)
        self._reminding = asyncio.Semaphore(max(transport.at_once - 1, 1))
        self._in_flight = asyncio.Semaphore(transport.at_once)
        self._recorder = Recorder(database, clock, News(transport.channel, operator))
        self._live: set[int] = set()

    async def make(self, delivery: Delivery) -> None:
        """Send a claimed delivery and settle it, or release it. Raises StoreError.

        It is released if the lane comes to a stand before its turn to be sent has come.
        """
        self._live.add(delivery.id)
        try:
            async with AsyncExitStack() as flight:
                await self._make(delivery, flight)
        finally:
            if delivery.id not in self._recorder.leftovers:
                self._live.discard(delivery.id)

    async def _make(self, delivery: Delivery, flight: AsyncExitStack) -> None:
        async with self._turn(delivery):
            if self._stands_still():
                await self._recorder.release(delivery)
                return
            await self._precedence.give_way()
            begun = self._refusals.judge.begin()
            outcome = await self._send(delivery, flight)
        if isinstance(outcome, Abandoned):
            logger.info("an attempt was given up before it left", extra=facts_of(delivery))
            return
        await self._recorder.settle(self._result(delivery, outcome, begun))

    async def close(self) -> None:
        """Return once nothing is being written any more."""
        await self._recorder.close()

    async def settle_leftovers(self) -> None:
        """Settle what the store didn't take before. Raises StoreError."""
        await self._recorder.write_leftovers()
        self._live.clear()

    async def take_over(self, lease: timedelta) -> None:
        """Take over what gone workers had claimed, and retries set while the clock was ahead."""
        now, channel = self._clock.now(), self._transport.channel
        latest = now + self._policy.longest
        if not await leases.is_left_behind(
            self._database.reader, channel, now=now, lease=lease, latest=latest, live=self._live
        ):
            return
        async with self._database.transaction() as tx:
            await leases.bring_forward(tx, channel, now, latest)
            await leases.rescue_claims(tx, channel, now, lease, self._live)
            for delivery in await leases.lost_in_flight(tx, channel, now, lease, self._live):
                doubt = not isinstance(delivery.message, Note)
                outcome = Later(reason="lost-in-flight", after=_AT_ONCE, doubt=doubt)
                end = self._settlement(delivery, outcome, _AT_ONCE)
                result = Result(delivery=delivery, outcome=outcome, settlement=end)
                await self._recorder.settle_within(tx, result)

    def note_store_fails(self, error: StoreError) -> None:
        """Note that the store has failed; logged once."""
        if self.store_fails:
            return
        self.store_fails = True
        about = {"channel": self._transport.channel, "error": name_of_error(error)}
        logger.warning("the lane waits for the store", extra=about)

    @asynccontextmanager
    async def _turn(self, delivery: Delivery) -> AsyncIterator[None]:
        """Wait until it may be sent; reminders leave one place to what somebody waits for."""
        async with AsyncExitStack() as turn:
            if isinstance(delivery.message, ReminderMessage):
                await turn.enter_async_context(self._reminding)
            await turn.enter_async_context(self._sending)
            yield

    async def _send(self, delivery: Delivery, flight: AsyncExitStack) -> Outcome:
        left = False

        async def before_send() -> bool:
            nonlocal left
            await flight.enter_async_context(self._in_flight)
            if self.store_fails:
                raise StoreError("it failed others")
            left = await self._recorder.mark(delivery)
            return left

        try:
            return await self._transport.send(delivery, before_send)
        except StoreError:
            self.store_fails = True
            return Later(reason="store", after=_AT_ONCE)
        except Exception as error:
            logger.exception("an attempt failed by a fault of ours", extra=facts_of(delivery))
            return Later(reason=f"error-{type(error).__name__}", doubt=left)

    def _result(self, delivery: Delivery, outcome: Outcome, begun: int) -> Result:
        pause, channel = _AT_ONCE, self._transport.channel.value
        ready: Mapping[int, timedelta] = {}
        news: Note | None = None
        match outcome:
            case LaneFault():
                pause = self._health.fault(outcome)
                tell = self._health.should_tell(outcome)
                news = lane_down(delivery, outcome) if tell else None
            case Refused():
                outcome, news = self._refusals.judged(delivery, outcome, begun)
            case Sent():
                told = [self._health.success(), self._stall.success()]
                news = LaneMended(channel=channel) if any(told) else None
                ready = self._refusals.judge.success(delivery, begun)
            case Later(after=timedelta() as span, alone=True):
                self._alarm.set(span)
            case Later(after=timedelta() as span):
                self._health.hold(span)
            case Later():
                tell = self._stall.put_off(delivery, outcome.reason)
                news = lane_stalled(delivery, outcome) if tell else None
        return Result(
            delivery=delivery,
            outcome=outcome,
            settlement=self._settlement(delivery, outcome, pause),
            news=news,
            ready=ready,
        )

    def _settlement(self, delivery: Delivery, outcome: Outcome, pause: timedelta) -> Settlement:
        return settlement(
            delivery,
            outcome,
            now=self._clock.now(),
            pause=pause,
            policy=self._policy,
            randomness=self._randomness,
        )
