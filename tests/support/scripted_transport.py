"""Lanes over a far end that does as it is told."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.clock import Clock
from bot.delivery.lane import Lane, LaneSettings
from bot.delivery.outcome import Abandoned, Outcome, Sent
from bot.delivery.transport import BeforeSend, Transport
from bot.letters import Channel
from bot.operator import Operator
from bot.precedence import Precedence
from bot.store.database import Database
from bot.store.deliveries import Delivery
from tests.support.sealed_letters import SEOUL
from tests.support.watched import Gate

OPERATOR = 999


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What becomes of one attempt: whether it arrives, and what is said of it.

    `comes_to_send`: the attempt comes as far as the bytes; `gate` holds its answer back.
    """

    outcome: Outcome | Exception = field(default_factory=Sent)
    arrives: bool = True
    comes_to_send: bool = True
    gate: Gate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One call of a transport, as the far end saw it."""

    delivery: Delivery
    answer: Answer
    departed: bool

    @property
    def arrived(self) -> bool:
        """Return whether the far end has it, whatever it said."""
        return self.departed and self.answer.arrives


class ScriptedTransport:
    """A far end that answers the next attempts as told, and takes all others."""

    at_once = under_way = claimed_together = 4

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.answers: deque[Answer] = deque()
        self.attempts: list[Attempt] = []
        self.on_departure: Callable[[Delivery], None] = _ignore
        self.rests = 0
        self.closed = False

    @property
    def arrived(self) -> list[Delivery]:
        """Return what arrived, in order."""
        return [attempt.delivery for attempt in self.attempts if attempt.arrived]

    def hold(self, answer: Answer | None = None) -> Gate:
        """Let an answer, by default a yes, wait at a gate once its attempt comes."""
        gate = Gate()
        self.answers.append(replace(answer or Answer(), gate=gate))
        return gate

    async def turn(self) -> timedelta:
        """Return at once."""
        return timedelta()

    async def send(self, delivery: Delivery, before_send: BeforeSend) -> Outcome:
        """Answer an attempt."""
        answer = self.answers.popleft() if self.answers else Answer()
        await asyncio.sleep(0)  # a network lets others run
        off = answer.comes_to_send and await before_send()
        if off:
            self.on_departure(delivery)
        self.attempts.append(Attempt(delivery=delivery, answer=answer, departed=off))
        if answer.gate is not None:
            await answer.gate.pass_through()
        if answer.comes_to_send and not off:
            return Abandoned()
        if isinstance(answer.outcome, Exception):
            raise answer.outcome
        return answer.outcome

    async def rest(self) -> None:
        """Count the calls."""
        self.rests += 1

    async def close(self) -> None:
        """Remember that it was called."""
        self.closed = True


def lane_of(
    transport: Transport,
    database: Database,
    clock: Clock,
    *,
    settings: LaneSettings | None = None,
    operator: int | None = OPERATOR,
    wake: Callable[[], None] = lambda: None,
    seed: int = 1,
    precedence: Precedence | None = None,
) -> Lane:
    """Return a lane over a transport."""
    return Lane(
        transport,
        precedence=precedence or Precedence(),
        database=database,
        clock=clock,
        operator=Operator(chat_id=operator, zone=SEOUL),
        settings=settings or LaneSettings(),
        randomness=random.Random(seed),  # noqa: S311 - jitter is no secret
        wake=wake,
    )


def _ignore(_: Delivery) -> None:
    """Let a delivery pass by."""
