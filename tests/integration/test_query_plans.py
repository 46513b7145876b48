"""What goes on by itself, and what people ask for often, goes by an index: it walks no table."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiosqlite
import pytest

from bot.app import App
from bot.resend import EVER
from bot.store import database, failures
from tests.support.app import FakeUser, Harness
from tests.support.talk import told

DAY = timedelta(days=1)
OF_FEW = {"(subquery", "value", "json_each", "CONSTANT", "ready", "who", "had", "waiting"}
"""What is walked that is no table: what a query of its own found, a list that was given;
three names of `confirmation_turns.TURNS`, and one of `report_counts.COUNTS`."""
SHORT = {"sqlite_sequence", "doomed_keys"}
"""Tables of a row for each of some tables, and of what was erased within the last minute."""
TAKEN_IN_AT_START = {"pairing", "holds", "replies", "suppressions"}
"""Tables of a row, of the chats that wait, of what they are owed, and of who wants no mail."""
MAY_BE_WALKED = {
    "deliveries_leased",  # what is claimed, which is little
    "updates_unhandled",  # what isn't answered yet
    "deliveries_waiting",  # by the report, which counts it once a day with a reader of its own
}


@asynccontextmanager
async def asked(app: App) -> AsyncIterator[set[str]]:
    """Note every statement that the store is asked, with its values in it."""
    statements = set[str]()
    connections = (app.database._writer, app.database._reader)
    connect = app.database._long_readers._connect

    async def connect_traced() -> aiosqlite.Connection:
        connection = await connect()
        await connection.set_trace_callback(statements.add)
        return connection

    for each in connections:
        await each.set_trace_callback(statements.add)
    app.database._long_readers._connect = connect_traced
    try:
        yield statements
    finally:
        app.database._long_readers._connect = connect
        for each in connections:
            await each.set_trace_callback(None)  # type: ignore[arg-type]


def is_a_look_at_all(step: str, sql: str) -> bool:
    """Return whether a step looks for the greatest of all but ids, and has no index for that."""
    table = step.removeprefix("SEARCH ")
    return step.startswith("SEARCH ") and " USING " not in step and f"(id) FROM {table}" not in sql


async def walks(app: App, statements: set[str]) -> list[tuple[str, str]]:
    """Return the statements that walk a whole table, each with the step that does."""
    found = []
    for sql in sorted(statements):
        if not sql.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")):
            continue
        for row in await app.database.reader.all(f"EXPLAIN QUERY PLAN {sql}"):
            step = row["detail"]
            what = step.removeprefix("SCAN ").partition("-" if "subquery" in step else " ")[0]
            index = step.partition("USING INDEX ")[2]
            few = what in OF_FEW | SHORT or index in MAY_BE_WALKED
            if (step.startswith("SCAN ") or is_a_look_at_all(step, sql)) and not few:
                found.append((step, sql))
    return found


@pytest.fixture
async def app(harness: Harness) -> AsyncIterator[App]:
    """Open an app that soon lets go of words and of addresses that nobody needs."""
    harness.environ = {"RETENTION_DAYS": "3", "ADDRESS_DAYS": "5"}
    async with harness.app() as app:
        yield app


@pytest.fixture
async def user(harness: Harness, app: App) -> FakeUser:
    """Return a person with a letter that came back once, and one that can be changed."""
    user = harness.user(app)
    await user.seal("Run", "me@example.com")
    await harness.pass_time(app, 7 * DAY)
    await user.seal("Read", "other@example.com", confirmed=False)
    return user


async def test_a_minutes_sweep_walks_no_table(harness: Harness, app: App, user: FakeUser) -> None:
    async with asked(app) as statements:
        for span in (timedelta(minutes=1), timedelta(hours=2), 2 * DAY, 5 * DAY):
            harness.clock.advance(span)
            await app.jobs.sweep()
            await app.jobs.end_erasures()
            await app.lane_runner.idle()
            await app.next_due()
    assert {"UPDATE letters SET parts = NULL", "UPDATE addresses SET nudge_at = NULL"} <= {
        begun for sql in statements for begun in [" ".join(sql.split()[:6])]
    }
    assert await walks(app, statements) == []


async def test_a_start_walks_no_table(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    async with harness.app() as app:
        await harness.user(app).seal("Run", "me@example.com")
    statements = set[str]()
    connect = database._connect

    async def connect_traced(path: Path, pragmas: tuple[str, ...]) -> aiosqlite.Connection:
        connection = await connect(path, pragmas)
        await connection.set_trace_callback(statements.add)
        return connection

    monkeypatch.setattr(database, "_connect", connect_traced)
    async with harness.app() as restarted:
        walked = await walks(restarted, statements)
    assert any("max(key_id) FROM letters" in sql for sql in statements)
    assert {step.removeprefix("SCAN ") for step, _ in walked} <= TAKEN_IN_AT_START


async def test_tidying_walks_no_table(harness: Harness, app: App, user: FakeUser) -> None:
    await user.write("An idle thought")
    await harness.user(app, "newer").has_confirmed("someone@elsewhere.org")
    async with asked(app) as statements:
        for _ in range(40):
            await harness.pass_time(app, DAY)
    deleted_from = {sql.split()[2] for sql in statements if sql.startswith("DELETE FROM ")}
    assert {
        "drafts",
        "updates",
        "confirmation_mails",
        "confirmations",
        "deliveries",
    } <= deleted_from
    assert any("under_way_until <" in sql for sql in statements)
    assert any("INTO forgotten_addresses" in sql for sql in statements)
    assert await walks(app, statements) == []


async def test_the_daily_opening_walks_no_table(app: App, user: FakeUser) -> None:
    async with asked(app) as statements:
        await app.jobs.opener.open_coming()
    assert any("FROM postscripts" in sql for sql in statements)
    assert await walks(app, statements) == []


async def test_owing_again_what_failed_walks_no_table(app: App, user: FakeUser) -> None:
    async with asked(app) as statements:
        await failures.by_reason(app.database.reader, "", EVER)
        async with app.database.transaction() as tx:
            await failures.owe_again(tx, "", EVER, app.clock.now())
    assert any("failed_at >=" in sql for sql in statements)
    assert await walks(app, statements) == []


async def test_erasing_a_person_walks_no_table(app: App, user: FakeUser) -> None:
    async with asked(app) as statements:
        await user.say("/delete")
        await user.press(told("button-delete"))
    assert any("DELETE FROM people" in sql for sql in statements)
    assert await walks(app, statements) == []


async def test_what_is_told_of_a_person_walks_no_table(app: App, user: FakeUser) -> None:
    async with asked(app) as statements:
        for command in ("/export", "/settings", "/privacy", "/start", "/help", "/confirm"):
            await user.say(command)
    assert any("FROM reminder_messages" in sql for sql in statements)
    assert await walks(app, statements) == []


async def test_the_operators_report_walks_no_table(app: App, user: FakeUser) -> None:
    async with asked(app) as statements:
        await app.jobs.reporter.report()
    assert any("failed_at >=" in sql for sql in statements)
    assert await walks(app, statements) == []


async def test_what_somebody_does_with_their_letters_walks_no_table(
    harness: Harness, app: App, user: FakeUser
) -> None:
    async with asked(app) as statements:
        await user.say("/letters")
        for label in ("2", told("button-postscript")):
            await user.press(label)
        for line in ("and stretch", "/letters"):
            await user.say(line)
        for label in ("2", told("button-move-date"), told("button-half")):
            await user.press(label)
        await user.say("It rained")
        await user.edit(user.heard[-1].id - 1, "It poured")
    assert any("FROM answers" in sql for sql in statements)
    assert await walks(app, statements) == []
