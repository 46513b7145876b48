"""The ledger: keys that are there before they are used, and gone before anything else is."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from threading import Event

import pytest

from bot.store.ledger import AMID_REWRITE, POOL, Ledger
from bot.store.ledger_file import LEDGER, LedgerFile
from bot.store.letter_keys import NO_KEYS, Keys, new_key
from bot.store.vault import Cell, Undecipherable, Vault
from tests.support.at_rest import files_with, keys_kept
from tests.support.watched import Tally

CELL = Cell("letters", "text", "1/1")


@asynccontextmanager
async def opened(folder: Path, keys: Keys = NO_KEYS) -> AsyncIterator[Ledger]:
    ledger = await Ledger.open(folder / LEDGER, keys)
    if await ledger.run(lambda file: file.store_id) is None:
        await ledger.run(lambda file: file.set_up("an id", bytes(32)))
    try:
        yield ledger
    finally:
        await ledger.close()


async def test_a_key_is_in_the_file_before_anybody_has_its_number(tmp_path: Path) -> None:
    async with opened(tmp_path) as ledger:
        taken = [await ledger.take() for _ in range(POOL + 1)]
        assert set(taken) <= keys_kept(tmp_path).keys()
        assert len(set(taken)) == POOL + 1


async def test_nobody_waits_for_a_key_while_the_file_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, rewrite = Event(), LedgerFile.rewrite

    def slow(file: LedgerFile) -> bool:
        goes_on.wait()
        return rewrite(file)

    monkeypatch.setattr(LedgerFile, "rewrite", slow)
    async with opened(tmp_path) as ledger:
        await ledger.destroy([await ledger.take()])
        rewriting = asyncio.create_task(ledger.rewrite_if_due())
        await asyncio.wait([rewriting], timeout=0.2)
        async with asyncio.timeout(10):
            taken = {await ledger.take() for _ in range(AMID_REWRITE)}
        assert not rewriting.done()
        goes_on.set()
        assert await rewriting
        assert len(taken) == AMID_REWRITE


async def test_keys_are_made_before_none_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Tally()
    make = Ledger.make

    async def make_counted(ledger: Ledger, number: int) -> list[int]:
        keys = await make(ledger, number)
        made.add()
        return keys

    monkeypatch.setattr(Ledger, "make", make_counted)
    async with opened(tmp_path) as ledger:
        for _ in range(POOL // 2 + 1):
            await ledger.take()
        async with asyncio.timeout(10):
            await made.reach(2)


async def test_a_ledger_that_takes_no_keys_ahead_fails_whoever_finds_none_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise sqlite3.OperationalError

    async with opened(tmp_path) as ledger:
        await ledger.take()
        monkeypatch.setattr(LedgerFile, "make", fail)
        for _ in range(POOL - 1):
            await ledger.take()
        with pytest.raises(sqlite3.OperationalError):
            await ledger.take()


async def test_a_key_made_ahead_and_never_used_is_nobodys_afterwards(tmp_path: Path) -> None:
    async with opened(tmp_path) as ledger:
        first = await ledger.take()
    async with opened(tmp_path) as ledger:
        assert await ledger.take() >= first + POOL


async def test_the_number_of_a_destroyed_key_is_never_used_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as ledger:
        made = await ledger.make(3)
        await ledger.destroy(made)
    async with opened(tmp_path) as ledger:
        assert min(await ledger.make(3)) > max(made)


async def test_what_an_older_ledger_does_not_know_of_is_never_used_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as ledger:
        await ledger.run(lambda file: file.skip_to(1000))
        assert await ledger.take() == 1001


@pytest.mark.parametrize("wrapped", [False, True])
async def test_what_a_destroyed_key_encrypted_is_read_no_more(
    tmp_path: Path, *, wrapped: bool
) -> None:
    keys = Keys.of([new_key()]) if wrapped else NO_KEYS
    async with opened(tmp_path, keys) as ledger:
        gone, other = await ledger.make(2)
        vault = ledger.vault
        kept = [(key_id, vault.encrypt(key_id, CELL, "Run")) for key_id in (gone, other)]
        assert [vault.decrypt(CELL, value) for _, value in kept] == ["Run", "Run"]
        await ledger.destroy([gone])
        for key_id, value in kept:
            if key_id == gone:
                with pytest.raises(Undecipherable):
                    vault.decrypt(CELL, value)
                with pytest.raises(Undecipherable):
                    vault.encrypt(key_id, CELL, "Run")
            else:
                assert vault.decrypt(CELL, value) == "Run"


async def test_a_destroyed_key_is_noted_once_and_in_order(tmp_path: Path) -> None:
    async with opened(tmp_path) as ledger:
        first, second, third = await ledger.make(3)
        await ledger.destroy([second])
        await ledger.destroy([second, 10**6, first])
        assert await ledger.run(lambda file: file.erased_after(0, 9)) == [(1, second), (2, first)]
        assert await ledger.run(lambda file: file.erased_after(1, 9)) == [(2, first)]
        assert third in keys_kept(tmp_path)


async def test_after_a_rewrite_no_file_has_a_trace_of_what_was_destroyed(tmp_path: Path) -> None:
    async with opened(tmp_path) as ledger:
        made = await ledger.make(200)
        plain = keys_kept(tmp_path)
        gone = made[::2]
        await ledger.destroy(gone)
        assert await ledger.run(lambda file: file.rewrite_if_due())
        found = {key_id for key_id in made if files_with(tmp_path, plain[key_id])}
        assert found == set(made) - set(gone)


async def test_a_rewrite_that_a_kill_prevented_is_made_at_the_next_chance(tmp_path: Path) -> None:
    async with opened(tmp_path) as ledger:
        [gone] = await ledger.make(1)
        plain = keys_kept(tmp_path)[gone]
        await ledger.destroy([gone])
    async with opened(tmp_path) as ledger:
        assert await ledger.run(lambda file: file.rewrite_if_due())
        assert not files_with(tmp_path, plain)


async def test_wrapped_keys_lie_in_no_file_as_they_are(tmp_path: Path) -> None:
    keys = Keys.of([new_key()])
    async with opened(tmp_path, keys) as ledger:
        [made] = await ledger.make(1)
        kept = keys_kept(tmp_path)[made]
        plain = keys.unwrap(made, keys.current, kept)
        assert len(plain) == 32
        assert not files_with(tmp_path, plain)


async def test_a_wrapped_key_moved_to_another_number_is_refused(tmp_path: Path) -> None:
    keys = Keys.of([new_key()])
    async with opened(tmp_path, keys) as ledger:
        first, second = await ledger.make(2)
        kept = keys_kept(tmp_path)
        with pytest.raises(Undecipherable):
            keys.unwrap(second, keys.current, kept[first])


async def test_a_store_half_set_up_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(*_: object) -> str:
        raise RuntimeError

    with closing(LedgerFile(tmp_path / LEDGER, NO_KEYS)) as file:
        with monkeypatch.context() as patch:
            patch.setattr(Vault, "encrypt", end)
            with pytest.raises(RuntimeError):
                file.set_up("an id", b"pepper")
        assert file.store_id is None
        file.set_up("an id", b"pepper")
        assert file.reader.vault().digest("a", "b") == Vault(
            file.reader.cipher_of, b"pepper"
        ).digest("a", "b")


async def test_a_commit_waits_until_the_disk_has_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as ledger:
        [[mode]] = await ledger.run(
            lambda file: file._writer.execute("PRAGMA journal_mode").fetchall()
        )
    with closing(sqlite3.connect(tmp_path / LEDGER)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchall() == [(mode,)] == [("wal",)]
