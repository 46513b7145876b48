"""What the program does by itself: a sweep each minute, tidying, the operator's report."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.chat.closing import Closing
from bot.clock import Clock, SystemClock
from bot.delivery.lane_runner import LaneRunner
from bot.delivery.opening import Opener
from bot.delivery.report import Reporter
from bot.housekeeping import Housekeeping
from bot.scheduler import Job, WakeUp, follow, schedule
from bot.store.database import StoreError, name_of_error

logger = logging.getLogger(__name__)


class Jobs:
    """The jobs, from `put_on` until `leave`."""

    def __init__(
        self,
        *,
        housekeeping: Housekeeping,
        closing: Closing,
        lane_runner: LaneRunner,
        reporter: Reporter,
        opener: Opener,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self._housekeeping = housekeeping
        self._closing = closing
        self._lane_runner = lane_runner
        self.reporter = reporter
        self.opener = opener
        self._zone = zone
        self._next_due = WakeUp("next-due", clock)
        self._following: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Task[object]] = set()
        self._stopping = False

    def put_on(self, scheduler: AsyncIOScheduler) -> None:
        """Put the jobs on the scheduler, and anew whenever the machine's clock is put back."""
        self._schedule(scheduler)
        self._next_due.put_on(scheduler, self._lane_runner.sweep)
        self._lane_runner.on_next_due(self._next_due.set)
        # The scheduler goes by the machine's clock, whatever the program's own says.
        following = follow(SystemClock(), lambda: self._schedule(scheduler))
        self._following = asyncio.create_task(following)

    async def stop(self, grace: float) -> None:
        """Begin no job any more, and break off those that last `grace` seconds longer.

        Each takes up what is left to do when it runs next.
        """
        self._stopping = True
        if self._following is not None:
            self._following.cancel()
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late)

    async def sweep(self) -> None:
        """Let go what waited for its turn, close letters to changes, and send what is due."""
        with _store_failing("what waited for its turn"):
            await self._housekeeping.end_suppressions()
            await self._housekeeping.let_go()
            await self._closing.close()
            await self._housekeeping.ask_about_addresses()
        await self._lane_runner.sweep()

    async def end_erasures(self) -> None:
        """Leave no trace of what was erased."""
        with _store_failing("what was erased"):
            await self._housekeeping.end_erasures()

    def _schedule(self, scheduler: AsyncIOScheduler) -> None:
        schedule(
            scheduler,
            sweep=self._stoppable(self.sweep),
            end_erasures=self._stoppable(self.end_erasures),
            tidy=self._stoppable(self._housekeeping.tidy),
            report=self._stoppable(self.reporter.report),
            open_coming=self._stoppable(self.opener.open_coming),
            zone=self._zone,
        )

    def _stoppable(self, job: Job) -> Job:
        async def run() -> None:
            task = asyncio.current_task()
            if self._stopping or task is None:
                return
            self._under_way.add(task)
            try:
                await job()
            except asyncio.CancelledError:
                if not self._stopping:
                    raise
            finally:
                self._under_way.discard(task)

        return run


@contextmanager
def _store_failing(what: str) -> Iterator[None]:
    """Log that something waits for the store, or failed: it is done when the job runs next."""
    try:
        yield
    except StoreError as error:
        logger.warning("%s waits for the store", what, extra={"error": name_of_error(error)})
    except Exception:
        logger.exception("%s failed by a fault of ours", what)
