"""Deletes what has had its time, some rows in a transaction, so that nobody waits long for it."""

from datetime import datetime

from bot.store.database import Transaction, to_text

BATCH = 500
"""How many rows are deleted in one transaction."""


async def forget_some(tx: Transaction, table: str, condition: str, moment: datetime) -> bool:
    """Delete the rows of a table for which a condition on `:moment` holds, `BATCH` at most.

    Returns whether there may be more.
    """
    rows = await tx.all(
        f"DELETE FROM {table} WHERE rowid IN"
        f" (SELECT rowid FROM {table} WHERE {condition} LIMIT :batch) RETURNING 1",
        moment=to_text(moment),
        batch=BATCH,
    )
    return len(rows) == BATCH
