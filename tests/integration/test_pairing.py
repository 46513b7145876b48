"""`bot.db` and `ledger.db` belong together: one alone is refused, what a crash left is mended."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from bot import cli
from bot.app import DATABASE
from bot.store import pairing
from bot.store.database import Database
from bot.store.ledger_file import LEDGER, LedgerFile
from bot.store.pairing import DamagedStore, LedgerMissing, NotAPair, StoreMissing
from tests.support.clock import ManualClock
from tests.support.older import BEFORE_LEDGERS, make_older
from tests.support.rows import letter_texts
from tests.support.sealed_letters import seal_letter


async def filled(folder: Path, clock: ManualClock, text: str = "run") -> Path:
    """Make a store with a letter in a folder."""
    await asyncio.to_thread(folder.mkdir, mode=0o700, exist_ok=True)
    database = await Database.open(folder / DATABASE)
    async with database.transaction() as tx:
        await seal_letter(tx, clock, text=text)
    await database.close()
    return folder


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def empty(name: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        (folder / name).write_bytes(b"")

    return act


def spoil(name: str) -> Callable[[Path], None]:
    """Overwrite the middle of a file, page borders aside."""

    def act(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        for start in range(4096, len(content), 4096):
            content[start : start + 512] = b"\xff" * 512
        (folder / name).write_bytes(content)

    return act


def scribble(name: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        (folder / name).write_bytes(b"no database" * 1000)

    return act


TROUBLES = {
    "no bot.db": (remove(DATABASE), StoreMissing, "has ledger.db but not its bot.db"),
    "empty bot.db": (empty(DATABASE), StoreMissing, "has ledger.db but not its bot.db"),
    "no ledger": (remove(LEDGER), LedgerMissing, "has bot.db but not its ledger.db"),
    "empty ledger": (empty(LEDGER), LedgerMissing, "has bot.db but not its ledger.db"),
    "damaged bot.db": (spoil(DATABASE), DamagedStore, "bot.db is damaged"),
    "damaged ledger": (spoil(LEDGER), DamagedStore, "ledger.db is damaged"),
    "another bot.db": (scribble(DATABASE), DamagedStore, "bot.db is damaged"),
    "another ledger": (scribble(LEDGER), DamagedStore, "ledger.db is damaged"),
}


@pytest.mark.parametrize("name", TROUBLES)
async def test_a_store_without_its_other_half_is_refused_and_left_as_it_is(
    name: str, tmp_path: Path, clock: ManualClock
) -> None:
    act, error, _ = TROUBLES[name]
    act(await filled(tmp_path, clock))
    before = contents(tmp_path)
    with pytest.raises(error):
        await Database.open(tmp_path / DATABASE)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", TROUBLES)
async def test_the_program_ends_with_one_line_that_says_so(
    name: str,
    tmp_path: Path,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    act, _, line = TROUBLES[name]
    act(await filled(tmp_path / "local", clock))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr("bot.log.set_up", lambda *_: None)
    monkeypatch.setattr("os.umask", lambda _: 0)  # it is this process's, for all tests
    assert await asyncio.to_thread(cli.main, ["local"]) == cli.MISUSED
    [said] = [each for each in capsys.readouterr().err.splitlines() if "chmod" not in each]
    assert line in said


async def test_the_halves_of_two_stores_are_no_pair(tmp_path: Path, clock: ManualClock) -> None:
    one, other = await filled(tmp_path / "one", clock), await filled(tmp_path / "other", clock)
    shutil.copy(other / LEDGER, one / LEDGER)
    before = contents(one)
    with pytest.raises(NotAPair):
        await Database.open(one / DATABASE)
    assert contents(one) == before


async def test_a_copy_from_before_the_ledger_is_not_put_beside_it(
    tmp_path: Path, clock: ManualClock
) -> None:
    await filled(tmp_path, clock)
    await make_older(tmp_path / DATABASE, BEFORE_LEDGERS)
    before = contents(tmp_path)
    with pytest.raises(NotAPair):
        await Database.open(tmp_path / DATABASE)
    assert contents(tmp_path) == before


class Ended(Exception):
    """Stands in for a kill."""


PAIRING_STEPS = ("set_up", "note_paired", "skip_to")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", PAIRING_STEPS)
async def test_a_kill_amid_the_first_start_leaves_what_the_next_goes_on_with(
    step: str, tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, *, after: bool
) -> None:
    whole = getattr(LedgerFile, step)

    def end(*args: object) -> None:
        if after:
            whole(*args)
        raise Ended

    with monkeypatch.context() as patch:
        patch.setattr(LedgerFile, step, end)
        with pytest.raises(Ended):
            await Database.open(tmp_path / DATABASE)
    await filled(tmp_path, clock)
    database = await Database.open(tmp_path / DATABASE)
    assert await letter_texts(database) == ["run"]
    await database.close()


async def test_an_older_ledger_put_back_gives_no_number_twice(
    tmp_path: Path, clock: ManualClock
) -> None:
    await filled(tmp_path, clock)
    shutil.copy(tmp_path / LEDGER, tmp_path / "copy")
    for number in (2, 3):
        database = await Database.open(tmp_path / DATABASE)
        async with database.transaction() as tx:
            await seal_letter(tx, clock, number=number, person_id=number)
        await database.close()
        shutil.copy(tmp_path / "copy", tmp_path / LEDGER)
    database = await Database.open(tmp_path / DATABASE)
    async with database.transaction() as tx:
        await seal_letter(tx, clock, number=4, person_id=4)
    rows = await database.reader.all(
        "SELECT key_id FROM letters UNION ALL SELECT key_id FROM person_keys"
    )
    await database.close()
    lost = 2  # people whose keys no ledger has any more
    assert len({row["key_id"] for row in rows}) == len(rows) == 8 - lost


class Impatient(Thread):
    """In a timer's place: does again and again, at once, what is to be done when time is up."""

    def __init__(self, _: float, function: Callable[[], None]) -> None:
        super().__init__()
        self._function = function
        self._cancelled = Event()

    def run(self) -> None:
        while not self._cancelled.wait(0.001):
            self._function()

    def cancel(self) -> None:
        self._cancelled.set()


async def test_a_look_for_damage_ends_with_its_time_however_large_the_file(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(tmp_path, clock)
    await asyncio.to_thread(enlarge, tmp_path / DATABASE)
    await asyncio.to_thread(spoil_end, tmp_path / DATABASE)
    monkeypatch.setattr(pairing, "_LOOKED_AT", 60.0)
    with pytest.raises(DamagedStore):
        await Database.open(tmp_path / DATABASE)
    monkeypatch.setattr(pairing, "Timer", Impatient)
    database = await Database.open(tmp_path / DATABASE)
    assert await letter_texts(database) == ["run"]
    await database.close()


def enlarge(path: Path) -> None:
    """Give SQLite as much to look at as takes it some hundredths of a second."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE large (content)")
        connection.execute("INSERT INTO large VALUES (zeroblob(64 * 1024 * 1024))")


def spoil_end(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(-4096, os.SEEK_END)
        file.write(b"\xff" * 512)


def contents(folder: Path) -> dict[str, bytes]:
    """Return what every file holds but those that SQLite makes to read the others."""
    return {
        file.name: file.read_bytes()
        for file in folder.iterdir()
        if not file.name.endswith(("-shm", "-wal"))
    }
