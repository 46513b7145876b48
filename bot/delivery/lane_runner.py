"""Keeps the lanes going, each on its own."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.delivery.lane import Lane
from bot.store.database import StoreError, name_of_error

logger = logging.getLogger(__name__)


class LaneRunner:
    """Runs the lanes. They share nothing but the store, and none waits for another."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._lane_tasks = [_LaneTask(lane) for lane in lanes]

    def on_next_due(self, tell: Callable[[datetime], None]) -> None:
        """Have the moment told at which something falls due, whenever nothing more is."""
        for each in self._lane_tasks:
            each.lane.on_next_due = tell

    def wake(self) -> None:
        """Set every lane going; a lane already going looks once more at its end."""
        for each in self._lane_tasks:
            each.begin()

    async def sweep(self) -> None:
        """Do as `wake`: the scheduler's job."""
        self.wake()

    async def idle(self) -> None:
        """Return when no lane is at work."""
        while going := [
            each.task for each in self._lane_tasks if each.task and not each.task.done()
        ]:
            await asyncio.wait(going)

    async def stop(self, grace: float) -> None:
        """Claim nothing more, wait `grace` seconds for what is under way, and close the transports.

        What is cut off is found in flight, or claimed, by the next start.
        """
        for each in self._lane_tasks:
            each.lane.stop()
        tasks = [each.task for each in self._lane_tasks if each.task]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await asyncio.gather(*(each.lane.close() for each in self._lane_tasks))


class _LaneTask:
    """A lane and the task that drains it."""

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.task: asyncio.Task[None] | None = None
        self._again = False

    def begin(self) -> None:
        self._again = True
        self.lane.wake()
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._go(), name=f"lane:{self.lane.channel}")

    async def _go(self) -> None:
        while self._again:
            self._again = False
            try:
                await self.lane.drain()
            except StoreError as error:
                logger.warning(
                    "the lane waits for the store",
                    extra={"channel": self.lane.channel, "error": name_of_error(error)},
                )
            except Exception:
                logger.exception(
                    "the lane stumbled; the next sweep goes on",
                    extra={"channel": self.lane.channel},
                )
