"""One channel's work: claim what is due, and begin its attempts side by side, until none is."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.delivery.attempts import Attempts
from bot.delivery.health import Alarm, Health
from bot.delivery.retry import RetryPolicy
from bot.delivery.transport import Transport
from bot.messages.reminder import ReminderMessage
from bot.operator import Operator
from bot.precedence import Precedence
from bot.store import claims
from bot.store.database import Database, StoreError
from bot.store.deliveries import Delivery

_RESERVE = 10  # one in so many places is for what is no reminder
_AT_LEAST = 6  # a sixth of what may be claimed together is waited for
_SHORT_HOLD = 60.0  # seconds that a lane waits out itself; after a longer one the sweep wakes it


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSettings:
    """How a lane works. A lease outlasts the longest attempt.

    `attempts` is how many may be under way at once, where it isn't what suits each transport.
    """

    attempts: int | None = None
    lease: timedelta = timedelta(minutes=20)
    policy: RetryPolicy = field(default_factory=RetryPolicy)


class Lane:
    """Takes one channel's deliveries from the outbox.

    What was sent but couldn't be settled is settled before anything else is claimed. A store that
    fails ends the drain, and the next sweep goes on. `wake` is called when a wait is over,
    `on_next_due` at each look that finds nothing due, with the moment at which something will be.
    """

    on_next_due: Callable[[datetime], None]

    def __init__(
        self,
        transport: Transport,
        *,
        database: Database,
        clock: Clock,
        operator: Operator,
        precedence: Precedence,
        settings: LaneSettings,
        randomness: random.Random,
        wake: Callable[[], None],
    ) -> None:
        self.channel = transport.channel
        self.health = Health(transport.channel, clock)
        self.on_next_due = _ignore
        self._transport = transport
        self._database = database
        self._clock = clock
        self._settings = settings
        self._room = settings.attempts or transport.under_way
        self._reserve = self._room // _RESERVE
        self._together = max(min(self._room, transport.claimed_together) // _AT_LEAST, 1)
        self._others_may_be_due = True
        self._under_way = self._reminders = 0
        self._more = False
        self._woken = False
        self._stir = asyncio.Event()
        self._stopping = False
        self._alarm = Alarm(clock, wake)
        self._attempts = Attempts(
            transport,
            database=database,
            clock=clock,
            health=self.health,
            operator=operator,
            precedence=precedence,
            policy=settings.policy,
            randomness=randomness,
            alarm=self._alarm,
            stands_still=self._stands_still,
        )

    async def drain(self) -> None:
        """Send what is due until nothing is, or the lane must stand still. Raises StoreError."""
        await self._transport.rest()
        await self._attempts.settle_leftovers()
        await self._attempts.take_over(self._settings.lease)
        self._attempts.store_fails = False
        while not self._stopping:
            async with asyncio.TaskGroup() as attempts:
                await self._begin_attempts(attempts)
            hold = self.health.held_for
            if self.health.trouble and 0 < hold < _SHORT_HOLD:
                self._alarm.set(timedelta(seconds=hold))
            if self._attempts.store_fails or self.health.trouble or not 0 < hold <= _SHORT_HOLD:
                return
            await self._clock.sleep(hold)

    def stop(self) -> None:
        """Claim nothing more."""
        self._stopping = True

    async def close(self) -> None:
        """Close the transport."""
        self._alarm.close()
        await self._attempts.close()
        await self._transport.close()

    def wake(self) -> None:
        """Look once more for what is due, should attempts be under way; `drain` looks by itself."""
        self._woken = self._others_may_be_due = True
        self._stir.set()

    async def _begin_attempts(self, attempts: asyncio.TaskGroup) -> None:
        """Claim and begin attempts, as many as there is room for, as long as something is due.

        Nothing that falls due meanwhile waits for the attempts under way, however long they take.
        """
        try:
            looking = True
            while looking:
                self._woken = False
                while claimed := await self._next():
                    for delivery in claimed:
                        self._count(delivery, 1)
                        attempts.create_task(self._deliver(delivery))
                looking = await self._is_woken()
        except StoreError as error:
            self._attempts.note_store_fails(error)

    async def _is_woken(self) -> bool:
        """Return, once that is so, that the lane was woken; False if all attempts end before."""
        while self._under_way and not self._woken:
            self._stir.clear()
            await self._stir.wait()
        return self._woken and not self._attempts.store_fails

    async def _next(self) -> list[Delivery]:
        """Return what is to be delivered next, once there is room and the far end's turn for it."""
        while True:
            await self._have_room()
            if not await self._may_begin():
                return []
            if claimed := await self._claim():
                return claimed

    async def _have_room(self) -> None:
        """Return once there is room for what is due; reminders leave some to all others.

        They wait until there is room for several, which are claimed together.
        """
        while not self._stands_still():
            self._stir.clear()
            if self._room_for_reminders >= self._together:
                return
            if self._under_way < self._room and await self._are_others_due():
                return
            await self._stir.wait()

    async def _are_others_due(self) -> bool:
        """Return whether anything but reminders is due; asked only if that may have changed."""
        if self._others_may_be_due:
            self._others_may_be_due = False
            self._others_may_be_due = await self._is_due(but_reminders=True)
        return self._others_may_be_due

    @property
    def _room_for_reminders(self) -> int:
        return min(self._room - self._reserve - self._reminders, self._room - self._under_way)

    def _count(self, delivery: Delivery, number: int) -> None:
        self._under_way += number
        if isinstance(delivery.message, ReminderMessage):
            self._reminders += number

    async def _may_begin(self) -> bool:
        """Return whether something is due and the far end takes it; its turn may be waited for.

        A far end that refuses everybody is tried with one at a time: whoever then gets through
        shows that the others were refused for themselves.
        """
        if self._stands_still() or self._attempts.store_fails:
            return False
        if self.health.refuses and self._under_way:
            return False
        if not (self._more or await self._is_due()):
            return False
        if held := await self._transport.turn():
            self.health.hold(held)
        return not self.health.held_for

    def _stands_still(self) -> bool:
        return self._stopping or self.health.held_for > 0

    async def _is_due(self, *, but_reminders: bool = False) -> bool:
        session = self._database.reader
        moment = await claims.next_due(session, self.channel, but_reminders=but_reminders)
        if moment is None or moment <= self._clock.now():
            return moment is not None
        self.on_next_due(moment)
        return False

    async def _deliver(self, delivery: Delivery) -> None:
        """Make an attempt; a store that fails ends it, and no other that is under way."""
        probes = self.health.refuses
        try:
            await self._attempts.make(delivery)
        except StoreError as error:
            self._attempts.note_store_fails(error)
        finally:
            self._count(delivery, -1)
            self._woken = self._woken or probes
            self._stir.set()

    async def _claim(self) -> list[Delivery]:
        self._more = False
        async with self._database.transaction() as tx:
            # Asked now, not while this one waited its turn.
            if self._stopping or self._attempts.store_fails:
                return []
            now, lease = self._clock.now(), self._settings.lease
            if self.health.refuses:
                return await claims.probe(tx, self.channel, now, lease)
            most = min(self._room - self._under_way, self._transport.claimed_together)
            reminders = self._room_for_reminders
            claimed = await claims.claim(
                tx, self.channel, now, lease, most=most, reminders=reminders
            )
        self._more = len(claimed) >= min(most, reminders)
        self._others_may_be_due = self._others_may_be_due or len(claimed) == most
        return claimed


def _ignore(_: datetime) -> None:
    """Tell nobody."""
