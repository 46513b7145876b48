"""One channel's work: claim what is due, send it, settle it, until nothing is due."""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from bot.clock import Clock
from bot.delivery.followups import follow_up
from bot.delivery.health import Health
from bot.delivery.outcome import Abandoned, Blame, LaneFault, Later, Outcome, Refused, Sent
from bot.delivery.retry import RetryPolicy
from bot.delivery.settling import settlement
from bot.delivery.transport import Transport
from bot.letters import NOTES, Channel, Delivery, Kind, State
from bot.operator import Operator
from bot.store import outbox
from bot.store.database import Database, StoreError, Transaction
from bot.store.outbox import Settlement

logger = logging.getLogger(__name__)

_AT_ONCE = timedelta()
_ATTEMPTS = {Channel.EMAIL: 4, Channel.CHAT: 400}
"""How many are under way at most. On the chat channel the call budget says when one begins, so that
slow answers don't lower its rate."""

_SHORT_HOLD = 60.0  # seconds that a lane waits out itself; after a longer one the sweep wakes it


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSettings:
    """How a lane works. A lease outlasts the longest attempt.

    `attempts` is how many may be under way at once, where it isn't what suits each channel.
    """

    attempts: int | None = None
    lease: timedelta = timedelta(minutes=10)
    policy: RetryPolicy = field(default_factory=RetryPolicy)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """An attempt's end, ready to be written."""

    delivery: Delivery
    outcome: Outcome
    settlement: Settlement
    news: Kind | None = None


class Lane:
    """Takes one channel's deliveries from the outbox and settles them.

    What was sent but couldn't be settled, for want of disk space say, is kept in memory and settled
    before anything else is claimed. A store that fails ends the round, and the next sweep goes on.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        database: Database,
        clock: Clock,
        operator: Operator,
        settings: LaneSettings,
        randomness: random.Random,
        on_news: Callable[[], None],
    ) -> None:
        self.channel = transport.channel
        self.health = Health(transport.channel, clock)
        self._transport = transport
        self._database = database
        self._clock = clock
        self._operator = operator
        self._settings = settings
        self._room = asyncio.Semaphore(_attempts(settings, transport.channel))
        self._under_way = 0
        self._woken = False
        self._stir = asyncio.Event()
        self._alarms: set[asyncio.Task[None]] = set()
        self._randomness = randomness
        self._on_news = on_news
        self._live: set[int] = set()
        self._unsettled: dict[int, _Result] = {}
        self._stopping = False
        self._store_fails = False

    async def drain(self) -> None:
        """Send what is due until nothing is, or the lane must stand still. Raises StoreError."""
        await self._transport.rest()
        await self._settle_leftovers()
        await self._rescue()
        self._store_fails = False
        while not self._stopping:
            async with asyncio.TaskGroup() as attempts:
                await self._begin_attempts(attempts)
            hold = self.health.held_for
            if self._store_fails or self.health.trouble or not 0 < hold <= _SHORT_HOLD:
                return
            await self._clock.sleep(hold)

    def stop(self) -> None:
        """Claim nothing more."""
        self._stopping = True

    async def close(self) -> None:
        """Let go of the far end."""
        for alarm in self._alarms:
            alarm.cancel()
        await self._transport.close()

    def wake(self) -> None:
        """Look once more for what is due, should attempts be under way; `drain` looks by itself."""
        self._woken = True
        self._stir.set()

    async def _begin_attempts(self, attempts: asyncio.TaskGroup) -> None:
        """Claim and begin one attempt after another, as long as there is something to claim.

        Nothing that falls due meanwhile waits for the attempts under way, however long they take.
        """
        try:
            looking = True
            while looking:
                self._woken = False
                while delivery := await self._next():
                    self._under_way += 1
                    attempts.create_task(self._deliver_in_room(delivery))
                looking = await self._is_woken()
        except StoreError as error:
            self._note_store_fails(error)

    async def _is_woken(self) -> bool:
        """Return, once that is so, that the lane was woken; False if all attempts end before."""
        while self._under_way and not self._woken:
            self._stir.clear()
            await self._stir.wait()
        return self._woken and not self._store_fails

    async def _next(self) -> Delivery | None:
        """Return what is to be delivered next, once there is room and the far end's turn for it."""
        await self._room.acquire()
        delivery = None
        try:
            if await self._may_begin():
                delivery = await self._claim()
        finally:
            if delivery is None:
                self._room.release()
        return delivery

    async def _may_begin(self) -> bool:
        """Return whether something is due and the far end takes it; its turn may be waited for."""
        if self.health.held_for or self._stopping or self._store_fails:
            return False
        if not await outbox.is_due(self._database.reader, self.channel, self._clock.now()):
            return False
        if held := await self._transport.turn():
            self.health.hold(held)
        return not self.health.held_for

    async def _deliver_in_room(self, delivery: Delivery) -> None:
        """Deliver. A store that fails ends this attempt, and no other that is under way."""
        try:
            await self._deliver(delivery)
        except StoreError as error:
            self._note_store_fails(error)
        finally:
            self._room.release()
            self._under_way -= 1
            self._stir.set()

    def _note_store_fails(self, error: StoreError) -> None:
        if self._store_fails:
            return
        self._store_fails = True
        about = {"channel": self.channel, "error": type(error).__name__}
        logger.warning("the lane waits for the store", extra=about)

    def _wake_after(self, span: timedelta) -> None:
        """Have the lane look again after a wait of one delivery's own."""
        alarm = asyncio.create_task(self._ring(span), name=f"alarm:{self.channel}")
        self._alarms.add(alarm)
        alarm.add_done_callback(self._alarms.discard)

    async def _ring(self, span: timedelta) -> None:
        await self._clock.sleep(span.total_seconds())
        self._on_news()

    async def _claim(self) -> Delivery | None:
        async with self._database.transaction() as tx:
            # Asked now, not while this one waited its turn.
            if self._stopping or self._store_fails:
                return None
            now = self._clock.now()
            return await outbox.claim(tx, self.channel, now, self._settings.lease)

    async def _deliver(self, delivery: Delivery) -> None:
        self._live.add(delivery.id)
        try:
            outcome = await self._attempt(delivery)
            if isinstance(outcome, Abandoned):
                logger.info("an attempt was given up before it left", extra=_about(delivery))
                return
            result = self._judge(delivery, outcome)
            self._unsettled[delivery.id] = result
            await self._settle(result)
        finally:
            if delivery.id not in self._unsettled:
                self._live.discard(delivery.id)

    async def _attempt(self, delivery: Delivery) -> Outcome:
        left = False

        async def before_send() -> bool:
            nonlocal left
            async with self._database.transaction() as tx:
                left = await outbox.mark_in_flight(tx, delivery)
            return left

        try:
            return await self._transport.send(delivery, before_send)
        except StoreError:
            self._store_fails = True
            return Later(reason="store", after=_AT_ONCE)
        except Exception as error:
            logger.exception("an attempt failed by a fault of ours", extra=_about(delivery))
            return Later(reason=f"error-{type(error).__name__}", doubt=left)

    def _judge(self, delivery: Delivery, outcome: Outcome) -> _Result:
        pause, news = _AT_ONCE, None
        match outcome:
            case LaneFault() if self.health.is_own_fault(delivery.id, outcome):
                outcome = Refused(reason=outcome.reason, blame=Blame.ADDRESS)
            case LaneFault():
                alone = self.health.is_alone(delivery.id, outcome)
                pause = self.health.fault(outcome, alone=alone)
                tell = self.health.should_tell(outcome, alone=alone)
                news = Kind.LANE_DOWN if tell else None
            case Sent() | Refused():
                news = Kind.LANE_MENDED if self.health.success() else None
            case Later(after=timedelta() as span, alone=True):
                self._wake_after(span)
            case Later(after=timedelta() as span):
                self.health.hold(span)
        return _Result(
            delivery=delivery,
            outcome=outcome,
            settlement=self._settlement(delivery, outcome, pause),
            news=news,
        )

    def _settlement(self, delivery: Delivery, outcome: Outcome, pause: timedelta) -> Settlement:
        return settlement(
            delivery,
            outcome,
            now=self._clock.now(),
            pause=pause,
            policy=self._settings.policy,
            randomness=self._randomness,
        )

    async def _settle(self, result: _Result) -> None:
        async with self._database.transaction(urgent=True) as tx:
            landed = await self._write(tx, result)
        self._unsettled.pop(result.delivery.id, None)
        _log(result, landed=landed)
        if result.news or (landed and result.settlement.state is State.FAILED):
            self._on_news()

    async def _write(self, tx: Transaction, result: _Result) -> bool:
        """Write what an attempt came to; news of the lane stand even if the delivery is gone."""
        landed = await outbox.settle(tx, result.delivery, result.settlement)
        if landed:
            await follow_up(tx, result.delivery, result.outcome, result.settlement)
        if result.news:
            params = {"channel": self.channel.value, "reason": result.settlement.reason or ""}
            key = f"{result.news}:{result.delivery.id}:{result.delivery.attempt}"
            await self._operator.tell(tx, result.news, key, params, result.settlement.at)
        return landed

    async def _settle_leftovers(self) -> None:
        for result in list(self._unsettled.values()):
            await self._settle(result)
            self._live.discard(result.delivery.id)

    async def _rescue(self) -> None:
        """Take over what workers that are gone had claimed, and what the clock left behind."""
        now, lease = self._clock.now(), self._settings.lease
        async with self._database.transaction() as tx:
            await outbox.bring_forward(tx, self.channel, now, now + self._settings.policy.longest)
            await outbox.rescue_claims(tx, self.channel, now, lease, self._live)
            for delivery in await outbox.lost_in_flight(tx, self.channel, now, lease, self._live):
                doubt = delivery.kind not in NOTES
                outcome = Later(reason="lost-in-flight", after=_AT_ONCE, doubt=doubt)
                end = self._settlement(delivery, outcome, _AT_ONCE)
                result = _Result(delivery=delivery, outcome=outcome, settlement=end)
                _log(result, landed=await self._write(tx, result))


def _attempts(settings: LaneSettings, channel: Channel) -> int:
    return _ATTEMPTS[channel] if settings.attempts is None else settings.attempts


def _log(result: _Result, *, landed: bool) -> None:
    """Log how an attempt ended; of one that went well only whoever looks closely hears."""
    about, end = _about(result.delivery), result.settlement
    if not landed:
        logger.warning("an attempt came too late", extra=about)
    elif end.state is State.SENT:
        logger.debug("a delivery was sent", extra=about)
    else:
        about |= {"state": end.state, "reason": end.reason}
        logger.info("a delivery was not sent", extra=about)


def _about(delivery: Delivery) -> dict[str, object]:
    return {
        "channel": delivery.channel,
        "delivery": delivery.id,
        "kind": delivery.kind,
        "attempt": delivery.attempt,
    }
