"""What is stopped or lifted is in the ledger first, and no crash or copy put back undoes it.

Nor does the step from `stopped.txt`, wherever that is broken off.
"""

import os
import random
import shutil
import signal
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import DATABASE, App
from bot.chat import suppressing
from bot.store import ledger_suppressions, suppression_changes, suppressions
from bot.store.database import Database, to_text
from bot.store.ledger_file import LEDGER, LedgerFile
from bot.store.mailboxes import legacy_key, mailbox_key
from bot.store.pairing import StoreMissing, SuppressionsOfAnotherStore
from bot.store.stopped_file import STOPPED
from tests.support.app import FakeUser, Harness
from tests.support.at_rest import integrity, suppressions_kept
from tests.support.clock import ManualClock
from tests.support.fork_server import Order
from tests.support.forks import REPOSITORY, fork_server, surroundings
from tests.support.mails import CONFIRM, LIFT, STOP, link_in
from tests.support.older import legacy_link, undo_suppressions_in_the_ledger
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import texts, told

STOPS, LIFTS = "stops@example.com", "lifts@example.com"
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
FIRST, SECOND = "1" * 32, "2" * 32
READ_IN = f"{STOPPED}.read-in"


async def press_stop(who: FakeUser, server: ScriptedSmtp) -> str:
    """Stop mail by the newest mail's link; returns what was said at last."""
    await who.open(link_in(server.accepted[-1], STOP))
    return (await who.press(told("button-stop")))[-1].text


async def press_lift(who: FakeUser, server: ScriptedSmtp) -> str:
    """Allow mail by the newest mail's link; returns what was said at last."""
    await who.open(link_in(server.accepted[-1], LIFT))
    return (await who.press(told("button-lift")))[-1].text


async def got_a_reminder(harness: Harness, user: FakeUser, address: str) -> None:
    """Let a letter's first reminder come by mail."""
    await user.seal("my words", address)
    await harness.pass_time(user.app, WEEK)


async def lived_through(harness: Harness, server: ScriptedSmtp) -> None:
    """Live through a run in which one mailbox is stopped, and another stopped and allowed again."""
    async with harness.app() as app:
        user = harness.user(app)
        await got_a_reminder(harness, user, LIFTS)
        await press_stop(user, server)
        harness.clock.advance(HOUR)
        await press_lift(user, server)
        await got_a_reminder(harness, user, STOPS)
        await press_stop(user, server)


def copied(folder: Path, name: str, to: str) -> None:
    """Put a copy of a file that isn't open in the place of another."""
    for end in ("", "-wal", "-shm"):
        (folder / f"{to}{end}").unlink(missing_ok=True)
    shutil.copy(folder / name, folder / to)


def in_store(folder: Path) -> dict[str, tuple[str | None, str | None]]:
    """Return what a `bot.db` that isn't open knows of suppressions."""
    connection = sqlite3.connect(folder / DATABASE)
    try:
        rows = connection.execute(
            "SELECT mailbox_key, iif(undated, NULL, suppressed_at), lifted_at FROM suppressions"
        )
        return {key: (since, until) for key, since, until in rows}
    finally:
        connection.close()


def in_ledger(folder: Path) -> dict[str, tuple[str | None, str | None]]:
    return {key: (since, until) for key, (_, since, until) in suppressions_kept(folder).items()}


# ---- From `stopped.txt` ----


async def test_what_an_older_version_kept_is_taken_over_with_its_moments(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    await lived_through(harness, smtp_server)
    before = in_ledger(harness.folder)
    listed = undo_suppressions_in_the_ledger(harness.folder)
    with (harness.folder / STOPPED).open("a") as file:
        file.write("0123\x00")  # a full disk cut it off
    async with harness.app() as app:
        assert in_ledger(harness.folder) == before
        assert await suppressions.is_suppressed(app.database.reader, STOPS)
        assert not await suppressions.is_suppressed(app.database.reader, LIFTS)
    assert in_store(harness.folder) == before
    assert not (harness.folder / STOPPED).exists()
    assert (harness.folder / READ_IN).read_text() == f"{listed}0123\x00"


async def test_where_an_older_versions_files_differ_its_list_is_right(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    await lived_through(harness, smtp_server)
    undo_suppressions_in_the_ledger(harness.folder)
    [stopped] = [key for key, (_, until) in in_store(harness.folder).items() if until is None]
    [lifted] = in_store(harness.folder).keys() - {stopped}
    unknown = "0123456789abcdef" * 2
    (harness.folder / STOPPED).write_text(f"-{unknown}\n{lifted}\n{unknown}\n-{stopped}\n012")
    async with harness.app() as app:
        now = to_text(app.clock.now())
        assert await suppressions.keys(app.database.reader) == {lifted, unknown}
        assert not await suppressions.is_suppressed(app.database.reader, STOPS)
    expected = {stopped: (None, now), lifted: (None, None), unknown: (None, None)}
    assert in_ledger(harness.folder) == in_store(harness.folder) == expected


@pytest.mark.parametrize("left", [None, ""])
async def test_what_an_older_versions_lost_list_lacks_is_taken_from_its_database(
    harness: Harness, smtp_server: ScriptedSmtp, left: str | None
) -> None:
    await lived_through(harness, smtp_server)
    before = in_ledger(harness.folder)
    undo_suppressions_in_the_ledger(harness.folder)
    (harness.folder / STOPPED).unlink()
    if left is not None:
        (harness.folder / STOPPED).write_text(left)
    async with harness.app():
        assert in_ledger(harness.folder) == before


async def test_a_list_of_an_earlier_version_holds_as_wide_as_it_was_and_can_be_lifted(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    async with harness.app() as app:
        await harness.user(app).seal("my words", "johnsmith@outlook.com")
        key = legacy_key(app.database.reader.vault, "johnsmith@outlook.com")
    undo_suppressions_in_the_ledger(harness.folder)
    (harness.folder / STOPPED).write_text(f"{key}\n")
    async with harness.app() as app:
        user, reader = harness.user(app), app.database.reader
        for spelling in ("johnsmith@outlook.com", "j.ohnsmith+x@outlook.com"):
            assert await suppressions.is_suppressed(reader, spelling)
        await harness.pass_time(app, WEEK)
        assert smtp_server.accepted == []
        await user.say(f"/start s{legacy_link(app.database.reader.vault, 'johnsmith@outlook.com')}")
        await user.press(told("button-notify"))
        assert await press_lift(user, smtp_server) == told("lift-done")
        assert not await suppressions.is_suppressed(reader, "johnsmith@outlook.com")
        assert await suppressions.is_suppressed(reader, "j.ohnsmith@outlook.com")


async def test_an_older_list_put_beside_a_ledger_adds_to_it_and_undoes_nothing(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    await lived_through(harness, smtp_server)
    before, unknown = in_ledger(harness.folder), "0123456789abcdef" * 2
    turned = "".join(f"{'-' if until is None else ''}{key}\n" for key, (_, until) in before.items())
    (harness.folder / STOPPED).write_text(f"{turned}{unknown}\n")
    async with harness.app():
        assert in_ledger(harness.folder) == {**before, unknown: (None, None)}
    assert in_store(harness.folder) == in_ledger(harness.folder)
    assert (harness.folder / READ_IN).read_text() == f"{turned}{unknown}\n"


async def test_a_start_killed_at_any_step_of_the_taking_over_loses_nothing(
    harness: Harness, smtp_server: ScriptedSmtp, tmp_path: Path
) -> None:
    harness.folder = pristine = tmp_path / "pristine"
    pristine.mkdir()
    await lived_through(harness, smtp_server)
    undo_suppressions_in_the_ledger(pristine)
    listed = "".join(f"{number:032x}\n-{number:031x}f\n" for number in range(1, 3))
    with (pristine / STOPPED).open("a") as file:
        file.write(f"{listed}0123")
    whole = (pristine / STOPPED).read_text()
    await _opened(shutil.copytree(pristine, tmp_path / "whole"))
    expected = in_ledger(tmp_path / "whole")
    assert len(expected) == 6
    for number in range(200):
        folder = shutil.copytree(pristine, tmp_path / str(number))
        code = await _start_killed(folder, number)
        await _opened(folder)
        assert in_ledger(folder) == in_store(folder) == expected, number
        assert (folder / READ_IN).read_text() == whole
        assert integrity(folder / DATABASE) == integrity(folder / LEDGER) == "ok"
        if code == 0:
            break
        assert code == -signal.SIGKILL
    assert number > 20


async def _opened(folder: Path) -> None:
    database = await Database.open(folder / DATABASE)
    await suppression_changes.agree(database, folder, ManualClock().now())
    await database.close()


async def _start_killed(folder: Path, number: int) -> int:
    """Start at a folder, killed before a write of that number; returns how that ended."""
    order = Order(
        module="tests.support.killed_start",
        arguments=(str(folder), str(number)),
        folder=str(REPOSITORY),
        environ=surroundings(folder, {}),
    )
    nowhere = os.open(os.devnull, os.O_RDWR)
    try:
        return await (await fork_server().fork(order, nowhere, nowhere, nowhere)).wait()
    finally:
        os.close(nowhere)


async def test_no_store_is_begun_beside_an_older_versions_list_of_one_that_was_lost(
    harness: Harness,
) -> None:
    (harness.folder / STOPPED).write_text("0123456789abcdef" * 2 + "\n")
    with pytest.raises(SuppressionsOfAnotherStore):
        async with harness.app():
            pass
    assert [path.name for path in harness.folder.iterdir()] == [STOPPED]


async def test_no_store_is_begun_beside_the_stops_of_one_that_was_lost(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    await lived_through(harness, smtp_server)
    (harness.folder / DATABASE).unlink()
    with pytest.raises(StoreMissing):
        async with harness.app():
            pass
    assert not (harness.folder / DATABASE).exists()


# ---- Copies put back ----


async def test_beside_an_older_database_an_old_last_mail_lifts_no_later_stop(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await got_a_reminder(harness, user, STOPS)
        await press_stop(user, smtp_server)
        forwarded = link_in(smtp_server.accepted[-1], LIFT)
    shutil.copy(harness.folder / DATABASE, harness.folder / "copy")
    harness.clock.advance(HOUR)
    async with harness.app() as app:
        user = harness.user(app)
        await press_lift(user, smtp_server)
        harness.clock.advance(HOUR)
        await user.say("/confirm")
        await user.open(link_in(smtp_server.accepted[-1], CONFIRM))
        await press_stop(user, smtp_server)
        newest = link_in(smtp_server.accepted[-1], LIFT)
    copied(harness.folder, "copy", DATABASE)
    harness.clock.advance(HOUR)
    async with harness.app() as app:
        user = harness.user(app)
        assert await suppressions.is_suppressed(app.database.reader, STOPS)
        assert texts(await user.open(forwarded)) == [told("lift-outdated")]
        assert texts(await user.open(newest)) == [told("lift-ask")]


async def test_beside_an_older_database_a_link_made_after_a_lift_still_stops(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await got_a_reminder(harness, user, STOPS)
    shutil.copy(harness.folder / DATABASE, harness.folder / "copy")
    async with harness.app() as app:
        user = harness.user(app)
        older = link_in(smtp_server.accepted[-1], STOP)
        harness.clock.advance(HOUR)
        await press_stop(user, smtp_server)
        await press_lift(user, smtp_server)
        harness.clock.advance(HOUR)
        await user.say("/confirm")
        link = link_in(smtp_server.accepted[-1], STOP)
    copied(harness.folder, "copy", DATABASE)
    harness.clock.advance(HOUR)
    async with harness.app() as app:
        user = harness.user(app)
        assert texts(await user.open(older)) == [told("stop-outdated")]
        assert texts(await user.open(link)) == [told("stop-ask")]


async def test_a_ledger_from_just_before_the_last_stop_put_back_learns_of_it(
    tmp_path: Path, clock: ManualClock
) -> None:
    await _change(tmp_path, clock, FIRST, stops=True)
    shutil.copy(tmp_path / LEDGER, tmp_path / "copy")
    clock.advance(HOUR)
    await _change(tmp_path, clock, SECOND, stops=True)
    kept = in_ledger(tmp_path)
    copied(tmp_path, "copy", LEDGER)
    await _opened(tmp_path)
    assert in_ledger(tmp_path) == in_store(tmp_path) == kept
    assert len(kept) == 2


async def test_what_is_said_beside_an_older_ledger_is_newer_than_what_any_database_knew(
    tmp_path: Path, clock: ManualClock
) -> None:
    await _change(tmp_path, clock, FIRST, stops=False)
    shutil.copy(tmp_path / LEDGER, tmp_path / "ledger")
    for stops in (True, False) * 5:
        clock.advance(HOUR)
        await _change(tmp_path, clock, FIRST, stops=stops)
    shutil.copy(tmp_path / DATABASE, tmp_path / "database")
    copied(tmp_path, "ledger", LEDGER)
    await _change(tmp_path, clock, FIRST, stops=True)
    copied(tmp_path, "database", DATABASE)
    await _opened(tmp_path)
    assert in_ledger(tmp_path) == in_store(tmp_path)
    assert in_store(tmp_path)[FIRST][1] is None


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_is_put_back_or_cut_off_what_was_said_last_holds(
    tmp_path: Path, clock: ManualClock, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    keys = [f"{number:032x}" for number in range(4)]
    said: dict[str, bool] = {}
    await _opened(tmp_path)
    for name in (DATABASE, LEDGER):
        shutil.copy(tmp_path / name, tmp_path / f"copy-of-{name}")
    for _ in range(40):
        clock.advance(timedelta(seconds=1))
        match chance.choice(("change", "change", "cut off", "copy", "put back")):
            case "copy":
                name = chance.choice((DATABASE, LEDGER))
                shutil.copy(tmp_path / name, tmp_path / f"copy-of-{name}")
            case "put back":
                await _opened(tmp_path)
                name = chance.choice((DATABASE, LEDGER))
                copied(tmp_path, f"copy-of-{name}", name)
                await _opened(tmp_path)
            case act:
                key, stops = chance.choice(keys), chance.random() < 0.5
                await _change(tmp_path, clock, key, stops=stops, whole=act == "change")
                said[key] = stops
                if chance.random() < 0.5:
                    await _opened(tmp_path)
    await _opened(tmp_path)
    held = {key: until is None for key, (_, until) in in_ledger(tmp_path).items()}
    assert held == {**dict.fromkeys(held, False), **said}
    assert in_store(tmp_path) == in_ledger(tmp_path)


async def _change(
    folder: Path, clock: ManualClock, key: str, *, stops: bool, whole: bool = True
) -> None:
    """Stop or allow mail to a mailbox; unless `whole`, it ends between the two commits."""
    database = await Database.open(folder / DATABASE)
    now = clock.now()
    await suppression_changes.agree(database, folder, now)
    if whole:
        async with database.transaction() as tx:
            if stops:
                await suppression_changes.suppress(tx, [key], now)
            else:
                await suppression_changes.lift(tx, key, now)
    elif stops:
        await database.ledger.run(lambda file: ledger_suppressions.suppress(file, [key], now))
    else:
        await database.ledger.run(lambda file: ledger_suppressions.lift(file, key, now))
    await database.close()


# ---- Where one file takes a change and the other doesn't ----


async def test_a_stop_that_the_ledger_does_not_take_is_told_and_changes_nothing(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await got_a_reminder(harness, user, STOPS)
    link = link_in(smtp_server.accepted[-1], STOP)
    await user.open(link)
    await app.database.ledger.run(lambda file: file.rows("PRAGMA query_only = ON"))
    assert texts(await user.press(told("button-stop"))) == [told("store-failed")]
    assert suppressions_kept(harness.folder) == {}
    assert not await suppressions.is_suppressed(app.database.reader, STOPS)
    await app.database.ledger.run(lambda file: file.rows("PRAGMA query_only = OFF"))
    await user.forge(suppressing.STOP.data(link.partition("=s")[2]))
    assert await suppressions.is_suppressed(app.database.reader, STOPS)


@pytest.mark.parametrize("of_two", [1, 2])
async def test_several_mailboxes_are_stopped_together_or_not_at_all(
    harness: Harness, app: App, user: FakeUser, monkeypatch: pytest.MonkeyPatch, of_two: int
) -> None:
    await user.has_confirmed(STOPS)
    await user.has_confirmed(LIFTS)
    await user.say("/stop")
    rows, written = LedgerFile.rows, 0

    def fail(file: LedgerFile, sql: str, *values: str | int | None) -> list[object]:
        nonlocal written
        written += sql.startswith("INSERT")
        if written == of_two:
            raise sqlite3.OperationalError
        return rows(file, sql, *values)

    with monkeypatch.context() as patch:
        patch.setattr(LedgerFile, "rows", fail)
        assert texts(await user.press(told("button-stop-mail"))) == [told("store-failed")]
    assert suppressions_kept(harness.folder) == {}
    assert await suppressions.keys(app.database.reader) == set()


async def test_what_the_ledger_took_and_the_database_did_not_holds_from_the_next_sweep(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await got_a_reminder(harness, user, STOPS)
    reader = app.database.reader
    key = mailbox_key(reader.vault, STOPS)
    for suppressed in (True, False):
        with pytest.raises(sqlite3.Error):
            await _rolled_back(app, key, stops=suppressed)
        assert await suppressions.is_suppressed(reader, STOPS) is not suppressed
        await app.jobs.sweep()
        assert await suppressions.is_suppressed(reader, STOPS) is suppressed
    assert in_store(harness.folder) == in_ledger(harness.folder)


async def test_one_that_the_database_did_not_take_is_not_passed_over_for_the_next(
    app: App,
) -> None:
    with pytest.raises(sqlite3.Error):
        await _rolled_back(app, FIRST, stops=True)
    async with app.database.transaction() as tx:
        await suppression_changes.suppress(tx, [SECOND], app.clock.now())
    assert await suppressions.keys(app.database.reader) == {SECOND}
    await app.jobs.sweep()
    assert await suppressions.keys(app.database.reader) == {FIRST, SECOND}


async def _rolled_back(app: App, key: str, *, stops: bool) -> None:
    """Stop or allow mail to a mailbox in a transaction that the database doesn't take."""
    async with app.database.transaction() as tx:
        if stops:
            await suppression_changes.suppress(tx, [key], app.clock.now())
        else:
            await suppression_changes.lift(tx, key, app.clock.now())
        raise sqlite3.OperationalError


async def test_many_are_made_up_for_in_several_transactions(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suppression_changes, "BATCH", 2)
    keys = [f"{number:032x}" for number in range(5)]
    database = await Database.open(tmp_path / DATABASE)
    await database.ledger.run(lambda file: ledger_suppressions.suppress(file, keys, clock.now()))
    await suppression_changes.catch_up(database, clock.now())
    assert await suppressions.keys(database.reader) == set(keys)
    row = await database.reader.row("SELECT suppressed_to FROM pairing")
    assert row["suppressed_to"] == 5
    await database.close()
