"""Key rotation: encrypts anew, with the first key, what an older key encrypted or none did."""

from bot.store.database import Database, Transaction
from bot.store.unlocking import ENCRYPTED_COLUMNS

BATCH = 200
"""How many values are encrypted anew in one transaction."""

_BEFORE_ALL = -(2**63)  # the lowest number a row can have


async def rotate(database: Database) -> int:
    """Encrypt with the first key what isn't yet, and leave no trace of how it was kept before.

    Returns how many values that were. Each transaction stands by itself, so one broken off is
    taken up where it was by the next. Raises StoreError, and LostKey for what can't be opened.
    """
    done = 0
    for table, column in ENCRYPTED_COLUMNS:
        place: int | None = _BEFORE_ALL
        while place is not None:
            async with database.transaction() as tx:
                number, place = await _rotate_batch(tx, table, column, after=place)
            done += number
    await database.rewrite()
    return done


async def _rotate_batch(
    tx: Transaction, table: str, column: str, *, after: int
) -> tuple[int, int | None]:
    """Return how many values were encrypted anew, and the row to go on behind; None at the end."""
    rows = await tx.all(
        f"SELECT rowid AS place, {column} AS kept FROM {table}"
        f" WHERE rowid > :after AND {stale(column)} ORDER BY rowid LIMIT :batch",
        after=after,
        batch=BATCH,
        current=tx.vault.current,
    )
    for row in rows:
        await tx.run(
            f"UPDATE {table} SET {column} = :kept WHERE rowid = :place",
            kept=tx.vault.encrypt(tx.vault.decrypt(row["kept"])),
            place=row["place"],
        )
    return len(rows), rows[-1]["place"] if rows else None


def stale(column: str) -> str:
    """Return the condition that a column's value isn't kept as it would be now: `:current`."""
    return f"{column} IS NOT NULL AND substr({column}, 1, length(:current)) <> :current"
