"""What follows from a commit happens by itself, whoever made it, and never without it."""

from pathlib import Path

import pytest

from bot.store import letters
from bot.store.database import Database
from tests.support.at_rest import keys_kept
from tests.support.clock import ManualClock
from tests.support.sealed_letters import seal_letter


async def test_the_lanes_are_told_of_what_is_owed_once_it_is_on_the_disk(
    database: Database, clock: ManualClock
) -> None:
    committed: list[bool] = []
    database.on_due = lambda: committed.append(not database._writer.in_transaction)
    async with database.transaction() as tx:
        await seal_letter(tx, clock)
        assert committed == []
    assert committed == [True]


async def test_nobody_is_told_of_what_was_rolled_back(
    database: Database, clock: ManualClock
) -> None:
    async def seal_and_fail() -> None:
        async with database.transaction() as tx:
            await seal_letter(tx, clock)
            raise LookupError

    told: list[None] = []
    database.on_due = lambda: told.append(None)
    with pytest.raises(LookupError):
        await seal_and_fail()
    async with database.transaction() as tx:
        await tx.run("DELETE FROM letters")
    assert told == []


async def test_the_keys_of_what_is_erased_go_once_that_is_on_the_disk(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    async with database.transaction() as tx:
        await seal_letter(tx, clock)
        [row] = await tx.all("SELECT key_id FROM letters")
    async with database.transaction() as tx:
        await letters.erase_text(tx, 1, clock.now())
        assert row["key_id"] in keys_kept(tmp_path)
    assert row["key_id"] not in keys_kept(tmp_path)


async def test_the_keys_of_what_was_not_erased_after_all_stay(
    database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    async def erase_and_fail() -> None:
        async with database.transaction() as tx:
            await letters.erase_text(tx, 1, clock.now())
            raise LookupError

    async with database.transaction() as tx:
        await seal_letter(tx, clock)
    before = keys_kept(tmp_path)
    with pytest.raises(LookupError):
        await erase_and_fail()
    assert keys_kept(tmp_path) == before
