"""Attempts: send what is claimed, and settle it by what came of that."""

import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.clock import Clock
from bot.delivery.followups import follow_up
from bot.delivery.health import Alarm, Health
from bot.delivery.news import News
from bot.delivery.outcome import Abandoned, LaneFault, Later, Outcome, Refused, Sent
from bot.delivery.refusals import Refusals, lane_down, lane_stalled
from bot.delivery.retry import RetryPolicy
from bot.delivery.settling import settlement
from bot.delivery.stall import Stall
from bot.delivery.transport import Transport
from bot.letters import State
from bot.messages.message import Note
from bot.messages.operator_notes import LaneMended
from bot.operator import Operator
from bot.store import claims, leases
from bot.store.claims import Settlement
from bot.store.database import Database, StoreError, Transaction, name_of_error
from bot.store.deliveries import Delivery

logger = logging.getLogger(__name__)

_AT_ONCE = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """An attempt's end, ready to be written.

    `news` is for the operator; `ready` says which other deliveries to try again, and when.
    """

    delivery: Delivery
    outcome: Outcome
    settlement: Settlement
    news: Note | None = None
    ready: Mapping[int, timedelta] = field(default_factory=dict)


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
        policy: RetryPolicy,
        randomness: random.Random,
        alarm: Alarm,
    ) -> None:
        self.store_fails = False
        self._transport = transport
        self._database = database
        self._clock = clock
        self._health = health
        self._news = News(transport.channel, operator)
        self._policy = policy
        self._randomness = randomness
        self._alarm = alarm
        self._refusals = Refusals(
            transport.channel, clock=clock, health=health, policy=policy, alarm=alarm
        )
        self._stall = Stall(transport.channel)
        self._live: set[int] = set()
        self._unsettled: dict[int, _Result] = {}

    async def make(self, delivery: Delivery) -> None:
        """Send a claimed delivery and settle it. Raises StoreError."""
        self._live.add(delivery.id)
        begun = self._refusals.judge.begin()
        try:
            outcome = await self._send(delivery)
            if isinstance(outcome, Abandoned):
                logger.info("an attempt was given up before it left", extra=_about(delivery))
                return
            result = self._result(delivery, outcome, begun)
            self._unsettled[delivery.id] = result
            await self._settle(result)
        finally:
            if delivery.id not in self._unsettled:
                self._live.discard(delivery.id)

    async def settle_leftovers(self) -> None:
        """Settle what the store didn't take before. Raises StoreError."""
        for result in list(self._unsettled.values()):
            await self._settle(result)
            self._live.discard(result.delivery.id)

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
                result = _Result(delivery=delivery, outcome=outcome, settlement=end)
                _log(result, landed=await self._write(tx, result))

    def note_store_fails(self, error: StoreError) -> None:
        """Note that the store has failed; logged once."""
        if self.store_fails:
            return
        self.store_fails = True
        about = {"channel": self._transport.channel, "error": name_of_error(error)}
        logger.warning("the lane waits for the store", extra=about)

    async def _send(self, delivery: Delivery) -> Outcome:
        left = False

        async def before_send() -> bool:
            nonlocal left
            async with self._database.transaction() as tx:
                left = await claims.mark_in_flight(tx, delivery)
            return left

        try:
            return await self._transport.send(delivery, before_send)
        except StoreError:
            self.store_fails = True
            return Later(reason="store", after=_AT_ONCE)
        except Exception as error:
            logger.exception("an attempt failed by a fault of ours", extra=_about(delivery))
            return Later(reason=f"error-{type(error).__name__}", doubt=left)

    def _result(self, delivery: Delivery, outcome: Outcome, begun: int) -> _Result:
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
        return _Result(
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

    async def _settle(self, result: _Result) -> None:
        async with self._database.transaction(urgent=True) as tx:
            landed = await self._write(tx, result)
        self._unsettled.pop(result.delivery.id, None)
        _log(result, landed=landed)

    async def _write(self, tx: Transaction, result: _Result) -> bool:
        """Write what an attempt came to; news of the lane stand even if the delivery is gone."""
        landed = await claims.settle(tx, result.delivery, result.settlement)
        if landed:
            await follow_up(tx, result.delivery, result.outcome, result.settlement)
        for delivery_id, wait in result.ready.items():
            await claims.try_again(tx, delivery_id, result.settlement.at + wait)
        key = f"{result.delivery.id}:{result.delivery.attempt}"
        if result.news:
            await self._news.tell(tx, result.news, key, result.settlement.at)
        elif isinstance(result.outcome, Sent):
            await self._news.note_success(tx, key, result.settlement.at)
        return landed


def _log(result: _Result, *, landed: bool) -> None:
    """Log how an attempt ended; whoever looks closely hears too of what went well, or waits."""
    about, end = _about(result.delivery), result.settlement
    if not landed:
        logger.warning("an attempt came too late", extra=about)
    elif end.state is State.SENT:
        logger.debug("a delivery was sent", extra=about)
    else:
        about |= {"state": end.state, "reason": end.reason}
        its_turn = isinstance(result.outcome, Later) and result.outcome.alone
        level = logging.DEBUG if its_turn else logging.INFO
        logger.log(level, "a delivery was not sent", extra=about)


def _about(delivery: Delivery) -> dict[str, object]:
    return {
        "channel": delivery.channel,
        "delivery": delivery.id,
        "kind": delivery.message.kind,
        "attempt": delivery.attempt,
    }
