"""The one scheduler and what it does now and then."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.app import App
from bot.store import nudges
from bot.store.database import Database
from tests.support.app import FakeUser, Harness, open_app
from tests.support.rows import count

DAY = timedelta(days=1)


async def test_updates_are_remembered_for_two_days_and_then_forgotten(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.say("/start")
    await user.say("/help")
    assert await count(app.database, "updates") == 2
    await harness.pass_time(app, 2 * DAY)
    assert await count(app.database, "updates") == 2
    await harness.pass_time(app, timedelta(seconds=1))
    assert await count(app.database, "updates") == 0


async def test_what_an_update_said_is_kept_no_longer_than_it_takes_to_answer(
    harness: Harness, app: App
) -> None:
    await harness.user(app).say("a secret")
    rows = await app.database.reader.all("SELECT payload FROM updates")
    assert [row["payload"] for row in rows] == [None]


async def test_tidying_twice_changes_nothing_more(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.write("Run")
    await harness.pass_time(app, DAY)
    heard = len(user.heard)
    await app.housekeeping.tidy()
    await app.housekeeping.tidy()
    await app.settle()
    assert len(user.heard) == heard


async def test_the_bots_own_scheduler_holds_each_job_once(app: App) -> None:
    job_queue = app.application.job_queue
    assert job_queue is not None
    jobs = {job.id: job for job in job_queue.scheduler.get_jobs()}
    assert {"sweep", "housekeeping", "rewrite", "report"} <= set(jobs)
    assert len(jobs) == len(job_queue.scheduler.get_jobs())
    for job in jobs.values():
        assert job.misfire_grace_time is None
        assert job.coalesce
        assert job.max_instances == 1
    sweep, report = jobs["sweep"].trigger, jobs["report"].trigger
    assert isinstance(sweep, IntervalTrigger)
    assert sweep.interval == timedelta(minutes=1)
    assert isinstance(report, CronTrigger)
    assert str(report.timezone) == "Asia/Seoul"
    assert "hour='9'" in str(report)


async def test_what_is_left_of_erased_words_on_a_page_is_gone_after_the_night(
    harness: Harness, tmp_path: Path
) -> None:
    file = tmp_path / "bot.db"
    async with harness.app() as app:
        await harness.user(app).seal("Run", "me@example.com")
    leave_behind(file, b"a secret")
    async with harness.app() as app:
        assert b"a secret" in file.read_bytes()
        job_queue = app.application.job_queue
        assert job_queue is not None
        night = job_queue.scheduler.get_job("rewrite")
        assert "hour='4'" in str(night.trigger)
        await night.func()
        assert b"a secret" not in file.read_bytes()
        assert b"Run" in file.read_bytes()


def leave_behind(file: Path, remnant: bytes) -> None:
    """Write something to the page of the letters where no row is, as SQLite does."""
    with closing(sqlite3.connect(file)) as connection:
        [[size]] = connection.execute("PRAGMA page_size")
        table = "SELECT rootpage FROM sqlite_schema WHERE name = 'letters'"
        [[page]] = connection.execute(table)
    content = bytearray(file.read_bytes())
    first = int.from_bytes(content[(page - 1) * size :][5:7])  # where the rows begin
    end = (page - 1) * size + first
    assert not any(content[end - len(remnant) : end])
    content[end - len(remnant) : end] = remnant
    file.write_bytes(content)


async def test_a_rewrite_that_fails_is_left_to_the_next_night(
    app: App, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_: Database) -> None:
        raise sqlite3.OperationalError("the log is being read")

    monkeypatch.setattr(Database, "rewrite", fail)
    await app.housekeeping.rewrite()
    assert "not written anew" in caplog.text


async def test_a_rewrite_writes_nowhere_but_in_its_folder(app: App) -> None:
    async with app.database.transaction() as tx:
        [row] = await tx.all("PRAGMA temp_store")
    in_memory = 2  # https://www.sqlite.org/pragma.html#pragma_temp_store
    assert row["temp_store"] == in_memory


async def test_an_app_that_never_started_closes(harness: Harness) -> None:
    async with harness.app() as app:
        await harness.user(app).say("/start")
    unstarted = await open_app(harness.settings, harness.clock, harness.telegram)
    await unstarted.close()


async def test_the_sweep_wakes_what_fell_due(harness: Harness, app: App, user: FakeUser) -> None:
    await user.seal("Run", "me@example.com")
    harness.clock.advance(7 * DAY)
    heard = len(user.heard)
    await _sweep(app)
    assert len(user.heard) == heard + 1


async def test_a_fault_in_what_else_waits_keeps_no_letter(
    harness: Harness, app: App, user: FakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError

    await user.seal("Run", "me@example.com")
    harness.clock.advance(7 * DAY)
    heard = len(user.heard)
    monkeypatch.setattr(nudges, "nudge", fail)
    await _sweep(app)
    assert len(user.heard) == heard + 1


async def _sweep(app: App) -> None:
    job_queue = app.application.job_queue
    assert job_queue is not None
    await job_queue.scheduler.get_job("sweep").func()
    await app.lane_runner.idle()
