"""Rotation: everything moves on to the first key, whatever comes between, and leaves no trace."""

import asyncio
import os
import re
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import DATABASE
from bot.store import inbox, rotation
from bot.store.database import Database, StoreError
from bot.store.rotation import rotate
from bot.store.vault import Keys, LostKey, name_of, new_key
from tests.support.app import Harness
from tests.support.at_rest import encrypted_values, integrity, kept, legible
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
from bot.store import rotation
from bot.store.database import Database
from bot.store.vault import Keys

path, keys, steps = Path(sys.argv[1]), Keys.of(sys.argv[2].split(",")), int(sys.argv[3])
rotation.BATCH = 7

class Doomed(Database):
    steps_left = steps

    def transaction(self):
        self._step()
        return super().transaction()

    async def rewrite(self):
        self._step()
        await super().rewrite()
        self._step()

    def _step(self):
        if not self.steps_left:
            os.kill(os.getpid(), signal.SIGKILL)
        self.steps_left -= 1

async def main():
    database = await Doomed.open(path, keys)
    print(await rotation.rotate(database), database.steps_left, flush=True)
    await database.close()

asyncio.run(main())
"""
"""Rotates, and kills itself once it has taken so many steps."""


async def test_a_rotation_moves_everything_on_to_the_first_key(
    tmp_path: Path, clock: ManualClock
) -> None:
    path, old, new = tmp_path / DATABASE, new_key(), new_key()
    for before, after in (([], [old]), ([old], [new, old])):
        if not path.exists():
            await fill(path, Keys.of(before), clock)
        opened, number = kept(path, Keys.of(before)), len(encrypted_values(path))
        assert await rotated(path, Keys.of(after)) == number
        assert kept(path, Keys.of(after[:1])) == opened
        assert integrity(path) == "ok"
        assert await rotated(path, Keys.of(after[:1])) == 0


async def test_only_what_is_not_with_the_first_key_yet_is_touched(
    tmp_path: Path, clock: ManualClock
) -> None:
    path, old, new = tmp_path / DATABASE, new_key(), new_key()
    await fill(path, Keys.of([old]), clock)
    async with opened(path, Keys.of([new, old])) as database, database.transaction() as tx:
        await seal_letter(tx, clock, number=1000, person_id=1000)
    news = {value for _, _, value in encrypted_values(path) if name_of(new) in value}
    assert await rotated(path, Keys.of([new, old])) == len(encrypted_values(path)) - len(news)
    assert news <= {value for _, _, value in encrypted_values(path)}


async def test_more_values_than_go_into_one_transaction_are_all_done(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for batch in (1, LETTERS, LETTERS + 1):
        path = tmp_path / f"{batch}.db"
        monkeypatch.setattr(rotation, "BATCH", batch)
        await fill(path, Keys.of([]), clock)
        assert await rotated(path, Keys.of([new_key()])) == len(encrypted_values(path))


async def test_encryption_turned_on_later_leaves_no_plain_word_in_any_file(
    tmp_path: Path, clock: ManualClock
) -> None:
    path, key = tmp_path / DATABASE, new_key()
    await fill(path, Keys.of([]), clock)
    assert {part for _, part in legible(tmp_path, WORDS, ADDRESS)} >= {"Quokkas", ADDRESS}
    async with opened(path, Keys.of([key])) as database:
        await rotate(database)
        assert not legible(tmp_path, WORDS, ADDRESS)
        assert (tmp_path / f"{DATABASE}-wal").stat().st_size == 0
    assert not legible(tmp_path, WORDS, ADDRESS)


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


async def test_a_damaged_value_ends_the_rotation_and_costs_nothing(
    tmp_path: Path, clock: ManualClock
) -> None:
    path, old, new = tmp_path / DATABASE, new_key(), new_key()
    await fill(path, Keys.of([old]), clock)
    [*_, (_, _, whole)] = [row for row in encrypted_values(path) if row[0] == "updates"]
    write(path, "UPDATE updates SET payload = substr(payload, 1, 40) WHERE payload = ?", whole)
    with pytest.raises(LostKey) as trouble:
        await rotated(path, Keys.of([new, old]))
    assert trouble.value.name == name_of(old)
    write(path, "UPDATE updates SET payload = ? WHERE length(payload) = 40", whole)
    left = [value for _, _, value in encrypted_values(path) if name_of(old) in value]
    assert 0 < len(left) < len(encrypted_values(path))
    assert await rotated(path, Keys.of([new, old])) == len(left)


async def test_a_log_that_another_program_reads_is_not_taken_for_emptied(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty = ("PRAGMA journal_mode = WAL", "PRAGMA busy_timeout = 1")
    monkeypatch.setattr("bot.store.database._WRITER_PRAGMAS", hasty)
    path = tmp_path / DATABASE
    await fill(path, Keys.of([]), clock)
    other = sqlite3.connect(path, isolation_level=None)
    async with opened(path, Keys.of([new_key()])) as database:
        with closing(other):
            other.execute("BEGIN")
            other.execute("SELECT count(*) FROM letters").fetchall()
            with pytest.raises(StoreError):
                await rotate(database)
        assert await rotate(database) == 0
    assert not legible(tmp_path, WORDS, ADDRESS)


async def test_killed_at_any_step_a_rotation_is_taken_up_where_it_was(
    tmp_path: Path, clock: ManualClock
) -> None:
    old, new = new_key(), new_key()
    pristine = tmp_path / "pristine.db"
    await fill(pristine, Keys.of([old]), clock)
    total = len(encrypted_values(pristine))
    whole = await asyncio.to_thread(_copy, pristine, tmp_path / "whole")
    end = await child(whole, [new, old], steps=10_000)
    steps = 10_000 - int(re.findall(r"\d+", end.out)[1])
    for step in (1, steps // 3, steps // 2, steps - 2, steps - 1):
        path = await asyncio.to_thread(_copy, pristine, tmp_path / f"step-{step}")
        end = await child(path, [new, old], steps=step)
        assert end.code == -signal.SIGKILL, step
        assert kept(path, Keys.of([new, old])) == kept(pristine, Keys.of([old]))
        assert integrity(path) == "ok"
        left = sum(name_of(old) in value for _, _, value in encrypted_values(path))
        assert left < total or step == 1
        assert await rotated(path, Keys.of([new, old])) == left
        assert kept(path, Keys.of([new])) == kept(pristine, Keys.of([old]))
        assert not legible(path.parent, f"~{name_of(old)}:")


async def fill(path: Path, keys: Keys, clock: ManualClock) -> None:
    """Make a store with something in each sealed column, and gaps among the rows."""
    async with opened(path, keys) as database, database.transaction() as tx:
        for number in range(1, LETTERS + 1):
            text = f"{WORDS} {number}"
            await seal_letter(tx, clock, number=number, person_id=number, text=text)
            await inbox.receive(tx, [{"update_id": number * 10**6, "text": text}], clock.now())
            await tx.run(
                "INSERT INTO drafts (person_id, step, parts, candidate, suggestion, touched_at)"
                " VALUES (:number, 'words', :kept, :kept, iif(:number % 2, :kept, NULL), '')",
                number=number,
                kept=tx.vault.encrypt(text),
            )


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


def write(path: Path, sql: str, value: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(sql, (value,))
    connection.close()


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


def _copy(path: Path, folder: Path) -> Path:
    folder.mkdir()
    (folder / DATABASE).write_bytes(path.read_bytes())
    return folder / DATABASE
