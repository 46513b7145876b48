"""Lanes over a far end that does as it is told."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.delivery.lane import Lane, LaneSettings
from bot.delivery.outcome import Abandoned, Outcome, Sent
from bot.delivery.transport import BeforeSend, Transport
from bot.letters import Channel, reminders
from bot.operator import Operator
from bot.store import addresses, letters, people
from bot.store.database import Database, Session, Transaction
from bot.store.deliveries import Delivery
from bot.store.letters import Sealing
from bot.text import Words
from tests.support.watched import Gate

SEOUL = ZoneInfo("Asia/Seoul")
OPERATOR = 999
DAYS = (7, 30)


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

    at_once = 4

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
) -> Lane:
    """Return a lane over a transport."""
    return Lane(
        transport,
        database=database,
        clock=clock,
        operator=Operator(chat_id=operator, zone=SEOUL),
        settings=settings or LaneSettings(),
        randomness=random.Random(seed),  # noqa: S311 - jitter is no secret
        wake=wake,
    )


async def seal_letter(
    tx: Transaction, clock: Clock, *, number: int = 1, person_id: int = 1, text: str = "run"
) -> None:
    """Seal a letter of that person, its `number` being the message that brought it.

    Its address is confirmed.
    """
    now = clock.now()
    person = await people.upsert_person(tx, person_id, language="en", zone=SEOUL, now=now)
    address = await addresses.use(tx, person_id, f"p{person_id}@example.com", now)
    await addresses.note_confirmed(tx, address.id, now)
    sealing = Sealing(
        person=person,
        chat_id=person_id,
        message_id=number,
        update_id=number,
        words=Words(text),
        address=replace(address, confirmed=True),
        sealed_at=now,
    )
    await letters.seal(tx, sealing, reminders(now, DAYS, person.zone))


async def seal_letters(database: Database, clock: Clock, count: int) -> None:
    """Seal so many letters of as many people."""
    async with database.transaction() as tx:
        for number in range(1, count + 1):
            await seal_letter(tx, clock, number=number, person_id=number)


async def contents(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, but for random tokens, to compare a store with another."""
    tables = await session.all(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        " ORDER BY name"
    )
    return {table["name"]: await _rows(session, table["name"]) for table in tables}


async def _rows(session: Session, table: str) -> list[tuple[object, ...]]:
    rows = await session.all(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - a name of ours
    kept = [dict(row) for row in rows if row[0] != "pepper"]
    return [tuple(value for key, value in row.items() if key not in _RANDOM) for row in kept]


_RANDOM = {
    *("token", "exact_key", "mailbox_key", "legacy_key", "wide_key", "domain_key", "person_key"),
}


def _ignore(_: Delivery) -> None:
    """Let a delivery pass by."""
