"""Key rotation: wraps anew, with the first key, what an older key wrapped or none did."""

from bot.store.database import Database


async def rotate(database: Database) -> int:
    """Wrap every key of the ledger with the first of LETTER_KEYS, and leave no trace of the other.

    Returns how many weren't. One broken off is taken up where it was by the next. Raises
    StoreError.
    """
    return await database.ledger.run(lambda file: file.rewrap())
