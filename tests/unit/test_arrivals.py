"""Reminders still to come move with their person's zone and hour; nothing else does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.letters import Channel, State
from bot.store import arrivals, people
from bot.store.database import Database, from_text
from bot.store.people import Person
from tests.support import one_claim
from tests.support.clock import ManualClock
from tests.support.sealed_letters import SEOUL, seal_letter

NEW_YORK = ZoneInfo("America/New_York")
LEASE = timedelta(minutes=5)
DAY_7, DAY_30 = timedelta(days=7), timedelta(days=30)


async def due(database: Database) -> dict[tuple[str, int], datetime]:
    """Return when each reminder of the only letter is due."""
    rows = await database.reader.all("SELECT channel, day, due_at, next_at FROM deliveries")
    assert all(row["due_at"] == row["next_at"] for row in rows)
    return {(row["channel"], row["day"]): from_text(row["due_at"]) for row in rows}


async def move(
    database: Database, clock: ManualClock, *, zone: ZoneInfo = SEOUL, hour: int | None = None
) -> None:
    before = Person(id=1, language="en", zone=SEOUL)
    async with database.transaction() as tx:
        await arrivals.move(tx, before, replace(before, zone=zone, hour=hour), clock.now())


@pytest.fixture
async def letter(database: Database, clock: ManualClock) -> None:
    """Seal a letter at 6 PM in Seoul on February 20; summer time begins in between elsewhere."""
    clock.set(datetime(2026, 2, 20, 9, tzinfo=UTC))
    async with database.transaction() as tx:
        await seal_letter(tx, clock)


@pytest.mark.usefixtures("letter")
async def test_a_new_zone_has_them_at_the_same_time_on_its_walls(
    database: Database, clock: ManualClock
) -> None:
    await move(database, clock, zone=NEW_YORK)
    walls = {(2026, 2, 27, 18): 7, (2026, 3, 22, 18): 30}
    found = await due(database)
    for wall, day in walls.items():
        moment = datetime(*wall, tzinfo=NEW_YORK)
        assert {found[channel, day] for channel in Channel} == {moment.astimezone(UTC)}
    assert found["chat", 30] - found["chat", 7] == timedelta(days=23, hours=-1)


@pytest.mark.usefixtures("letter")
async def test_there_and_back_nothing_has_changed(database: Database, clock: ManualClock) -> None:
    before = await due(database)
    here = Person(id=1, language="en", zone=SEOUL)
    there = replace(here, zone=NEW_YORK, hour=5)
    async with database.transaction() as tx:
        await arrivals.move(tx, here, there, clock.now())
        await arrivals.move(tx, there, here, clock.now())
    assert await due(database) == before


@pytest.mark.usefixtures("letter")
async def test_an_hour_has_them_then_on_the_same_days(
    database: Database, clock: ManualClock
) -> None:
    await move(database, clock, hour=7)
    found = await due(database)
    assert found["email", 7].astimezone(SEOUL) == datetime(2026, 2, 27, 7, tzinfo=SEOUL)
    assert found["email", 30].astimezone(SEOUL) == datetime(2026, 3, 22, 7, tzinfo=SEOUL)


@pytest.mark.usefixtures("letter")
async def test_what_would_lie_in_the_past_keeps_its_moment(
    database: Database, clock: ManualClock
) -> None:
    before = await due(database)
    clock.advance(DAY_7 - timedelta(minutes=30))
    await move(database, clock, hour=7)
    found = await due(database)
    assert found["chat", 7] == before["chat", 7]
    assert found["chat", 30] != before["chat", 30]


@pytest.mark.usefixtures("letter")
async def test_what_is_due_already_claimed_or_sent_is_left(
    database: Database, clock: ManualClock
) -> None:
    before = await due(database)
    clock.advance(DAY_7)
    async with database.transaction() as tx:
        mail = await one_claim.claim(tx, Channel.EMAIL, clock.now(), LEASE)
    assert mail is not None
    clock.set(clock.now() - timedelta(hours=1))  # put back; so they lie ahead again
    async with database.transaction() as tx:
        await tx.run("UPDATE deliveries SET state = 'sent' WHERE channel = 'chat' AND day = 7")
    await move(database, clock, zone=NEW_YORK)
    found = await due(database)
    assert {key for key in found if found[key] == before[key]} == {("email", 7), ("chat", 7)}


@pytest.mark.usefixtures("letter")
async def test_mail_that_waits_for_its_address_moves_along(
    database: Database, clock: ManualClock
) -> None:
    async with database.transaction() as tx:
        await tx.run("UPDATE deliveries SET state = :held WHERE channel = 'email'", held=State.HELD)
    await move(database, clock, zone=NEW_YORK)
    found = await due(database)
    assert found["email", 7] == found["chat", 7]


@pytest.mark.usefixtures("letter")
async def test_nobody_elses_move(database: Database, clock: ManualClock) -> None:
    before = await due(database)
    async with database.transaction() as tx:
        one = await people.upsert_person(tx, 2, language="en", zone=SEOUL, now=clock.now())
        await arrivals.move(tx, one, replace(one, zone=NEW_YORK), clock.now())
    assert await due(database) == before


@pytest.mark.usefixtures("letter")
async def test_letters_on_their_way_are_counted(database: Database, clock: ManualClock) -> None:
    coming = await arrivals.to_come(database.reader, 1, clock.now())
    assert (coming.letters, coming.next_at) == (1, clock.now() + DAY_7)
    none = await arrivals.to_come(database.reader, 1, clock.now() + DAY_30)
    assert (none.letters, none.next_at) == (0, None)
