"""What is committed stays on the disk, whatever becomes of the power."""

from pathlib import Path

import pytest

from bot.store.database import Database

WAL, FULL = "wal", 2  # https://sqlite.org/pragma.html#pragma_synchronous


@pytest.fixture
def unsynced() -> None:
    """Let the store wait for the disk, as it does outside tests."""


async def test_a_commit_waits_until_the_disk_has_it(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "bot.db")
    async with database.transaction() as tx:
        [mode] = await tx.all("PRAGMA journal_mode")
        [syncing] = await tx.all("PRAGMA synchronous")
    await database.close()
    assert (mode[0], syncing[0]) == (WAL, FULL)
