"""`python -m bot resend`: what failed wrongly goes out once the program runs again."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.store.database import to_text
from tests.support.program import files_under, run, running

REASON = "smtp-554@final-dot"


async def prepared(folder: Path) -> Path:
    """Return a store with a letter whose reminders of its seventh day failed."""
    lines = ("/write", "Run every morning", "me@example.com", ":open", ":skip 7d", ":quit")
    end = await run("local", folder=folder, text="\n".join(lines))
    assert end.code == 0
    data = folder / "data"
    for name in ("bot.db", "bot.db-wal", "bot.db-shm", "ledger.db", "ledger.db-wal"):
        if (data / "local" / name).exists():
            (data / "local" / name).rename(data / name)
    execute(
        data,
        "UPDATE deliveries SET state = 'failed', failed_at = ?, sent_at = NULL, reason = ?"
        " WHERE day = 7",
        to_text(datetime.now(UTC) - timedelta(days=2)),
        REASON,
    )
    return data


def execute(data: Path, sql: str, *values: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(data / "bot.db")) as connection, connection:
        return connection.execute(sql, values).fetchall()


def states(data: Path) -> set[object]:
    return {state for (state,) in execute(data, "SELECT state FROM deliveries WHERE day = 7")}


async def test_what_failed_is_listed_counted_and_owed_again(tmp_path: Path) -> None:
    data = await prepared(tmp_path)
    for arguments in ((), ("--failed",), ("--failed", REASON, "--dry-run"), ("--since", "3d")):
        end = await run("resend", *arguments, folder=tmp_path)
        assert (end.code, end.err) == (0, "")
        assert [line.split(maxsplit=1) for line in end.out.splitlines()] == [
            ["2", REASON],
            ["2", "in all; nothing is changed"],
        ]
    assert states(data) == {"failed"}

    end = await run("resend", "--failed", "smtp-554", "--since", "1d", folder=tmp_path)
    assert (end.code, states(data)) == (0, {"failed"})
    assert end.out.startswith("nothing failed so, and nothing is changed")
    end = await run("resend", "--failed", "smtp-554", "--since", "3d", folder=tmp_path)
    assert (end.code, end.err, states(data)) == (0, "", {"due"})
    assert end.out.startswith("2 owed again, to go out once")


async def test_what_cannot_be_done_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(0o700)
    bad = [
        ("--since", "soon"),
        ("--since", "2999-01-01"),
        ("--failed", "smtp\n"),
        ("--failed", "스팸"),
    ]
    for end in await asyncio.gather(
        *(run("resend", *arguments, folder=tmp_path) for arguments in bad)
    ):
        assert (end.code, end.out) == (2, "")
        [line] = end.err.splitlines()
        assert line.startswith("slow-mailbox: --")


async def test_beside_a_program_that_holds_the_folder_nothing_is_done(tmp_path: Path) -> None:
    data = await prepared(tmp_path)
    environ = {"DATA_DIR": "data/local"}
    for name in ("bot.db", "ledger.db"):
        (data / name).rename(data / "local" / name)
    async with running("local", folder=tmp_path) as program:
        await program.shows("time> ")
        for arguments in ((), ("--failed", REASON)):
            end = await run("resend", *arguments, folder=tmp_path, **environ)
            assert (end.code, end.out) == (1, "")
            [line] = end.err.splitlines()
            assert "another process is using this folder" in line


async def test_where_there_is_no_store_that_is_said_and_none_is_made(tmp_path: Path) -> None:
    for arguments in ((), ("--failed", REASON)):
        end = await run("resend", *arguments, folder=tmp_path)
        assert (end.code, end.out) == (1, "")
        assert end.err.startswith("slow-mailbox: data: no bot.db is there")
    assert files_under(tmp_path) == set()


async def test_mail_that_has_to_wait_for_its_address_is_counted_by_itself(tmp_path: Path) -> None:
    data = await prepared(tmp_path)
    execute(data, "UPDATE addresses SET confirmed_at = NULL")
    end = await run("resend", "--failed", REASON, folder=tmp_path)
    assert (end.code, states(data)) == (0, {"due", "held"})
    assert end.out.startswith("1 owed again, to go out once the bot runs; 1 more as soon as")
