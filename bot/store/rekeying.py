"""Writes the hashes of addresses that an earlier version stored without them."""

import sqlite3
from collections.abc import Iterable

import aiosqlite

from bot.store.mailboxes import AddressKeys
from bot.store.vault import Cell, Undecipherable, Vault

BATCH = 1000
"""How many addresses get their keys in one transaction."""

_NEXT = "SELECT id, person_id, address, legacy_key FROM addresses WHERE mailbox_key = '' LIMIT ?"
_KEEP = """
UPDATE addresses SET exact_key = ?, mailbox_key = ?, wide_key = ?, domain_key = ? WHERE id = ?
"""
_KEEP_UNREADABLE = """
UPDATE addresses SET mailbox_key = legacy_key, wide_key = legacy_key, domain_key = legacy_key
WHERE id = ?
"""
_COUNT_ON = "UPDATE confirmation_mails SET wide_key = ?, domain_key = ? WHERE wide_key = ?"
"""Lets the mails that an address had lately count towards its bounds."""


async def rekey(connection: aiosqlite.Connection, vault: Vault) -> None:
    """Write every address's keys anew where they are missing. Raises sqlite3.Error.

    A batch at a time, each in a transaction of its own: broken off, it goes on where it was.
    """
    while rows := list(await connection.execute_fetchall(_NEXT, (BATCH,))):
        await connection.execute("BEGIN IMMEDIATE")
        try:
            await _rekey_some(connection, vault, rows)
        except BaseException:
            await connection.rollback()
            raise
        await connection.commit()


async def _rekey_some(
    connection: aiosqlite.Connection, vault: Vault, rows: Iterable[sqlite3.Row]
) -> None:
    kept, mails, unreadable = [], [], []
    for address_id, person_id, address, legacy in rows:
        keys = _keys_of(vault, Cell("addresses", "address", f"{address_id}/{person_id}"), address)
        if keys is None:
            unreadable.append((address_id,))
        else:
            kept.append((keys.exact, keys.mailbox, keys.wide, keys.domain, address_id))
            mails.append((keys.wide, keys.domain, legacy))
    await connection.executemany(_KEEP, kept)
    await connection.executemany(_COUNT_ON, mails)
    await connection.executemany(_KEEP_UNREADABLE, unreadable)


def _keys_of(vault: Vault, cell: Cell, kept: str) -> AddressKeys | None:
    """Return the keys of an address as it is kept; None for a damaged one, which gets no mail."""
    try:
        return AddressKeys.of(vault, vault.decrypt(cell, kept))
    except Undecipherable:
        return None
