"""The posting side alone: the real lanes over a store in a file, without the conversation."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from telegram import Bot

from bot.botapi.budget import CallBudget, Rates
from bot.delivery.health import Health
from bot.delivery.lane import Lane
from bot.delivery.lane_runner import LaneRunner
from bot.delivery.report import Reporter
from bot.delivery.setup import DeliverySide
from bot.letters import Channel, State
from bot.messages.reminder import ReminderMessage
from bot.operator import Operator
from bot.precedence import Precedence
from bot.settings import SmtpSettings
from bot.store import leases
from bot.store.database import Database, from_text
from bot.text import Words
from bot.tuning import Tuning
from tests.support.clock import ManualClock
from tests.support.languages import ENGLISH
from tests.support.sealed_letters import DAY_7, SEOUL, WORDS, seal, seal_many

BOT_LINK = "https://t.me/slow_mailbox_bot"
ADMIN = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """Where a delivery stands, as the database has it."""

    id: int
    kind: str
    person_id: int
    state: State
    due_at: datetime
    next_at: datetime
    attempt: int
    failures: int
    doubts: int
    reason: str | None
    sent_at: datetime | None

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Self:
        """Build the record from a row of `deliveries`."""
        return cls(
            id=row["id"],
            kind=row["kind"],
            person_id=row["person_id"],
            state=State(row["state"]),
            due_at=from_text(row["due_at"]),
            next_at=from_text(row["next_at"]),
            attempt=row["attempt"],
            failures=row["failures"],
            doubts=row["doubts"],
            reason=row["reason"],
            sent_at=from_text(row["sent_at"]) if row["sent_at"] else None,
        )


@dataclass(slots=True, kw_only=True)
class Lanes:
    """A posting side at work, and what a test asks of it."""

    clock: ManualClock
    database: Database
    lanes: dict[Channel, Lane]
    lane_runner: LaneRunner
    reporter: Reporter

    def health(self, channel: Channel) -> Health:
        """Return a lane's standing."""
        return self.lanes[channel].health

    def go_only_when_swept(self) -> None:
        """Let no commit set the lanes going from now on."""
        self.database.on_due = lambda: None

    async def sweep(self) -> None:
        """Set the lanes going and return once both have done what they can."""
        await self.lane_runner.sweep()
        await self.lane_runner.idle()

    async def sweep_in_time(self, step: timedelta) -> None:
        """Sweep, and let time pass step by step while a lane waits for it."""
        self.lane_runner.wake()
        done = asyncio.ensure_future(self.lane_runner.idle())
        while not done.done():
            asleep = asyncio.ensure_future(self.clock.asleep())
            await asyncio.wait({done, asleep}, return_when=asyncio.FIRST_COMPLETED)
            asleep.cancel()
            self.clock.advance(step if asleep.done() else timedelta())
        await done

    async def sweep_while_asleep(self) -> None:
        """Set the lanes going where the chat lane sleeps on the clock, and let the mail finish."""
        self.lane_runner.wake()
        for _ in range(50):
            await self.database.reader.one("SELECT 1")

    async def pass_time(self, by: timedelta, *, step: timedelta = timedelta(minutes=1)) -> None:
        """Let time pass with a sweep after each `step`."""
        until = self.clock.now() + by
        while (rest := until - self.clock.now()) > timedelta():
            self.clock.advance(min(step, rest))
            await self.sweep()

    async def seal(
        self,
        person_id: int = 1,
        *,
        words: Words | str = WORDS,
        sealed_at: datetime | None = None,
        days: tuple[int, ...] = (7,),
        language: str = "en",
    ) -> None:
        """Seal a letter; by default seven days ago, so that its only reminder is due now."""
        async with self.database.transaction() as tx:
            await seal(
                tx,
                person_id,
                words=Words(words) if isinstance(words, str) else words,
                sealed_at=sealed_at or self.clock.now() - DAY_7,
                days=days,
                language=language,
            )

    async def seal_many(self, number: int) -> None:
        """Let so many people have a letter each whose only reminder is due now."""
        async with self.database.transaction() as tx:
            await seal_many(tx, number, sealed_at=self.clock.now() - DAY_7)

    async def rows_of(
        self, channel: Channel, kind: str = ReminderMessage.kind
    ) -> list[DeliveryRow]:
        """Return where the deliveries of a kind stand, the earliest owed first."""
        rows = await self.database.reader.all(
            "SELECT * FROM deliveries WHERE channel = :channel AND kind = :kind ORDER BY id",
            channel=channel,
            kind=kind,
        )
        return [DeliveryRow.from_row(row) for row in rows]

    async def row_of(self, channel: Channel, kind: str = ReminderMessage.kind) -> DeliveryRow:
        """Return where the only delivery of a kind stands."""
        [row] = await self.rows_of(channel, kind)
        return row


@asynccontextmanager
async def open_lanes(
    path: Path,
    *,
    clock: ManualClock,
    smtp: SmtpSettings,
    bot: Bot,
    tuning: Tuning,
    admin: int | None = ADMIN,
    alone: bool = True,
) -> AsyncIterator[Lanes]:
    """Open the posting side over a store; leaving cuts off what is under way.

    `alone`: as at the program's start, leases of earlier workers are ended.
    """
    database = await Database.open(path)
    if alone:
        async with database.transaction() as tx:
            await leases.expire_leases(tx, clock.now())
    side = DeliverySide(
        precedence=Precedence(),
        database=database,
        clock=clock,
        operator=Operator(chat_id=admin, zone=SEOUL),
        language=ENGLISH,
        smtp=smtp,
        bot=bot,
        bot_link=lambda: BOT_LINK,
        lane=tuning.lane,
        budget=CallBudget(clock, tuning.rates or Rates()),
        limits=tuning.limits,
        seed=7,
    )
    try:
        yield Lanes(
            clock=clock,
            database=database,
            lanes={lane.channel: lane for lane in side.lanes},
            lane_runner=side.lane_runner,
            reporter=side.reporter,
        )
    finally:
        await side.lane_runner.stop(0)
        await database.close()
