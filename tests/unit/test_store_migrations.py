"""A database of any older version opens with all it keeps; one of a later version isn't touched."""

import asyncio
import hashlib
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import aiosqlite
import pytest

from bot import cli
from bot.drafts import Step
from bot.letters import Channel
from bot.store import (
    consent,
    drafts,
    encrypted,
    inbox,
    letters,
    meta,
    migrations,
    outbox,
    rekeying,
    suppressions,
)
from bot.store.codes import code_of, old_link_token_of
from bot.store.consent import Verdict
from bot.store.database import Database, to_text
from bot.store.key_reader import KeyReader
from bot.store.ledger_file import LEDGER
from bot.store.letter_keys import NO_KEYS, Keys, new_key
from bot.store.mailboxes import AddressKeys, exact_key, legacy_key
from bot.store.meta import MetaKey
from bot.store.migrations import NewerDatabase, migrate, steps
from bot.store.vault import Cell, Vault
from tests.support import one_claim
from tests.support.clock import A_MORNING
from tests.support.keyless import no_cipher
from tests.support.log_lines import log_lines
from tests.support.older import kept_before

LATEST = steps()[-1][0]
SUPPRESSIONS_SINCE = 8
COLUMNS = {
    "stops": ("mailbox_key", "stopped_at"),
    "suppressions": ("mailbox_key", "suppressed_at"),
}
DAY_7 = A_MORNING + timedelta(days=7)

ROWS = {
    1: """
        INSERT INTO people VALUES (1, 'ko', 'Asia/Seoul', '2026-01-01T09:00:00.000000+00:00', NULL);
        INSERT INTO addresses (id, person_id, address, exact_key, mailbox_key, used_at)
            VALUES (1, 1, '=me@example.com', 'e', 'm', '2026-01-01T09:00:00.000000+00:00');
        INSERT INTO letters (id, person_id, chat_id, message_id, update_id, text, entities,
            address_id, zone, sealed_at)
            VALUES (1, 1, 1, 5, 6, '=달리기', '=[{"type":"bold","offset":0,"length":3}]', 1,
            'Asia/Seoul', '2026-01-01T09:00:00.000000+00:00');
        INSERT INTO deliveries (id, key, kind, channel, person_id, letter_id, day, due_at, token,
            state, next_at, attempt, failures, doubts, parts_sent, sent_at)
            VALUES (1, 'letter:1:7:email', 'reminder', 'email', 1, 1, 7,
            '2026-01-08T09:00:00.000000+00:00', 'a-token', 'retry',
            '2026-01-08T09:05:00.000000+00:00', 2, 1, 1, 0, NULL),
            (2, 'letter:1:7:chat', 'reminder', 'chat', 1, 1, 7,
            '2026-01-08T09:00:00.000000+00:00', 'b-token', 'sent',
            '2026-01-08T09:00:00.000000+00:00', 1, 0, 0, 0, '2026-01-08T09:00:00.000000+00:00');
        INSERT INTO drafts (person_id, step, parts, candidate, touched_at) VALUES (1, 'address',
            '=[{"message_id": 9, "sent_at": "2026-01-01T09:00:00+00:00", "text": "웃기",
            "entities": "[]"}]', '=me@example.con', '2026-01-01T09:00:00.000000+00:00');
        INSERT INTO updates (id, payload, received_at)
            VALUES (10, '={"update_id": 10}', '2026-01-01T09:00:00.000000+00:00');
        INSERT INTO facts VALUES ('pepper', '=00ff00ff'), ('bot-username', '=slow_mailbox_bot');
    """,
    2: """
        INSERT INTO stops VALUES ('m2', '2026-01-01T09:00:00.000000+00:00');
        INSERT INTO confirmations VALUES (1, 1, 3, '2026-01-01T09:00:00.000000+00:00');
        INSERT INTO confirmation_mails
            VALUES (1, 'm', 'd', '2026-01-01T09:00:00.000000+00:00');
    """,
}
"""What a program of each version would have kept in the tables that it brought."""


GONE = {"applied", "facts"}
"""Columns that a later version has no use for."""

RENAMED = {
    "stops": "suppressions",
    ("stops", "stopped_at"): "suppressed_at",
    ("confirmation_mails", "mailbox_key"): "wide_key",
    ("confirmation_mails", "asked_at"): "owed_at",
}
"""Tables and columns by what a later version calls them."""

MADE_ANEW = {
    ("letters", "key_id"),
    ("addresses", "exact_key"),
    ("addresses", "mailbox_key"),
    ("addresses", "wide_key"),
    ("addresses", "domain_key"),
    ("confirmation_mails", "wide_key"),
    ("confirmation_mails", "domain_key"),
}
"""Columns, by their names of today, that are filled in from the address itself."""


@asynccontextmanager
async def _connected(path: Path) -> AsyncIterator[aiosqlite.Connection]:
    connection = await aiosqlite.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        await connection.close()


_MADE = {0: b""}


def _folder(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


async def _make(path: Path, version: int) -> None:
    """Make a database as a program of that version would have left it."""
    if version not in _MADE:
        await _make(path, version - 1)
        async with _connected(path) as connection:
            await migrate(connection, up_to=version)
            await connection.executescript(ROWS.get(version, ""))
        _MADE[version] = await asyncio.to_thread(path.read_bytes)
    await asyncio.to_thread(path.write_bytes, _MADE[version])


def _kept(path: Path) -> dict[str, list[dict[str, object]]]:
    """Return every row of every table, by column."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        return {
            name: [dict(row) for row in connection.execute(f"SELECT * FROM {name} ORDER BY 1")]  # noqa: S608 - a table's own name
            for [name] in tables.fetchall()
        }


def _readable(path: Path) -> dict[str, list[dict[str, object]]]:
    """Return the same with what is encrypted as a version before the ledger kept it."""
    reader = KeyReader(path.with_name(LEDGER), NO_KEYS)
    with closing(sqlite3.connect(path)) as connection, closing(reader):
        vault = reader.vault()
        connection.create_function(
            "opened", 4, lambda *cell: f"={vault.decrypt(Cell(*cell[:3]), cell[3])}"
        )
        for column in encrypted.COLUMNS:
            rows = connection.execute(
                f"SELECT rowid, opened('{column.table}', '{column.name}', {column.row},"  # noqa: S608
                f" {column.name}) FROM {column.table} WHERE {column.name} IS NOT NULL"
            ).fetchall()
            connection.executemany(
                f"UPDATE {column.table} SET {column.name} = ?2 WHERE rowid = ?1",  # noqa: S608
                rows,
            )
        connection.commit()
    return _kept(path)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("version", range(1, LATEST + 1))
async def test_a_database_of_an_older_version_keeps_every_value(
    version: int, tmp_path: Path
) -> None:
    path = tmp_path / "bot.db"
    await _make(path, version)
    before = _kept(path)
    await (await Database.open(path)).close()
    after = _readable(path)
    before["facts"] = [row for row in before.get("facts", []) if row["name"] != "pepper"]
    for table in before.keys() & {"person_keys", "pairing"}:
        del before[table]
    for table, rows in before.items():
        for old, row in zip(rows, after[RENAMED.get(table, table)], strict=True):
            for key in old.keys() - GONE:
                name = RENAMED.get((table, key), key)
                assert (table, name) in MADE_ANEW or row[name] == old[key], (table, key)
                # Another table's key of that name is made anew; an address's is kept as well.
                if (table, key) == ("addresses", "mailbox_key") and "legacy_key" not in old:
                    assert row["legacy_key"] == old[key]


@pytest.mark.parametrize("version", range(1, LATEST + 1))
async def test_a_database_of_an_older_version_is_worked_with_as_before(
    version: int, tmp_path: Path
) -> None:
    path = tmp_path / "bot.db"
    await _make(path, version)
    database = await Database.open(path)
    try:
        sealed = await letters.sealed_from(database.reader, 1, 5)
        assert sealed is not None
        assert sealed.letter.words.text == "달리기"
        assert sealed.letter.words.entities[0].type == "bold"
        draft = await drafts.draft_of(database.reader, 1)
        assert draft is not None
        assert (draft.step, draft.words.text, draft.candidate) == (
            Step.ADDRESS,
            "웃기",
            "me@example.con",
        )
        assert [update.id for update in await inbox.left_open(database.reader)] == [10]
        assert await meta.recall(database.reader, MetaKey.BOT_USERNAME) == "slow_mailbox_bot"
        async with database.transaction() as tx:
            later, lease = DAY_7 + timedelta(hours=1), timedelta(minutes=10)
            claimed = await one_claim.claim(tx, Channel.EMAIL, later, lease)
            assert await one_claim.claim(tx, Channel.CHAT, later, lease) is None
        assert claimed is not None
        assert (claimed.token, claimed.attempt, claimed.doubts) == ("a-token", 3, 1)
        assert claimed.mail_to is not None
        assert claimed.mail_to.address == "me@example.com"
    finally:
        await database.close()


@pytest.mark.parametrize("version", range(1, LATEST + 1))
async def test_an_upgrade_is_told_in_the_log_and_an_everyday_start_is_not(
    version: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bot")
    path = tmp_path / "bot.db"
    await _make(path, version)
    caplog.clear()
    for _ in range(2):
        await (await Database.open(path)).close()
    await (await Database.open(_folder(tmp_path, "new") / "bot.db")).close()
    told = f'event="an older version\'s store is brought up to date" from={version} to={LATEST}'
    assert log_lines(caplog, logging.INFO) == [told] * (version < LATEST)


async def test_whose_address_took_mail_before_refusals_were_counted_is_still_known(
    tmp_path: Path,
) -> None:
    path = tmp_path / "bot.db"
    await _make(path, 6)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("""
            INSERT INTO addresses (id, person_id, address, exact_key, mailbox_key, used_at,
                confirmed_at) VALUES
                (2, 1, '=read@example.com', 'e2', 'm2', '2026-01-01', '2026-01-02'),
                (3, 1, '=mailed@example.com', 'e3', 'm3', '2026-01-01', NULL),
                (4, 1, '=new@example.com', 'e4', 'm4', '2026-01-01', NULL);
            INSERT INTO deliveries (key, kind, channel, person_id, address_id, due_at, token, state,
                next_at, sent_at) VALUES
                ('a', 'confirmation', 'email', 1, 3, '2026', 't1', 'sent', '2026', '2026-01-03'),
                ('b', 'confirmation', 'email', 1, 3, '2026', 't2', 'sent', '2026', '2026-01-04'),
                ('c', 'confirmation', 'email', 1, 4, '2026', 't3', 'failed', '2026', NULL);
        """)
    await (await Database.open(path)).close()
    rows = _kept(path)["addresses"]
    assert {row["id"]: row["accepted_at"] for row in rows} == {
        1: None,
        2: "2026-01-02",
        3: "2026-01-04",
        4: None,
    }
    assert {(row["refusals"], row["refused_day"]) for row in rows} == {(0, None)}
    assert {row["unjudged"] for row in _kept(path)["deliveries"]} == {0}


async def test_a_note_that_an_older_version_owed_tells_what_it_had_to(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    await _make(path, 13)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO deliveries (key, kind, channel, person_id, due_at, token, state, next_at,"
            " facts) VALUES ('n', 'lane-mended', 'chat', 1, :at, 't1', 'due', :at, :facts)",
            {"at": to_text(A_MORNING), "facts": '{"channel": "email"}'},
        )
    database = await Database.open(path)
    try:
        [told] = await outbox.told(database.reader, 1, ["lane-mended"])
        assert told.params == {"channel": "email"}
        rows = await database.reader.all("SELECT * FROM deliveries WHERE kind = 'reminder'")
        assert [outbox.params_of(row, database.reader.vault) for row in rows] == [{}, {}]
    finally:
        await database.close()


@pytest.mark.parametrize("version", range(2, LATEST + 1))
async def test_a_suppression_of_an_older_version_holds_as_wide_as_it_was_and_can_be_lifted(
    version: int, tmp_path: Path
) -> None:
    path = tmp_path / "bot.db"
    await _make(path, version)
    pepper = Vault(no_cipher, bytes.fromhex("00ff00ff"))
    wide = legacy_key(pepper, "johnsmith@outlook.com")
    with closing(sqlite3.connect(path)) as connection, connection:
        table = "stops" if version < SUPPRESSIONS_SINCE else "suppressions"
        moment = "2026-01-01T09:00:00.000000+00:00"
        connection.execute(
            f"INSERT INTO {table} ({', '.join(COLUMNS[table])}) VALUES (?, ?)",  # noqa: S608
            (wide, moment),
        )
    database = await Database.open(path)
    try:
        for spelling in ("johnsmith@outlook.com", "j.ohnsmith+x@outlook.com"):
            assert await suppressions.is_suppressed(database.reader, spelling)
        assert not await suppressions.is_suppressed(database.reader, "johnsmith@hotmail.com")
        async with database.transaction() as tx:
            assert await suppressions.lift(tx, wide, A_MORNING)
        assert not await suppressions.is_suppressed(database.reader, "johnsmith@outlook.com")
    finally:
        await database.close()


@pytest.mark.parametrize("version", range(1, LATEST + 1))
async def test_addresses_of_an_older_version_get_their_keys_in_batches_broken_off_or_not(
    version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bot.db"
    await _make(path, version)
    fillers = {"legacy_key": "l"} if version >= SUPPRESSIONS_SINCE else {"mailbox_key": "l"}
    [column] = fillers
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            f"INSERT INTO addresses (id, person_id, address, exact_key, {column}, used_at)"  # noqa: S608
            " VALUES (?, 1, ?, ?, 'l', '')",
            [(n, f"=M.e{n}+x@googlemail.com", str(n)) for n in range(2, 12)],
        )
    monkeypatch.setattr(rekeying, "BATCH", 3)
    keys_of = rekeying._keys_of
    done: list[Cell] = []

    def some_keys_of(vault: Vault, cell: Cell, kept: str) -> AddressKeys | None:
        if len(done) == 7:
            raise BrokenOff
        done.append(cell)
        return keys_of(vault, cell, kept)

    with monkeypatch.context() as patch:
        patch.setattr(rekeying, "_keys_of", some_keys_of)
        with pytest.raises(BrokenOff):
            await Database.open(path)
    assert len(done) == 7
    assert len([row for row in _kept(path)["addresses"] if row["mailbox_key"]]) == 6
    database = await Database.open(path)
    try:
        vault = database.reader.vault
        for row in (await database.reader.all("SELECT * FROM addresses"))[1:]:
            keys = AddressKeys.of(vault, f"me{row['id']}@gmail.com")
            shared = (row["mailbox_key"], row["wide_key"], row["domain_key"])
            assert shared == (keys.mailbox, keys.wide, keys.domain)
            assert row["exact_key"] == exact_key(vault, f"m.e{row['id']}+x@googlemail.com")
    finally:
        await database.close()


async def test_mails_counted_by_an_older_version_count_on(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    await _make(path, 6)
    database = await Database.open(path)
    try:
        [mail] = await database.reader.all("SELECT * FROM confirmation_mails")
        keys = AddressKeys.of(database.reader.vault, "me@example.com")
        assert (mail["wide_key"], mail["domain_key"]) == (keys.wide, keys.domain)
    finally:
        await database.close()


@pytest.mark.parametrize("version", range(2, 12))
async def test_a_mail_of_an_older_version_confirms_by_its_link_and_its_code(
    version: int, tmp_path: Path
) -> None:
    for way in ("link", "code"):
        path = _folder(tmp_path, way) / "bot.db"
        await _make(path, version)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(
                "INSERT INTO deliveries (id, key, kind, channel, person_id, address_id, due_at,"
                " token, state, next_at, sent_at) VALUES (9, 'c', 'confirmation', 'email', 1, 1,"
                " '2026', 'c-token', 'sent', '2026', ?)",
                (to_text(A_MORNING),),
            )
            connection.execute("UPDATE confirmations SET delivery_id = 9")
        database = await Database.open(path)
        try:
            async with database.transaction() as tx:
                if way == "link":
                    payload = old_link_token_of(tx.vault, "c-token")
                    answer = await consent.try_link(tx, 1, payload, A_MORNING)
                else:
                    code = code_of(tx.vault, "c-token")
                    answer = await consent.try_code(tx, 1, code, A_MORNING)
            assert answer.verdict is Verdict.CONFIRMED
        finally:
            await database.close()


async def test_an_address_that_cannot_be_read_keeps_no_store_shut(tmp_path: Path) -> None:
    path, key = tmp_path / "bot.db", new_key()
    await _make(path, LATEST)
    broken = kept_before("me@example.com", key)[:-8]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE addresses SET address = ?", (broken,))
    await (await Database.open(path, Keys.of([key]))).close()


class BrokenOff(Exception):
    """Somebody ended the program."""


async def test_a_database_that_is_up_to_date_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    await (await Database.open(path)).close()
    before = _digest(path)
    await (await Database.open(path)).close()
    assert _digest(path) == before


async def test_the_steps_are_numbered_without_a_gap() -> None:
    assert [number for number, _ in steps()] == list(range(1, LATEST + 1))


async def test_a_step_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bot.db"
    await _make(path, LATEST)
    before = _kept(path)
    fails_half_way = "ALTER TABLE people ADD COLUMN mood TEXT;\nDELETE FROM letters_of_nobody;\n"
    good = "CREATE TABLE moods (mood TEXT) STRICT;\n"
    known = [*steps(), (LATEST + 1, good), (LATEST + 2, fails_half_way)]
    monkeypatch.setattr(migrations, "steps", lambda: known)
    with pytest.raises(sqlite3.OperationalError, match="letters_of_nobody"):
        await Database.open(path)
    assert _kept(path) == before
    assert _version(path) == LATEST

    monkeypatch.undo()
    await (await Database.open(path)).close()


async def test_a_step_that_leaves_references_to_nothing_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bot.db"
    await _make(path, LATEST)
    before = _kept(path)
    monkeypatch.setattr(
        migrations, "steps", lambda: [*steps(), (LATEST + 1, "DELETE FROM people;")]
    )
    with pytest.raises(sqlite3.IntegrityError):
        await Database.open(path)
    assert _kept(path) == before


async def test_a_reference_to_nothing_that_was_there_before_keeps_no_store_shut(
    tmp_path: Path,
) -> None:
    path = tmp_path / "bot.db"
    await _make(path, 1)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM people")
        connection.commit()
    await (await Database.open(path)).close()
    assert len(_kept(path)["letters"]) == 1


@pytest.mark.parametrize("version", range(LATEST + 1))
async def test_whatever_version_it_was_of_its_references_hold_and_a_letter_needs_no_address(
    version: int, tmp_path: Path
) -> None:
    path = tmp_path / "bot.db"
    await _make(path, version)
    database = await Database.open(path)
    try:
        async with database.transaction() as tx:
            await tx.run("UPDATE letters SET address_id = NULL")
        assert await database.reader.all("PRAGMA foreign_key_check") == []
        if version:
            with pytest.raises(sqlite3.IntegrityError):
                async with database.transaction() as tx:
                    await tx.run("DELETE FROM letters")
            with pytest.raises(sqlite3.IntegrityError):
                async with database.transaction() as tx:
                    await tx.run("UPDATE letters SET address_id = 99")
    finally:
        await database.close()


async def test_a_store_made_by_steps_has_the_schema_of_a_new_one(tmp_path: Path) -> None:
    schemas = set()
    for version in range(LATEST):
        path = _folder(tmp_path, str(version)) / "bot.db"
        await _make(path, version)
        await (await Database.open(path)).close()
        schemas.add(_schema(path))
    assert len(schemas) == 1


async def test_a_file_of_a_later_version_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    await _from_the_future(path)
    before = _digest(path)
    with pytest.raises(NewerDatabase):
        await Database.open(path)
    assert _digest(path) == before
    assert _version(path) == LATEST + 1


@pytest.mark.parametrize("command", ["local", "run"])
def test_a_file_of_a_later_version_ends_the_program_with_one_line(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / ("local/bot.db" if command == "local" else "bot.db")
    path.parent.mkdir(exist_ok=True, mode=0o700)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {LATEST + 1}")
    settings = {
        "DATA_DIR": str(tmp_path),
        "TELEGRAM_BOT_TOKEN": "1:test",
        "SMTP_HOST": "127.0.0.1",
        "MAIL_FROM": "letters@mailbox.example",
    }
    for key, value in settings.items():
        monkeypatch.setenv(key, value)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bot.log.set_up", lambda *_: None)
    assert cli.main([command]) == cli.FAILED
    said = capsys.readouterr()
    assert said.out == ""
    [line] = said.err.splitlines()
    assert "newer version" in line
    assert _version(path) == LATEST + 1


async def _from_the_future(path: Path) -> None:
    await _make(path, LATEST)
    async with _connected(path) as connection:
        await connection.execute("PRAGMA journal_mode = WAL")
        await connection.execute("CREATE TABLE wonders (name TEXT) STRICT")
        await connection.execute(f"PRAGMA user_version = {LATEST + 1}")


def _schema(path: Path) -> tuple[str, ...]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY name")
        return tuple(sql for [sql] in found)


def _version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        [[version]] = connection.execute("PRAGMA user_version")
    return int(version)
