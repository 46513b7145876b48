"""The posting side alone: the real lanes over a store in a file, without the conversation."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from telegram import Bot
from telegram.request import BaseRequest, HTTPXRequest

from bot.app import Tuning
from bot.config import Security, SmtpSettings
from bot.delivery.chat import ChatTransport
from bot.delivery.email import EmailTransport
from bot.delivery.health import Health
from bot.delivery.lane import Lane, LaneSettings
from bot.delivery.operator import Operator
from bot.delivery.pace import Rates
from bot.delivery.postman import Postman
from bot.delivery.report import Reporter
from bot.delivery.smtp import Limits
from bot.letters import Channel, Kind, State
from bot.local.request import LocalRequest
from bot.local.telegram import Telegram
from bot.locales import Language, catalog
from bot.store import outbox
from bot.store.database import Database, from_text
from bot.words import Words
from tests.support.bot_api import BotApiServer
from tests.support.clock import ManualClock
from tests.support.house import UNPACED
from tests.support.sealed_letters import DAY_7, SEOUL, WORDS, seal, seal_many
from tests.support.smtpd import ScriptedSmtp

BOT_LINK = "https://t.me/slow_mailbox_bot"
ADMIN = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """Where a delivery stands, as the database has it."""

    id: int
    kind: Kind
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
            kind=Kind(row["kind"]),
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
class Posting:
    """A posting side at work, and what a test asks of it."""

    clock: ManualClock
    database: Database
    lanes: dict[Channel, Lane]
    postman: Postman
    reporter: Reporter

    def health(self, channel: Channel) -> Health:
        """Give a lane's standing."""
        return self.lanes[channel].health

    async def sweep(self) -> None:
        """Set the lanes going and return once both have done what they can."""
        await self.postman.sweep()
        await self.postman.idle()

    async def sweep_in_time(self, step: timedelta) -> None:
        """Sweep, and let time pass step by step while a lane waits for it."""
        self.postman.wake()
        done = asyncio.ensure_future(self.postman.idle())
        while not done.done():
            asleep = asyncio.ensure_future(self.clock.asleep())
            await asyncio.wait({done, asleep}, return_when=asyncio.FIRST_COMPLETED)
            asleep.cancel()
            self.clock.advance(step if asleep.done() else timedelta())
        await done

    async def sweep_while_asleep(self) -> None:
        """Set the lanes going where the chat lane sleeps on the clock, and let the mail finish."""
        self.postman.wake()
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

    async def stands(self, channel: Channel, kind: Kind = Kind.REMINDER) -> list[Stand]:
        """Give where the deliveries of a kind stand, the earliest owed first."""
        rows = await self.database.reader.all(
            "SELECT * FROM deliveries WHERE channel = :channel AND kind = :kind ORDER BY id",
            channel=channel,
            kind=kind,
        )
        return [Stand.from_row(row) for row in rows]

    async def stand(self, channel: Channel, kind: Kind = Kind.REMINDER) -> Stand:
        """Give where the only delivery of a kind stands."""
        [stand] = await self.stands(channel, kind)
        return stand


def smtp_settings(server: ScriptedSmtp, *, security: Security = Security.NONE) -> SmtpSettings:
    """Give how a server on loopback is reached, with the login it asks for."""
    user, password = next(iter((server.credentials or {}).items()), (None, None))
    return SmtpSettings(
        host="127.0.0.1",
        port=server.port,
        username=user,
        password=password,
        security=security,
        sender="Slow Mailbox <letters@mailbox.example>",
    )


def tuned(
    *,
    limits: Limits | None = None,
    lane: LaneSettings | None = None,
    rates: Rates | None = None,
) -> Tuning:
    """Give a tuning for tests: what isn't given is quick, unpaced or as in real life."""
    return Tuning(
        lane=lane or LaneSettings(),
        rates=rates or UNPACED.rates,
        limits=limits or Limits(opening=5, command=5, final_dot=5, goodbye=1),
    )


@asynccontextmanager
async def over_http(
    server: BotApiServer, *, read_timeout: float = 5, pool_size: int = 8, pool_timeout: float = 1
) -> AsyncIterator[Bot]:
    """Give the real client of a Bot API on loopback."""
    request = HTTPXRequest(
        connection_pool_size=pool_size, read_timeout=read_timeout, pool_timeout=pool_timeout
    )
    yield Bot(server.token, base_url=server.base_url, request=request)
    await request.shutdown()


def in_memory(telegram: Telegram) -> Bot:
    """Give a client of the embedded Telegram."""
    request: BaseRequest = LocalRequest(telegram)
    return Bot("1:test", request=request)


@asynccontextmanager
async def posting(
    folder: Path,
    clock: ManualClock,
    *,
    smtp: SmtpSettings,
    bot: Bot,
    tuning: Tuning | None = None,
    admin: int | None = ADMIN,
    alone: bool = True,
) -> AsyncIterator[Posting]:
    """Open the posting side on the store in `folder`; leaving cuts off what is under way.

    `alone`: as at the program's start, leases of earlier workers are ended.
    """
    tuning = tuning or tuned()
    database = await Database.open(folder / "bot.db")
    # No power is lost in these tests, and syncing is what they would spend their time on.
    await database._writer.execute("PRAGMA synchronous = OFF")
    if alone:
        async with database.transaction() as tx:
            await outbox.expire_leases(tx, clock.now())
    postmen: list[Postman] = []

    def wake() -> None:
        postmen[0].wake()

    operator = Operator(chat_id=admin, zone=SEOUL)
    language = Language.EN
    transports = (
        EmailTransport(
            smtp, clock=clock, language=language, bot_link=lambda: BOT_LINK, limits=tuning.limits
        ),
        ChatTransport(bot, clock=clock, language=language, rates=tuning.rates),
    )
    lanes = [
        Lane(
            transport,
            database=database,
            clock=clock,
            operator=operator,
            settings=tuning.lane,
            randomness=random.Random(7),  # noqa: S311 - jitter, the same in each run
            on_news=wake,
        )
        for transport in transports
    ]
    postmen.append(Postman(lanes))
    reporter = Reporter(
        database=database,
        clock=clock,
        operator=operator,
        catalog=catalog(language),
        lanes=[lane.health for lane in lanes],
        on_news=wake,
    )
    try:
        yield Posting(
            clock=clock,
            database=database,
            lanes={lane.channel: lane for lane in lanes},
            postman=postmen[0],
            reporter=reporter,
        )
    finally:
        await postmen[0].stop(0)
        await database.close()
