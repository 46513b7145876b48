"""Rekeying: an address that an earlier version has kept gets the keys that this one knows it by."""

import aiosqlite

from bot.store.mailboxes import AddressKeys
from bot.store.vault import LostKey, Vault

BATCH = 200
"""How many addresses get their keys in one transaction."""

_NEXT = "SELECT id, address, legacy_key FROM addresses WHERE mailbox_key = '' LIMIT ?"
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
    """Give every address its keys. Raises sqlite3.Error.

    A batch at a time, each in a transaction of its own: broken off, it goes on where it was.
    """
    while rows := list(await connection.execute_fetchall(_NEXT, (BATCH,))):
        await connection.execute("BEGIN IMMEDIATE")
        try:
            for row in rows:
                await _rekey_one(connection, vault, *row)
        except BaseException:
            await connection.rollback()
            raise
        await connection.commit()


async def _rekey_one(
    connection: aiosqlite.Connection, vault: Vault, address_id: int, kept: str, legacy: str
) -> None:
    try:
        keys = AddressKeys.of(vault, vault.decrypt(kept))
    except LostKey:  # its row is damaged; nothing is mailed there
        await connection.execute(_KEEP_UNREADABLE, (address_id,))
        return
    values = (keys.exact, keys.mailbox, keys.wide, keys.domain, address_id)
    await connection.execute(_KEEP, values)
    await connection.execute(_COUNT_ON, (keys.wide, keys.domain, legacy))
