"""Where the posting side of a test stands: over which mail server, which Telegram, which store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from telegram import Bot

from bot.app import Tuning
from bot.botapi.budget import CallBudget, Rates
from bot.delivery.lane import LaneSettings
from bot.delivery.setup import DeliverySide
from bot.delivery.smtp import Limits
from bot.local.request import LocalRequest
from bot.operator import Operator
from bot.settings import Security, SmtpSettings
from bot.store import claims
from bot.store.database import Database
from tests.support.app import SENDER, UNPACED
from tests.support.bot_api import FAR, BotApiServer, PatientClient
from tests.support.clock import ManualClock
from tests.support.delivery_side import Lanes
from tests.support.languages import ENGLISH
from tests.support.sealed_letters import SEOUL
from tests.support.smtpd import ScriptedSmtp
from tests.support.telegram import ScriptedTelegram

BOT_LINK = "https://t.me/slow_mailbox_bot"
ADMIN = 900
PATIENT = Limits(opening=100, command=100, final_dot=100)


@dataclass(frozen=True, slots=True)
class OutboxStage:
    """Where a test's posting side stands: open it, cut it off, open it again on the same store."""

    folder: Path
    clock: ManualClock
    telegram: ScriptedTelegram
    smtp_server: ScriptedSmtp

    @asynccontextmanager
    async def open(
        self,
        *,
        smtp: SmtpSettings | None = None,
        bot: Bot | None = None,
        tuning: Tuning | None = None,
        admin: int | None = ADMIN,
        alone: bool = True,
    ) -> AsyncIterator[Lanes]:
        """Open the posting side; leaving cuts off what is under way.

        `smtp`, `bot`: another way to the mail server and to Telegram than straight and in memory.
        `alone`: as at the program's start, leases of earlier workers are ended.
        """
        database = await Database.open(self.folder / "bot.db")
        if alone:
            async with database.transaction() as tx:
                await claims.expire_leases(tx, self.clock.now())
        tuning = tuning or tuned()
        lanes = DeliverySide(
            database=database,
            clock=self.clock,
            operator=Operator(chat_id=admin, zone=SEOUL),
            language=ENGLISH,
            smtp=smtp or smtp_settings(self.smtp_server),
            bot=bot or in_memory(self.telegram),
            bot_link=lambda: BOT_LINK,
            lane=tuning.lane,
            budget=CallBudget(self.clock, tuning.rates or Rates()),
            limits=tuning.limits,
            seed=7,
        )
        try:
            yield Lanes(
                clock=self.clock,
                database=database,
                lanes={lane.channel: lane for lane in lanes.lanes},
                lane_runner=lanes.lane_runner,
                reporter=lanes.reporter,
            )
        finally:
            await lanes.lane_runner.stop(0)
            await database.close()


def smtp_settings(server: ScriptedSmtp, *, security: Security = Security.NONE) -> SmtpSettings:
    """Return how a server on loopback is reached, with the login it asks for."""
    user, password = next(iter((server.credentials or {}).items()), (None, None))
    return SmtpSettings(
        host="127.0.0.1",
        port=server.port,
        username=user,
        password=password,
        security=security,
        sender=SENDER,
    )


def tuned(
    *,
    limits: Limits | None = None,
    lane: LaneSettings | None = None,
    rates: Rates | None = None,
) -> Tuning:
    """Return a tuning for tests: what isn't given is quick, unpaced or as in real life."""
    return Tuning(
        lane=lane or LaneSettings(),
        rates=rates or UNPACED.rates,
        limits=limits or PATIENT,
    )


@asynccontextmanager
async def over_http(
    server: BotApiServer, *, pool_size: int = 8, pool_timeout: float = FAR
) -> AsyncIterator[Bot]:
    """Return the real client of a Bot API on loopback."""
    request = PatientClient(server, pool_size=pool_size, pool_timeout=pool_timeout)
    yield Bot(server.token, base_url=server.base_url, request=request, get_updates_request=request)
    await request.shutdown()


def in_memory(telegram: ScriptedTelegram) -> Bot:
    """Return a client of the embedded Telegram."""
    request = LocalRequest(telegram)
    return Bot("1:test", request=request, get_updates_request=request)
