"""The composition root: builds every part, starts and stops them in order; knows them all."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

from telegram import Update
from telegram.ext import ExtBot, JobQueue, Updater

from bot.botapi.budget import CallBudget, Rates
from bot.botapi.client import LastingBot, PollingTrouble, Requests, reach
from bot.botapi.deep_links import bot_link
from bot.botapi.wire import WireUpdate
from bot.chat import profile
from bot.chat.application import application_of
from bot.chat.closing import Closing
from bot.chat.handlers import ALLOWED_UPDATES
from bot.chat.inbox import Inbox
from bot.chat.notices import Notices
from bot.chat.rate_limiter import RateLimiter
from bot.chat.replies import ReplySender
from bot.chat.services import Context, Services
from bot.clock import Clock
from bot.delivery.setup import DeliverySide
from bot.housekeeping import Housekeeping
from bot.jobs import Jobs
from bot.loop_watch import LoopWatch
from bot.operator import Operator
from bot.precedence import Precedence
from bot.settings import Settings, SmtpSettings, TelegramSettings
from bot.store import changes, erasures, leases, meta, nudges, outbox, suppression_changes
from bot.store.database import Database
from bot.store.holds import Holds
from bot.store.letter_keys import Keys
from bot.store.meta import MetaKey
from bot.tuning import Tuning

logger = logging.getLogger(__name__)

DATABASE = "bot.db"
GRACE = 2.5  # seconds that what is under way gets when the program is told to stop
LONG_POLL = timedelta(seconds=30)  # that Telegram holds a request for updates open


class App:
    """The whole program, between opened and closed."""

    def __init__(
        self,
        settings: Settings,
        *,
        telegram: TelegramSettings,
        smtp: SmtpSettings,
        clock: Clock,
        database: Database,
        username: str | None,
        requests: Requests,
        rates: Rates,
        tuning: Tuning,
    ) -> None:
        self._settings = settings
        self.clock = clock
        self.username = username
        self.database = database
        self.housekeeping = Housekeeping(
            database,
            clock,
            caps=settings.caps,
            retention=settings.retention,
            address_life=settings.address_life,
        )
        self._bot = LastingBot(telegram, requests, self._receive)
        precedence = Precedence()
        operator = Operator(chat_id=settings.admin_chat_id, zone=settings.zone)
        self._holds = Holds(database, clock)
        self._budget = CallBudget(clock, rates, self._holds.remember)
        delivery_side = DeliverySide(
            database=database,
            clock=clock,
            operator=operator,
            precedence=precedence,
            language=settings.language,
            smtp=smtp,
            bot=self._bot,
            bot_link=self._bot_link,
            lane=tuning.lane,
            budget=self._budget,
            limits=tuning.limits,
        )
        self.lane_runner = delivery_side.lane_runner
        self.replies = ReplySender(
            bot=self._bot,
            database=database,
            clock=clock,
            budget=self._budget,
            precedence=precedence,
        )
        self.inbox = Inbox(
            database=database,
            clock=clock,
            limiter=RateLimiter(clock, tuning.answers_a_minute),
            notices=Notices(clock=clock, language=settings.language, operator=operator),
            replies=self.replies,
            precedence=precedence,
        )
        self._closing = Closing(
            database=database, clock=clock, replies=self.replies, language=settings.language
        )
        self._mail_domains = tuning.mail_domains(clock) if settings.address_dns else None
        self.jobs = Jobs(
            housekeeping=self.housekeeping,
            closing=self._closing,
            lane_runner=self.lane_runner,
            reporter=delivery_side.reporter,
            opener=delivery_side.opener,
            clock=clock,
            zone=settings.zone,
        )
        self._loop_watch = LoopWatch()
        self.application = application_of(self._bot, self._services())

    @classmethod
    async def open(
        cls,
        settings: Settings,
        *,
        telegram: TelegramSettings,
        smtp: SmtpSettings,
        clock: Clock,
        requests: Requests | None = None,
        tuning: Tuning | None = None,
    ) -> "App":
        """Open the store, its schema brought up to date, and build the rest upon it.

        The data folder must be this process's alone. Raises OtherBot, OSError, and as
        `Database.open`.
        """
        keys, path = Keys.of(settings.letter_keys), settings.data_dir / DATABASE
        tuning = tuning or Tuning()
        rates = tuning.rates or Rates(overall=telegram.rate)
        clients = asyncio.create_task(_clients(requests, clock, rates))
        database = await Database.open(path, keys)
        try:
            await erasures.catch_up(database, clock.now())
            async with database.transaction() as tx:
                await leases.expire_leases(tx, clock.now())
            await suppression_changes.agree(database, settings.data_dir, clock.now())
            await meta.require_bot(database.reader, bot_id_of(telegram.token))
            username = await meta.recall(database.reader, MetaKey.BOT_USERNAME)
            return cls(
                settings,
                telegram=telegram,
                smtp=smtp,
                clock=clock,
                database=database,
                username=username,
                requests=await clients,
                rates=rates,
                tuning=tuning,
            )
        except BaseException:
            await database.close()
            raise

    async def start(self) -> None:
        """Post what is due, whether Telegram can be reached or not, and then talk with people.

        Raises TokenRefused.
        """
        self._loop_watch.start()
        for chat_id, span in (await self._holds.standing()).items():
            self._budget.hold(chat_id, span)
        await self.replies.restore()
        self.jobs.put_on(self._job_queue.scheduler)
        await self._job_queue.start()
        self.lane_runner.wake()
        await self._connect()
        await self.inbox.restore(self._bot)
        await self.application.start()
        await self._updater.start_polling(
            timeout=LONG_POLL,
            allowed_updates=ALLOWED_UPDATES,
            bootstrap_retries=-1,
            error_callback=PollingTrouble(),
        )
        profile_set = profile.present(
            self._bot, default=self._settings.language, days=self._settings.days
        )
        self.application.create_task(profile_set, name="profile")

    async def settle(self) -> None:
        """Return once every update received is answered and all that is due has been tried."""
        await self.answered()
        await self.housekeeping.tidy()
        await self._closing.close()
        await self.replies.idle()
        self.lane_runner.wake()
        await self.lane_runner.idle()

    async def answered(self) -> None:
        """Return once every update received is handled, and each reply has been tried."""
        await self.inbox.join()
        await self.replies.idle()

    async def next_due(self) -> datetime | None:
        """Return the next moment at which something happens by itself."""
        reader = self.database.reader
        waited = outbox.next_due, changes.next_close, nudges.next_nudge
        moments = [await look(reader) for look in waited]
        return min((each for each in moments if each), default=None)

    async def close(self) -> None:
        """Stop polling and posting, let what is under way end for a moment, close the store."""
        self._loop_watch.stop()
        try:
            await asyncio.gather(
                self.lane_runner.stop(GRACE), self.jobs.stop(GRACE), self._hang_up()
            )
            await self.replies.stop(GRACE / 5)
            await self.inbox.close()
            await _in_time(self.application.shutdown())
        finally:
            await self.database.close()

    async def _connect(self) -> None:
        """Reach Telegram, however long it takes, and remember which bot this is."""
        await reach(self.application)
        self.username = self._bot.username
        async with self.database.transaction() as tx:
            await meta.remember(tx, MetaKey.BOT_ID, bot_id_of(self._bot.token))
            await meta.remember(tx, MetaKey.BOT_USERNAME, self.username)

    async def _hang_up(self) -> None:
        if self._updater.running:
            await _in_time(self._updater.stop())
        if self.application.running:
            await _in_time(self.application.stop())
        elif self._job_queue.scheduler.running:
            await self._job_queue.stop()

    async def _receive(self, wires: Sequence[WireUpdate], bot: ExtBot[None]) -> tuple[Update, ...]:
        return await self.inbox.receive(wires, bot)

    @property
    def _job_queue(self) -> JobQueue[Context]:
        if self.application.job_queue is None:
            raise RuntimeError("the application was built without its job queue")
        return self.application.job_queue

    @property
    def _updater(self) -> Updater:
        if self.application.updater is None:
            raise RuntimeError("the application was built without its updater")
        return self.application.updater

    def _bot_link(self) -> str | None:
        return bot_link(self.username) if self.username else None

    def _services(self) -> Services:
        return Services(
            database=self.database,
            clock=self.clock,
            inbox=self.inbox,
            replies=self.replies,
            language=self._settings.language,
            zone=self._settings.zone,
            days=self._settings.days,
            caps=self._settings.caps,
            retention=self._settings.retention,
            address_life=self._settings.address_life,
            mail_domains=self._mail_domains,
        )


def bot_id_of(token: str) -> str:
    """Return the id of the bot that a token is for."""
    return token.partition(":")[0]


async def _clients(given: Requests | None, clock: Clock, rates: Rates) -> Requests:
    """Return the HTTP clients; those over the network are made while the store is opened."""
    if given is not None:
        return given
    return await asyncio.to_thread(Requests.over_http, clock, int(rates.overall))


async def _in_time(step: Coroutine[Any, Any, None]) -> None:
    """Await a step of the stop, for so long at most: it may hang on the network."""
    try:
        async with asyncio.timeout(GRACE / 2):
            await step
    except TimeoutError:
        logger.warning("a part that was slow to stop was cut off")
