"""The program stops within five seconds, whatever is under way."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import timedelta

import pytest

from bot.app import App
from bot.clock import SystemClock
from bot.store import letters, nudges, report_counts
from tests.support.app import FakeUser, Harness, open_app
from tests.support.endless import endless
from tests.support.new_store import put_store
from tests.support.smtp import Phase
from tests.support.smtpd import ScriptedSmtp
from tests.support.watched import Gate

STOP = 5  # seconds

Begin = Callable[[App, FakeUser], Coroutine[None, None, None]]


@pytest.fixture
def under_way(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Return a gate that is reached by what then goes on without an end."""
    gate = Gate()
    gate.release()

    async def do_some(*_: object) -> bool:
        await gate.pass_through()
        return True

    monkeypatch.setattr(report_counts, "counts", endless(gate))
    monkeypatch.setattr(letters, "rows_of", endless(gate))
    monkeypatch.setattr(letters, "erase_ended", do_some)
    monkeypatch.setattr(nudges, "nudge", do_some)
    return gate


async def begin(app: App, job: str) -> None:
    """Let a job run now."""
    assert app.application.job_queue is not None
    scheduler = app.application.job_queue.scheduler
    scheduler.modify_job(job, next_run_time=SystemClock().now())


async def report(app: App, _: FakeUser) -> None:
    await begin(app, "report")


async def housekeeping(app: App, _: FakeUser) -> None:
    await begin(app, "housekeeping")


async def sweep(app: App, _: FakeUser) -> None:
    await begin(app, "sweep")


async def export(app: App, user: FakeUser) -> None:
    app.application.create_task(user.say("/export"))


@pytest.mark.parametrize("begin_some", [report, housekeeping, sweep, export])
async def test_it_stops_in_time_whatever_goes_on(
    harness: Harness, under_way: Gate, begin_some: Begin, caplog: pytest.LogCaptureFixture
) -> None:
    harness.environ = {"RETENTION_DAYS": "30"}
    app = await opened(harness)
    user = harness.user(app)
    await user.say("/start")
    await begin_some(app, user)
    await under_way.reached()
    async with asyncio.timeout(STOP):
        await app.close()
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]


async def test_it_stops_in_time_while_a_mail_server_hangs(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    app = await opened(harness)
    await harness.user(app).seal("Run", "me@example.com")
    gate = smtp_server.hold(Phase.FINAL_DOT)
    harness.clock.advance(timedelta(days=7))
    app.lane_runner.wake()
    await gate.reached()
    async with asyncio.timeout(STOP):
        await app.close()
    gate.release()


async def test_no_job_begins_once_it_stops(harness: Harness, under_way: Gate) -> None:
    app = await opened(harness)
    await app.jobs.stop(0)
    await begin(app, "sweep")
    await app.close()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await under_way.reached()


async def opened(harness: Harness) -> App:
    """Open an app and start it; the test closes it."""
    put_store(harness.folder)
    app = await open_app(harness.settings, harness.clock, harness.telegram)
    await app.start()
    return app
