"""Encrypts what an older version kept with the keys of the ledger, a batch at a time.

Broken off anywhere, it goes on where it was: every value says how it is kept.
"""

import logging
import sqlite3
from collections.abc import Iterable

import aiosqlite

from bot.store.encrypted import COLUMNS, ENCRYPTED_COLUMNS, Column
from bot.store.key_reader import STORE_KEY
from bot.store.ledger import Ledger
from bot.store.letter_keys import Keys, LostKey
from bot.store.vault import Cell, Undecipherable, Vault

logger = logging.getLogger(__name__)

BATCH = 500
"""How many values, or keys, are written in one transaction."""

_BEFORE_ALL = -(2**63)  # the lowest number a row can have
_OLDER = "{0} >= '='"  # `=` or `~` begins what older versions kept, `*` what this one does

_KEYLESS_LETTERS = "SELECT id FROM letters WHERE key_id IS NULL AND burned_at IS NULL LIMIT ?"
_KEYLESS_PEOPLE = """
SELECT id FROM people WHERE id NOT IN (SELECT person_id FROM person_keys) LIMIT ?
"""


async def pepper_of(connection: aiosqlite.Connection, keys: Keys) -> bytes | None:
    """Return the secret behind the hashes of an older version's store; None where there is none.

    Raises LostKey for want of any key that the store needs, and Undecipherable.
    """
    rows = list(await connection.execute_fetchall("SELECT value FROM facts WHERE name = 'pepper'"))
    if not rows or not is_older(rows[0][0]):
        return None
    for table, column in ENCRYPTED_COLUMNS:
        for [name] in await connection.execute_fetchall(names_of_keys(table, column)):
            if name not in keys.names:
                raise LostKey(name)
    return bytes.fromhex(keys.decrypt_older(rows[0][0]))


def is_older(kept: str) -> bool:
    """Return whether a value is as an older version kept it."""
    return kept >= "="


def names_of_keys(table: str, column: str) -> str:
    """Return the query for the names of the keys that an older version encrypted a column with."""
    return f"SELECT DISTINCT substr({column}, 2, 8) FROM {table} WHERE {column} LIKE '~%'"


async def reencrypt(
    connection: aiosqlite.Connection, ledger: Ledger, vault: Vault, keys: Keys
) -> None:
    """Encrypt what an older version kept, and leave no trace of how it was. Raises StoreError."""
    [[outdated]] = await connection.execute_fetchall("SELECT outdated FROM pairing")
    if not outdated:
        return
    await _give_keys(
        connection, ledger, _KEYLESS_LETTERS, "UPDATE letters SET key_id = ?1 WHERE id = ?2"
    )
    await _give_keys(connection, ledger, _KEYLESS_PEOPLE, "INSERT INTO person_keys VALUES (?2, ?1)")
    for column in COLUMNS:
        await _reencrypt_column(connection, vault, keys, column)
    await connection.execute_fetchall("DELETE FROM facts WHERE name = 'pepper'")
    await connection.execute_fetchall("VACUUM")
    [[busy, *_]] = await connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
    if busy:
        logger.warning("the store is read by another program; the next start clears its log")
        return
    await connection.execute_fetchall("UPDATE pairing SET outdated = 0")


async def _give_keys(
    connection: aiosqlite.Connection, ledger: Ledger, keyless: str, give: str
) -> None:
    while rows := list(await connection.execute_fetchall(keyless, (BATCH,))):
        made = await ledger.make(len(rows))
        await _write(connection, give, zip(made, (row[0] for row in rows), strict=True))


async def _reencrypt_column(
    connection: aiosqlite.Connection, vault: Vault, keys: Keys, column: Column
) -> None:
    place = _BEFORE_ALL
    query = (
        f"SELECT rowid AS place, {column.name} AS kept, {column.row} AS row,"
        f" coalesce({column.key}, {STORE_KEY}) AS key FROM {column.table}"
        f" WHERE rowid > ? AND {_OLDER.format(column.name)} ORDER BY rowid LIMIT ?"
    )
    while rows := list(await connection.execute_fetchall(query, (place, BATCH))):
        values = [each for row in rows if (each := _reencrypted(row, vault, keys, column))]
        update = f"UPDATE {column.table} SET {column.name} = ? WHERE rowid = ?"
        await _write(connection, update, values)
        place = rows[-1]["place"]


def _reencrypted(
    row: sqlite3.Row, vault: Vault, keys: Keys, column: Column
) -> tuple[str, int] | None:
    """Return a value as it is kept now, and its place; None for a damaged one."""
    cell = Cell(column.table, column.name, row["row"])
    try:
        return vault.encrypt(row["key"], cell, keys.decrypt_older(row["kept"])), row["place"]
    except Undecipherable:
        return None


async def _write(
    connection: aiosqlite.Connection, sql: str, values: Iterable[tuple[object, ...]]
) -> None:
    await connection.execute("BEGIN IMMEDIATE")
    try:
        await connection.executemany(sql, values)
    except BaseException:
        await connection.rollback()
        raise
    await connection.commit()
