"""What tidying costs depends on what has had its time, not on what is stored; nor is it late."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from bot.housekeeping import Housekeeping
from bot.letters import Channel, Reminder
from bot.store import forgetting, letters, moving
from bot.store.database import Database, Transaction
from tests.support.clock import ManualClock
from tests.support.counted_steps import counted
from tests.support.rows import count
from tests.support.scripted_transport import ScriptedTransport, lane_of
from tests.support.sealed_letters import seal_crowd, seal_letter

DAY = timedelta(days=1)
FEW, MANY = 100, 2_000  # letters, each with two deliveries
RETENTION = 90 * DAY
BRIM = 3  # rows in a batch


async def test_tidying_costs_the_same_over_a_hundred_old_letters_and_two_thousand(
    database: Database, clock: ManualClock
) -> None:
    costs = {}
    for stored in (FEW, MANY):
        await fill(database, stored, sealed_at=clock.now() - 2 * RETENTION)
        housekeeping = Housekeeping(database, clock, retention=RETENTION)
        await housekeeping.tidy()
        async with counted(database) as steps:
            await housekeeping.tidy()
        costs[stored] = steps.value
    assert 0 < costs[MANY] <= costs[FEW] * 1.2


async def test_no_transaction_looks_at_more_letters_than_a_batch(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(database, FEW, sealed_at=clock.now() - 2 * RETENTION)
    monkeypatch.setattr(letters, "BATCH", BRIM)
    looks = 0
    erase_ended = letters.erase_ended

    async def look(tx: Transaction, before: datetime, now: datetime) -> bool:
        nonlocal looks
        looks += 1
        return await erase_ended(tx, before, now)

    monkeypatch.setattr(letters, "erase_ended", look)
    await Housekeeping(database, clock, retention=RETENTION).tidy()
    assert looks == FEW // BRIM + 1


async def test_what_has_had_its_time_goes_in_batches_until_none_is_left(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "BATCH", BRIM)
    async with database.transaction() as tx:
        for number in range(2 * BRIM + 1):
            await tx.run(
                "INSERT INTO updates (id, received_at, handled) VALUES (:id, '2000', 1)", id=number
            )
    await Housekeeping(database, clock).tidy()
    assert await count(database, "updates") == 0


async def test_words_go_in_time_though_their_last_day_was_moved_forward_after_a_look(
    database: Database, clock: ManualClock
) -> None:
    housekeeping = Housekeeping(database, clock, retention=RETENTION)
    async with database.transaction() as tx:
        await seal_letter(tx, clock)
        await tx.run("UPDATE deliveries SET due_at = '2030', next_at = '2030' WHERE day = 30")
    clock.advance(RETENTION + DAY)
    await housekeeping.tidy()
    sooner = Reminder(day=31, due_at=clock.now() + DAY)
    async with database.transaction() as tx:
        assert await moving.move(tx, 1, 30, sooner, clock.now()) is moving.Moved.DONE
    clock.advance(DAY)
    for channel in Channel:
        await lane_of(ScriptedTransport(channel), database, clock).drain()
    assert await kept(database, housekeeping.tidy)
    clock.advance(RETENTION)
    assert await kept(database, housekeeping.tidy)
    clock.advance(timedelta(microseconds=1))
    assert not await kept(database, housekeeping.tidy)


async def kept(database: Database, tidy: Callable[[], Awaitable[None]]) -> bool:
    """Tidy, and return whether the words of the only letter are kept."""
    await tidy()
    row = await database.reader.row("SELECT burned_at FROM letters")
    return row["burned_at"] is None


async def fill(database: Database, number: int, *, sealed_at: datetime) -> None:
    """Leave so many letters in the store, all of which are still under way."""
    async with database.transaction() as tx:
        for table in ("deliveries", "letters", "addresses", "people"):
            await tx.run(f"DELETE FROM {table}")  # noqa: S608 - names of ours
        await seal_crowd(tx, number, sealed_at=sealed_at)
        await tx.run("UPDATE deliveries SET due_at = '2030', next_at = '2030'")
