"""The one scheduler and what it does now and then."""

from datetime import timedelta

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.app import House
from tests.support.house import Guest, Premises, open_house
from tests.support.rows import count

DAY = timedelta(days=1)


async def test_updates_are_remembered_for_two_days_and_then_forgotten(
    premises: Premises, house: House, guest: Guest
) -> None:
    await guest.say("/start")
    await guest.say("/help")
    assert await count(house.database, "updates") == 2
    await premises.pass_time(house, 2 * DAY)
    assert await count(house.database, "updates") == 2
    await premises.pass_time(house, timedelta(seconds=1))
    assert await count(house.database, "updates") == 0


async def test_what_an_update_said_is_kept_no_longer_than_it_takes_to_answer(
    premises: Premises, house: House
) -> None:
    await premises.guest(house).say("a secret")
    rows = await house.database.reader.all("SELECT payload FROM updates")
    assert [row["payload"] for row in rows] == [None]


async def test_tidying_twice_changes_nothing_more(
    premises: Premises, house: House, guest: Guest
) -> None:
    await guest.say("/write")
    await guest.say("Run")
    await premises.pass_time(house, DAY)
    heard = len(guest.heard)
    await house.housekeeping.tidy()
    await house.housekeeping.tidy()
    await house.settle()
    assert len(guest.heard) == heard


async def test_the_bots_own_scheduler_holds_each_job_once(house: House) -> None:
    job_queue = house.application.job_queue
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


async def test_a_house_that_never_started_closes(premises: Premises) -> None:
    async with premises.house() as house:
        await premises.guest(house).say("/start")
    unstarted = await open_house(premises.settings, premises.clock, premises.telegram)
    await unstarted.close()


async def test_the_sweep_wakes_what_fell_due(
    premises: Premises, house: House, guest: Guest
) -> None:
    await guest.seal("Run", "me@example.com")
    premises.clock.advance(7 * DAY)
    heard = len(guest.heard)
    job_queue = house.application.job_queue
    assert job_queue is not None
    await job_queue.scheduler.get_job("sweep").func()
    await house.postman.idle()
    assert len(guest.heard) == heard + 1
