"""Makes the vault at start: everything encrypted must have its key, or the program ends."""

import secrets

import aiosqlite

from bot.store.vault import Keys, LostKey, Vault

ENCRYPTED_COLUMNS = (
    ("letters", "text"),
    ("letters", "entities"),
    ("postscripts", "text"),
    ("postscripts", "entities"),
    ("letters", "parts"),
    ("addresses", "address"),
    ("deliveries", "params"),
    ("drafts", "parts"),
    ("drafts", "candidate"),
    ("drafts", "suggestion"),
    ("updates", "payload"),
    ("replies", "payload"),
    ("answers", "answer"),
    ("answers", "note"),
    ("facts", "value"),
)
"""Every column the vault keeps, by table."""

_PEPPER = "pepper"
_PEPPER_BYTES = 32


async def unlock(connection: aiosqlite.Connection, keys: Keys) -> Vault:
    """Return a store's vault; its secret is made at the first start. Raises LostKey."""
    await require_keys(connection, keys)
    rows = list(
        await connection.execute_fetchall("SELECT value FROM facts WHERE name = ?", (_PEPPER,))
    )
    if rows:
        return Vault(keys, bytes.fromhex(keys.decrypt(rows[0][0])))
    pepper = secrets.token_bytes(_PEPPER_BYTES)
    await connection.execute_fetchall(
        "INSERT INTO facts (name, value) VALUES (?, ?)", (_PEPPER, keys.encrypt(pepper.hex()))
    )
    return Vault(keys, pepper)


async def require_keys(connection: aiosqlite.Connection, keys: Keys) -> None:
    """Make sure that everything encrypted has its key at hand. Raises LostKey."""
    for table, column in ENCRYPTED_COLUMNS:
        names = await connection.execute_fetchall(
            f"SELECT DISTINCT substr({column}, 2, 8) FROM {table} WHERE {column} LIKE '~%'"
        )
        for [name] in names:
            if name not in keys.names:
                raise LostKey(name)
