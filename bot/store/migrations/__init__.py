"""The schema's numbered steps, each run once, in order, all in one transaction at start.

`PRAGMA user_version` holds the number of the last step taken. A step never changes once released.
"""

import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import aiosqlite

logger = logging.getLogger(__name__)

_HERE = Path(__file__).parent


class NewerDatabase(Exception):
    """The file was written by a later version of the program, which this one can't read."""


def steps(folder: Path = _HERE) -> list[tuple[int, str]]:
    """Return every step's number and SQL, in order."""
    files = sorted(folder.glob("[0-9]*.sql"))
    return [(int(file.name.partition("_")[0]), file.read_text("utf-8")) for file in files]


async def migrate(connection: aiosqlite.Connection, *, up_to: int | None = None) -> None:
    """Take the steps that the file lacks. Raises NewerDatabase, sqlite3.Error.

    `up_to` stops at an older version's schema, for the tests of upgrades.
    """
    [[enforced]] = await connection.execute_fetchall("PRAGMA foreign_keys")
    # A table can't be made anew while others refer to it, and inside a transaction it is too late.
    await connection.execute("PRAGMA foreign_keys = OFF")
    await connection.execute("BEGIN IMMEDIATE")
    try:
        await _take_steps(connection, up_to)
    except BaseException:
        await connection.rollback()
        raise
    await connection.commit()
    await connection.execute(f"PRAGMA foreign_keys = {enforced}")


async def _take_steps(connection: aiosqlite.Connection, up_to: int | None) -> None:
    [[version]] = await connection.execute_fetchall("PRAGMA user_version")
    missing = steps_from(steps(), version, up_to=up_to)
    if not missing:
        return
    if version:
        about = {"from": version, "to": missing[-1][0]}
        logger.info("an older version's store is brought up to date", extra=about)
    orphans = await _orphans(connection)
    for number, sql in missing:
        for statement in statements(sql):
            await connection.execute(statement)
        await connection.execute(f"PRAGMA user_version = {number}")
    if await _orphans(connection) > orphans:
        raise sqlite3.IntegrityError("a step of the schema left a reference to nothing")


def steps_from(
    known: list[tuple[int, str]], version: int, *, up_to: int | None = None
) -> list[tuple[int, str]]:
    """Return the steps that a file of that version lacks. Raises NewerDatabase."""
    if version > known[-1][0]:
        raise NewerDatabase
    return [(n, sql) for n, sql in known if version < n <= (up_to or n)]


async def _orphans(connection: aiosqlite.Connection) -> int:
    """Return how many rows refer to one that isn't there."""
    return len(list(await connection.execute_fetchall("PRAGMA foreign_key_check")))


def statements(sql: str) -> Iterator[str]:
    """Yield the statements of a step."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
