"""Tells the operator when the event loop stands still, and where: nobody is answered meanwhile."""

import asyncio
import logging
import sys
import threading
import traceback

from bot.clock import Clock, SystemClock

logger = logging.getLogger(__name__)

LIMIT = 1.0  # seconds that the loop's heartbeat may be late
EVERY = 0.5  # seconds between heartbeats, and between looks at them


class LoopWatch:
    """A thread that looks whether the loop's heartbeat is late.

    One line is logged when the loop has stood still for too long, with the functions that its
    thread was in and nothing of their values, and another when it goes on.
    """

    def __init__(self, clock: Clock | None = None, *, every: float = EVERY) -> None:
        self._clock = clock or SystemClock()
        self._every = every
        self._beaten_at = 0.0
        self._beating: asyncio.TimerHandle | None = None
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Watch the running loop, on whose thread this is called."""
        self._beat(asyncio.get_running_loop())
        self._thread = threading.Thread(
            target=self._watch, args=(threading.get_ident(),), name="loop-watch", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._stopped.set()
        if self._beating is not None:
            self._beating.cancel()
        if self._thread is not None:
            self._thread.join(LIMIT)

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        self._beaten_at = self._clock.monotonic()
        self._beating = loop.call_later(self._every, self._beat, loop)

    def _watch(self, thread_id: int) -> None:
        while not self._stopped.wait(self._every):
            last = self._beaten_at
            if self._clock.monotonic() - last > self._every + LIMIT:
                logger.warning("the event loop stands still", extra={"at": _places(thread_id)})
                self._await_beat_after(last)

    def _await_beat_after(self, last: float) -> None:
        while not self._stopped.wait(self._every):
            if self._beaten_at != last:
                stood = round(self._beaten_at - last, 1)
                logger.warning("the event loop goes on", extra={"stood": stood})
                return


def _places(thread_id: int) -> str:
    """Return where a thread is, the innermost function last, as the log tells of exceptions."""
    frame = sys._current_frames().get(thread_id)  # noqa: SLF001 - the documented way
    frames = [*traceback.walk_stack(frame)][::-1] if frame else []
    return " > ".join(f"{f.f_code.co_filename}:{line} {f.f_code.co_name}" for f, line in frames)
