"""The schema's numbered steps, each run once, in order, all in one transaction at start.

`PRAGMA user_version` holds the number of the last step taken. A step never changes once released.
"""

import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import aiosqlite

logger = logging.getLogger(__name__)


class NewerDatabase(Exception):
    """The file was written by a later version of the program, which this one can't read."""


def steps() -> list[tuple[int, str]]:
    """Return every step's number and SQL, in order."""
    files = sorted(Path(__file__).parent.glob("[0-9]*.sql"))
    return [(int(file.name.partition("_")[0]), file.read_text("utf-8")) for file in files]


async def migrate(connection: aiosqlite.Connection, *, up_to: int | None = None) -> None:
    """Take the steps that the file lacks. Raises NewerDatabase, sqlite3.Error.

    `up_to` stops at an older version's schema, for the tests of upgrades.
    """
    await connection.execute("BEGIN IMMEDIATE")
    try:
        await _take_steps(connection, up_to)
    except BaseException:
        await connection.rollback()
        raise
    await connection.commit()


async def _take_steps(connection: aiosqlite.Connection, up_to: int | None) -> None:
    [[version]] = await connection.execute_fetchall("PRAGMA user_version")
    known = steps()
    if version > known[-1][0]:
        raise NewerDatabase
    if 0 < version < known[-1][0]:
        about = {"from": version, "to": known[-1][0]}
        logger.info("an older version's store is brought up to date", extra=about)
    for number, sql in known:
        if version < number <= (up_to or number):
            for statement in _statements(sql):
                await connection.execute(statement)
            await connection.execute(f"PRAGMA user_version = {number}")


def _statements(sql: str) -> Iterator[str]:
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
