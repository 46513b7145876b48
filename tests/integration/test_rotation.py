"""Rotation: every key is wrapped with the first, whatever comes between, and leaves no trace."""

import asyncio
import os
import re
import shutil
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import DATABASE
from bot.drafts import Draft, Step
from bot.store import drafts, inbox, ledger_file
from bot.store.database import Database, StoreError
from bot.store.ledger_file import LEDGER
from bot.store.letter_keys import Keys, LostKey, name_of, new_key
from bot.store.rotation import rotate
from tests.support.app import Harness
from tests.support.at_rest import encrypted_values, files_with, integrity, kept, keys_kept
from tests.support.clock import ManualClock
from tests.support.sealed_letters import seal_letter
from tests.support.smtpd import ScriptedSmtp

REPOSITORY = Path(__file__).parents[2]
LETTERS = 25
WORDS = "Quokkas jubilate"
ADDRESS = "person7@example.com"

RUN_KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from bot.store import ledger_file, rotation
from bot.store.database import Database
from bot.store.ledger_file import LedgerFile
from bot.store.letter_keys import Keys

path, keys, steps = Path(sys.argv[1]), Keys.of(sys.argv[2].split(",")), int(sys.argv[3])
ledger_file.BATCH = 7

def counted(method):
    def step(file, *args):
        global steps
        if not steps:
            os.kill(os.getpid(), signal.SIGKILL)
        steps -= 1
        return method(file, *args)
    return step

async def main():
    database = await Database.open(path, keys)
    for name in ("_rewrap_batch", "_keep", "rewrite", "last_erased"):
        setattr(LedgerFile, name, counted(getattr(LedgerFile, name)))
    print(await rotation.rotate(database), steps, flush=True)
    await database.close()

asyncio.run(main())
"""
"""Rotates, and kills itself once it has taken so many steps."""


async def test_a_rotation_moves_every_key_on_to_the_first_and_touches_no_word(
    tmp_path: Path, clock: ManualClock
) -> None:
    path, old, new = tmp_path / DATABASE, new_key(), new_key()
    for before, after in (([], [old]), ([old], [new, old])):
        if not path.exists():
            await fill(path, Keys.of(before), clock)
        opened, values = kept(path, Keys.of(before)), encrypted_values(path)
        number = len(keys_kept(tmp_path))
        assert await rotated(path, Keys.of(after)) == number
        assert encrypted_values(path) == values
        assert kept(path, Keys.of(after[:1])) == opened
        assert integrity(tmp_path / LEDGER) == "ok"
        assert await rotated(path, Keys.of(after[:1])) == 0


async def test_only_what_is_not_with_the_first_key_yet_is_touched(
    tmp_path: Path, clock: ManualClock
) -> None:
    path, old, new = tmp_path / DATABASE, new_key(), new_key()
    await fill(path, Keys.of([old]), clock)
    before = keys_kept(tmp_path)
    async with opened(path, Keys.of([new, old])) as database, database.transaction() as tx:
        await seal_letter(tx, clock, number=1000, person_id=1000)
    news = {number: key for number, key in keys_kept(tmp_path).items() if number not in before}
    assert news
    assert await rotated(path, Keys.of([new, old])) == len(before)
    assert news.items() <= keys_kept(tmp_path).items()


async def test_a_key_that_wraps_any_is_wanted_at_start_and_one_that_wraps_none_is_not(
    tmp_path: Path, clock: ManualClock
) -> None:
    path, old, new = tmp_path / DATABASE, new_key(), new_key()
    await fill(path, Keys.of([old]), clock)
    for letter_keys in ([], [new]):
        with pytest.raises(LostKey) as trouble:
            await rotated(path, Keys.of(letter_keys))
        assert trouble.value.name == name_of(old)
    await rotated(path, Keys.of([new, old]))
    async with opened(path, Keys.of([new])):
        pass


async def test_more_keys_than_go_into_one_transaction_are_all_done(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for batch in (1, LETTERS, 1000):
        path = tmp_path / str(batch) / DATABASE
        await asyncio.to_thread(path.parent.mkdir)
        monkeypatch.setattr(ledger_file, "BATCH", batch)
        await fill(path, Keys.of([]), clock)
        assert await rotated(path, Keys.of([new_key()])) == len(keys_kept(path.parent))


async def test_wrapping_turned_on_later_leaves_no_plain_key_in_any_file(
    tmp_path: Path, clock: ManualClock
) -> None:
    path, key = tmp_path / DATABASE, new_key()
    await fill(path, Keys.of([]), clock)
    plain = keys_kept(tmp_path).values()
    assert all(files_with(tmp_path, each) for each in plain)
    async with opened(path, Keys.of([key])) as database:
        await rotate(database)
        assert not any(files_with(tmp_path, each) for each in plain)
    assert not any(files_with(tmp_path, each) for each in plain)


async def test_after_a_rotation_the_letters_come_back_with_the_new_key_alone(
    harness: Harness, smtp_server: ScriptedSmtp, tmp_path: Path
) -> None:
    old, new = new_key(), new_key()
    harness.environ = {"LETTER_KEYS": old}
    async with harness.app() as app:
        await harness.user(app).seal(WORDS, ADDRESS)
    await rotated(tmp_path / DATABASE, Keys.of([new, old]))
    harness.environ = {"LETTER_KEYS": new}
    async with harness.app() as app:
        await harness.pass_time(app, timedelta(days=7))
        assert WORDS in harness.user(app).heard[-1].text
        await harness.user(app).seal("Another", ADDRESS)
        [row] = await app.database.reader.all("SELECT count(*) AS n FROM addresses")
        assert row["n"] == 1
    [mail] = smtp_server.accepted
    assert mail.recipients == (ADDRESS,)


async def test_a_log_that_another_program_reads_is_not_taken_for_emptied(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty = ("PRAGMA journal_mode = WAL", "PRAGMA busy_timeout = 1")
    monkeypatch.setattr(ledger_file, "_WRITER_PRAGMAS", hasty)
    path = tmp_path / DATABASE
    await fill(path, Keys.of([]), clock)
    plain = keys_kept(tmp_path).values()
    other = sqlite3.connect(tmp_path / LEDGER, isolation_level=None)
    async with opened(path, Keys.of([new_key()])) as database:
        with closing(other):
            other.execute("BEGIN")
            other.execute("SELECT count(*) FROM keys").fetchall()
            with pytest.raises(StoreError):
                await rotate(database)
        assert await rotate(database) == 0
    assert not any(files_with(tmp_path, each) for each in plain)


async def test_killed_at_any_step_a_rotation_is_taken_up_where_it_was(
    tmp_path: Path, clock: ManualClock
) -> None:
    old, new = new_key(), new_key()
    pristine = tmp_path / "pristine"
    await asyncio.to_thread(pristine.mkdir)
    await fill(pristine / DATABASE, Keys.of([old]), clock)
    before, words = keys_kept(pristine).values(), kept(pristine / DATABASE, Keys.of([old]))
    whole = await asyncio.to_thread(_copy, pristine, tmp_path / "whole")
    end = await child(whole, [new, old], steps=10_000)
    steps = 10_000 - int(re.findall(r"\d+", end.out)[1])
    for step in (1, steps // 3, steps // 2, steps - 2, steps - 1):
        path = await asyncio.to_thread(_copy, pristine, tmp_path / f"step-{step}")
        end = await child(path, [new, old], steps=step)
        assert end.code == -signal.SIGKILL, step
        assert kept(path, Keys.of([new, old])) == words
        assert integrity(path.with_name(LEDGER)) == "ok"
        await rotated(path, Keys.of([new, old]))
        assert kept(path, Keys.of([new])) == words
        assert not any(files_with(path.parent, each) for each in before), step


async def fill(path: Path, keys: Keys, clock: ManualClock) -> None:
    """Make a store with something in each sealed column, and gaps among the rows."""
    async with opened(path, keys) as database, database.transaction() as tx:
        for number in range(1, LETTERS + 1):
            text = f"{WORDS} {number}"
            await seal_letter(tx, clock, number=number, person_id=number, text=text)
            await inbox.receive(tx, [{"update_id": number * 10**6, "text": text}], clock.now())
            draft = Draft(person_id=number, step=Step.ADDRESS, candidate=text)
            await drafts.keep(tx, draft, clock.now())


async def rotated(path: Path, keys: Keys) -> int:
    async with opened(path, keys) as database:
        return await rotate(database)


@asynccontextmanager
async def opened(path: Path, keys: Keys) -> AsyncIterator[Database]:
    database = await Database.open(path, keys)
    try:
        yield database
    finally:
        await database.close()


class End:
    """How a child ended."""

    def __init__(self, code: int, out: str) -> None:
        self.code = code
        self.out = out


async def child(path: Path, keys: list[str], *, steps: int) -> End:
    """Rotate in a child that kills itself after so many steps."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        RUN_KILLED,
        str(path),
        ",".join(keys),
        str(steps),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    out, _ = await process.communicate()
    assert process.returncode is not None
    return End(process.returncode, out.decode())


def _copy(store: Path, folder: Path) -> Path:
    shutil.copytree(store, folder)
    return folder / DATABASE
