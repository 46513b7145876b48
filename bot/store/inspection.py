"""Inspects a store without changing it, also while the program uses it."""

from dataclasses import dataclass
from pathlib import Path

import aiosqlite

from bot.store.database import connect_reader
from bot.store.meta import MetaKey
from bot.store.migrations import NewerDatabase, steps
from bot.store.rotation import stale
from bot.store.unlocking import ENCRYPTED_COLUMNS, require_keys
from bot.store.vault import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a store is: the number of faults SQLite finds in it, and of letters.

    `unrotated` counts the values that aren't encrypted with the first key, `bot_id` is that of the
    bot it belongs to. Of a store that an older version has written (`outdated`) only the faults are
    looked for.
    """

    faults: int
    outdated: bool
    letters: int = 0
    unrotated: int = 0
    bot_id: str | None = None


async def inspect(path: Path, keys: Keys) -> Condition:
    """Look at the store in the file at `path`. Raises StoreError, NewerDatabase and LostKey."""
    connection = await connect_reader(path)
    try:
        faults = await _faults(connection)
        if await _is_outdated(connection):
            return Condition(faults=faults, outdated=True)
        await require_keys(connection, keys)
        return Condition(
            faults=faults,
            outdated=False,
            letters=await _count(connection, "letters", "TRUE", keys),
            unrotated=sum(
                [await _count(connection, t, stale(c), keys) for t, c in ENCRYPTED_COLUMNS]
            ),
            bot_id=await _bot_id(connection, keys),
        )
    finally:
        await connection.close()


async def _faults(connection: aiosqlite.Connection) -> int:
    whole = [tuple(row) for row in await connection.execute_fetchall("PRAGMA integrity_check")]
    orphans = await connection.execute_fetchall("PRAGMA foreign_key_check")
    return sum(row != ("ok",) for row in whole) + len(list(orphans))


async def _is_outdated(connection: aiosqlite.Connection) -> bool:
    [[version]] = await connection.execute_fetchall("PRAGMA user_version")
    newest = steps()[-1][0]
    if version > newest:
        raise NewerDatabase
    return bool(version < newest)


async def _count(connection: aiosqlite.Connection, table: str, where: str, keys: Keys) -> int:
    [[number]] = await connection.execute_fetchall(
        f"SELECT count(*) FROM {table} WHERE {where}", {"current": keys.current}
    )
    return int(number)


async def _bot_id(connection: aiosqlite.Connection, keys: Keys) -> str | None:
    rows = await connection.execute_fetchall(
        "SELECT value FROM facts WHERE name = ?", (MetaKey.BOT_ID,)
    )
    return next((keys.decrypt(value) for [value] in rows), None)
