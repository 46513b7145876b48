"""The one scheduler and what it does now and then."""

from datetime import timedelta

import pytest
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.app import App
from bot.store import letters, nudges
from bot.store.ledger_file import LedgerFile
from tests.support.app import FakeUser, Harness, open_app
from tests.support.rows import count
from tests.support.watched import Tally

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
    assert {"sweep", "housekeeping", "report"} <= set(jobs)
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


async def test_many_erasures_have_the_ledger_written_anew_once(
    harness: Harness, app: App, user: FakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewritten = Tally()
    rewrite = LedgerFile.rewrite

    def count_rewrite(file: LedgerFile) -> bool:
        rewritten.add()
        return rewrite(file)

    monkeypatch.setattr(LedgerFile, "rewrite", count_rewrite)
    for number in range(3):
        await user.seal(f"Run {number}", "me@example.com")
    async with app.database.transaction() as tx:
        await letters.erase_text(tx, 1, harness.clock.now())
    async with app.database.transaction() as tx:
        await letters.erase_text(tx, 2, harness.clock.now())
    for _ in range(2):
        await _run(app, "erasures")
    assert rewritten.value == 1


async def test_a_rewrite_writes_nowhere_but_in_its_folder(app: App) -> None:
    [row] = await app.database.ledger.run(
        lambda file: file._writer.execute("PRAGMA temp_store").fetchall()
    )
    in_memory = 2  # https://www.sqlite.org/pragma.html#pragma_temp_store
    assert row == (in_memory,)


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
    await _run(app, "sweep")


async def _run(app: App, job: str) -> None:
    job_queue = app.application.job_queue
    assert job_queue is not None
    await job_queue.scheduler.get_job(job).func()
    await app.lane_runner.idle()
