"""The program, watched from inside: `python -m tests.benchmarks.inside FILE [JOB]`.

Runs `python -m bot run`. At its end FILE has, as JSON, what `Seen` has. JOB is the id of a job that
is due as soon as the program has started.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from apscheduler.events import EVENT_JOB_EXECUTED, EVENT_JOB_SUBMITTED, JobEvent

from bot.app import App
from bot.cli import main

_EVERY = 0.005  # seconds


@dataclass(slots=True)
class Seen:
    """What was seen, all on the machine's monotonic clock, in seconds.

    `beats`: moments at which the event loop was to do something, each with how late it did.
    `jobs`: when the job began, and when it ended if it did.
    """

    beats: list[tuple[float, float]] = field(default_factory=list)
    jobs: list[float] = field(default_factory=list)

    @classmethod
    def read(cls, file: Path) -> Self:
        """Return what a program has written."""
        return cls(**json.loads(file.read_text()))

    def lateness(self, since: float, until: float) -> list[float]:
        """Return how late the loop was between two moments."""
        return [late for moment, late in self.beats if since <= moment <= until]


async def _watch(seen: Seen) -> None:
    """Beat as long as the program runs; a beat that is late keeps none of those behind it."""
    due = time.monotonic()
    while True:
        due += _EVERY
        await asyncio.sleep(max(due - time.monotonic(), 0))
        seen.beats.append((due, time.monotonic() - due))


def _begin(app: App, job: str, seen: Seen) -> None:
    assert app.application.job_queue is not None
    scheduler = app.application.job_queue.scheduler

    def note(event: JobEvent) -> None:
        if event.job_id == job:
            seen.jobs.append(time.monotonic())

    scheduler.add_listener(note, EVENT_JOB_SUBMITTED | EVENT_JOB_EXECUTED)
    scheduler.modify_job(job, next_run_time=datetime.now(UTC))


def _run() -> int:
    file, *jobs = sys.argv[1:]
    seen, start = Seen(), App.start
    watching: list[asyncio.Task[None]] = []

    async def start_watched(self: App) -> None:
        watching.append(asyncio.create_task(_watch(seen)))
        await start(self)
        for job in jobs:
            _begin(self, job, seen)

    App.start = start_watched  # type: ignore[method-assign]
    code = main(["run"])
    Path(file).write_text(json.dumps(asdict(seen)))
    return code


if __name__ == "__main__":
    sys.exit(_run())
