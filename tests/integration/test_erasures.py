"""What was said to be erased stays so: after a kill between two commits, in an older copy put back.

And what an older version kept is taken over, wherever that is broken off.
"""

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import aiosqlite
import pytest

from bot.app import DATABASE, App
from bot.store import addresses, erase_person, erasures, inbox, letters, owners, reencryption
from bot.store.database import Database, Transaction
from bot.store.encrypted import ENCRYPTED_COLUMNS
from bot.store.ledger import Ledger
from bot.store.ledger_file import LEDGER, LedgerFile
from bot.store.letter_keys import NO_KEYS, Keys, new_key
from tests.support.app import Harness
from tests.support.at_rest import encrypted_values, files_with, integrity, kept, keys_kept, legible
from tests.support.clock import ManualClock
from tests.support.older import kept_before, make_older
from tests.support.rows import count, letter_texts
from tests.support.sealed_letters import seal_letter, seal_letters
from tests.support.smtpd import ScriptedSmtp

WEEK = timedelta(days=7)
ADDRESS = "me@example.com"
AGES = 50


class Killed(Exception):
    """Stands in for a kill."""


async def killed_between_the_commits(
    app: App, monkeypatch: pytest.MonkeyPatch, erase: Callable[[Transaction], Awaitable[None]]
) -> None:
    """Erase, and end before a key is destroyed."""

    async def end(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "destroy", end)
        with pytest.raises(Killed):
            async with app.database.transaction() as tx:
                await erase(tx)


async def test_a_letters_key_that_a_kill_spared_is_destroyed_by_the_next_start(
    harness: Harness, smtp_server: ScriptedSmtp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with harness.app() as app:
        await harness.user(app).seal("Run", ADDRESS)
        await harness.user(app, "other").seal("Read", "other@example.com")
        [row, _] = await app.database.reader.all("SELECT key_id FROM letters ORDER BY id")
        await killed_between_the_commits(
            app, monkeypatch, lambda tx: letters.erase_text(tx, 1, harness.clock.now())
        )
    plain = keys_kept(tmp_path)[row["key_id"]]
    harness.clock.advance(WEEK)
    async with harness.app() as app:
        assert row["key_id"] not in keys_kept(tmp_path)
        await app.jobs.end_erasures()
        assert not files_with(tmp_path, plain)
        await app.settle()
        assert await letter_texts(app.database) == ["", "Read"]
        assert await count(app.database, "doomed_keys") == 0
    assert [mail.recipients for mail in smtp_server.accepted] == [("other@example.com",)]


async def test_a_persons_keys_that_a_kill_spared_are_destroyed_by_the_next_start(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with harness.app() as app:
        user, other = harness.user(app), harness.user(app, "other")
        await user.seal("Run", ADDRESS)
        await other.seal("Read", "other@example.com")
        doomed = await owners.keys_of_everything(app.database.reader, user.person.id)
        await killed_between_the_commits(
            app, monkeypatch, lambda tx: erase_person.erase(tx, user.person.id, 0)
        )
    assert len(doomed) == 2
    assert set(doomed) <= keys_kept(tmp_path).keys()
    async with harness.app() as app:
        assert not set(doomed) & keys_kept(tmp_path).keys()
        assert await letter_texts(app.database) == ["Read"]
        assert await count(app.database, "person_keys") == 1


async def test_where_the_ledger_takes_no_write_the_keys_go_with_the_next_sweep(
    harness: Harness, app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise sqlite3.OperationalError

    await harness.user(app).seal("Run", ADDRESS)
    [row] = await app.database.reader.all("SELECT key_id FROM letters")
    with monkeypatch.context() as patch:
        patch.setattr(LedgerFile, "destroy", fail)
        async with app.database.transaction() as tx:
            await letters.erase_text(tx, 1, harness.clock.now())
    assert row["key_id"] in keys_kept(tmp_path)
    await app.jobs.end_erasures()
    assert row["key_id"] not in keys_kept(tmp_path)


async def test_however_many_keys_wait_for_the_ledger_they_go_a_few_at_a_time(
    harness: Harness, app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise sqlite3.OperationalError

    await seal_letters(app.database, harness.clock, 5)
    with monkeypatch.context() as patch:
        patch.setattr(LedgerFile, "destroy", fail)
        async with app.database.transaction() as tx:
            for letter_id in range(1, 6):
                await letters.erase_text(tx, letter_id, harness.clock.now())
    doomed = {row["key_id"] for row in await app.database.reader.all("SELECT * FROM doomed_keys")}
    monkeypatch.setattr(erasures, "BATCH", 2)
    destroyed = list[int]()
    destroy = LedgerFile.destroy

    def destroy_noted(file: LedgerFile, key_ids: Sequence[int]) -> None:
        destroyed.append(len(key_ids))
        destroy(file, key_ids)

    monkeypatch.setattr(LedgerFile, "destroy", destroy_noted)
    await app.jobs.end_erasures()
    assert destroyed == [2, 2, 1]
    assert not doomed & keys_kept(tmp_path).keys()
    assert await count(app.database, "doomed_keys") == 0


async def test_a_letter_whose_key_is_lost_is_as_good_as_erased(harness: Harness, app: App) -> None:
    user = harness.user(app)
    for words in ("Run", "Read"):
        await user.seal(words, ADDRESS)
    [row, _] = await app.database.reader.all("SELECT key_id FROM letters ORDER BY id")
    await app.database.ledger.destroy([row["key_id"]])
    [listed] = await user.say("/letters")
    assert "Read" in listed.text
    assert "Run" not in listed.text
    await app.jobs.end_erasures()
    assert await letter_texts(app.database) == ["", "Read"]


async def test_an_older_store_of_any_age_put_back_revives_nothing(
    harness: Harness, smtp_server: ScriptedSmtp, tmp_path: Path
) -> None:
    chance = random.Random(1)  # noqa: S311 - nothing secret
    folder, copies = tmp_path / "data", tmp_path / "copies"
    folder.mkdir()
    copies.mkdir()
    harness.folder = folder
    gone: set[str] = set()
    there: dict[int, str] = {}
    for age in range(AGES):
        database = await Database.open(folder / DATABASE)
        number = age + 1
        async with database.transaction() as tx:
            await seal_letter(tx, harness.clock, number=number, person_id=number, text=f"w{number}")
        there[number] = f"w{number}"
        await database.close()
        shutil.copy(folder / DATABASE, copies / str(age))
        if chance.random() < 0.7:
            victim = chance.choice(sorted(there))
            gone.add(there.pop(victim))
            database = await Database.open(folder / DATABASE)
            async with database.transaction() as tx:
                await _erase(tx, victim, chance, harness.clock)
            await database.close()
    for age in range(AGES):
        shutil.copy(copies / str(age), folder / DATABASE)
        async with harness.app() as app:
            texts = set(await letter_texts(app.database))
            assert not texts & gone
            assert texts - {""} == {w for n, w in there.items() if n <= age + 1}
        assert integrity(folder / DATABASE) == "ok"


async def _erase(tx: Transaction, victim: int, chance: random.Random, clock: ManualClock) -> None:
    if chance.random() < 0.5:
        await erase_person.erase(tx, victim, 0)
    else:
        for row in await tx.all("SELECT id FROM letters WHERE person_id = :id", id=victim):
            await letters.erase_text(tx, row["id"], clock.now())


async def test_nothing_of_an_older_store_is_claimed_that_was_erased_since(
    harness: Harness, smtp_server: ScriptedSmtp, tmp_path: Path
) -> None:
    async with harness.app() as app:
        await harness.user(app).seal("Run", ADDRESS)
    shutil.copy(tmp_path / DATABASE, tmp_path / "copy")
    async with harness.app() as app:
        user = harness.user(app)
        await user.say("/delete")
        await user.press("erase")
    shutil.copy(tmp_path / "copy", tmp_path / DATABASE)
    harness.clock.advance(WEEK)
    async with harness.app() as app:
        await app.settle()
        assert await count(app.database, "people") == 0
    assert smtp_server.accepted == []


async def test_a_later_update_of_who_erased_themselves_is_still_answered(
    harness: Harness, app: App
) -> None:
    user = harness.user(app)
    await user.seal("Run", ADDRESS)
    message = {"from": {"id": user.person.id}, "chat": {"type": "private"}}
    async with app.database.transaction() as tx:
        await inbox.receive(tx, [{"update_id": 10**6, "message": message}], harness.clock.now())
        await erase_person.erase(tx, user.person.id, 10**5)
    [left] = await inbox.left_open(app.database.reader)
    assert left.wire["message"] == message


async def test_beside_an_older_ledger_whoever_lost_their_key_is_answered_and_writes_again(
    harness: Harness, smtp_server: ScriptedSmtp, tmp_path: Path
) -> None:
    async with harness.app() as app:
        await harness.user(app).seal("Run", ADDRESS)
    shutil.copy(tmp_path / LEDGER, tmp_path / "copy")
    async with harness.app() as app:
        for name in ("new", "newer"):
            await harness.user(app, name).seal("Read", f"{name}@example.com")
    shutil.copy(tmp_path / "copy", tmp_path / LEDGER)
    async with harness.app() as app:
        for name in ("first", "new"):
            user = harness.user(app, name)
            assert await user.say("/help")
            await user.seal("Sing", f"{name}@example.com")
            assert "Sing" in (await user.say("/letters"))[-1].text
        newer, now = harness.user(app, "newer").person.id, harness.clock.now()
        async with app.database.transaction() as tx:
            given = await addresses.use(tx, newer, "other@example.com", now)
            await tx.run(
                "UPDATE addresses SET used_at = '9999' WHERE person_id = :newer AND id <> :given",
                newer=newer,
                given=given.id,
            )
        assert await addresses.usable(app.database.reader, newer, 1) == [given]


async def test_an_update_of_whose_key_is_lost_makes_nobody_elses_wait(
    harness: Harness, app: App, tmp_path: Path
) -> None:
    user, other = harness.user(app), harness.user(app, "other")
    await user.seal("Run", ADDRESS)
    with closing(sqlite3.connect(tmp_path / LEDGER)) as ledger, ledger:
        ledger.execute("DELETE FROM keys WHERE id > 1")
    app.database.ledger._opened.reader.forget()
    user.telegram.say(user.person, "/help")
    assert await other.say("/help")


# ---- What an older version kept ----


@pytest.mark.parametrize("keyed", [False, True])
async def test_a_migration_broken_off_anywhere_is_gone_on_with_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, keyed: bool
) -> None:
    letter_key = new_key()
    keys = Keys.of([letter_key]) if keyed else NO_KEYS
    monkeypatch.setattr(reencryption, "BATCH", 2)
    pristine, whole = tmp_path / "pristine.db", tmp_path / "whole"
    await make_older(pristine, letters=5)
    if keyed:
        _encrypt(pristine, letter_key)
    await _migrated(pristine, whole, keys)
    expected = kept(whole / DATABASE, keys)
    assert len(expected) == 5 * 14
    at = 0
    while True:
        folder = tmp_path / str(at)
        folder.mkdir()
        shutil.copy(pristine, folder / DATABASE)
        with monkeypatch.context() as patch:
            if not await _is_killed(folder, keys, patch, at):
                break
        await _migrated(folder / DATABASE, folder, keys)
        assert kept(folder / DATABASE, keys) == expected
        assert integrity(folder / DATABASE) == integrity(folder / LEDGER) == "ok"
        assert not legible(folder, "Quokka", "Narwhal", "axolotl")
        at += 1
    assert at > 40


async def _migrated(source: Path, folder: Path, keys: Keys) -> None:
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    if source != folder / DATABASE:
        shutil.copy(source, folder / DATABASE)
    await (await Database.open(folder / DATABASE, keys)).close()
    assert not _older_values(folder / DATABASE)


async def _is_killed(folder: Path, keys: Keys, patch: pytest.MonkeyPatch, at: int) -> bool:
    """Open a store, ended before its write of that number; False if it has no more."""
    left = at
    execute = aiosqlite.Connection.execute

    async def count_down(connection: object, sql: str, *values: object) -> object:
        nonlocal left
        if sql.startswith(("BEGIN", "VACUUM", "DELETE", "UPDATE", "INSERT")):
            left -= 1
            if left < 0:
                raise Killed
        return await execute(connection, sql, *values)

    fetch = aiosqlite.Connection.execute_fetchall

    async def count_down_fetch(connection: object, sql: str, *values: object) -> object:
        nonlocal left
        if sql.startswith(("VACUUM", "DELETE", "UPDATE", "INSERT", "PRAGMA wal")):
            left -= 1
            if left < 0:
                raise Killed
        return await fetch(connection, sql, *values)

    patch.setattr("aiosqlite.Connection.execute", count_down)
    patch.setattr("aiosqlite.Connection.execute_fetchall", count_down_fetch)
    try:
        database = await Database.open(folder / DATABASE, keys)
    except Killed:
        return True
    await database.close()
    return False


def _encrypt(path: Path, key: str) -> None:
    """Encrypt what an older version would have kept in clear."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.create_function("kept", 1, lambda text: text and kept_before(text[1:], key))
        for table, column in ENCRYPTED_COLUMNS:
            connection.execute(f"UPDATE {table} SET {column} = kept({column})")  # noqa: S608


def _older_values(path: Path) -> list[str]:
    return [value for _, _, value in encrypted_values(path) if not value.startswith("*")]
