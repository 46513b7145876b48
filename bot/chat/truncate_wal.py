"""The database's log is truncated: what was deleted is not left in it."""

import logging

from bot.store.database import Database, StoreError

logger = logging.getLogger(__name__)


async def truncate_wal(database: Database) -> None:
    """Empty the log; where that fails, housekeeping does it later. What is deleted stays so."""
    try:
        emptied = await database.empty_log()
    except StoreError as error:
        logger.warning("the log was not emptied", extra={"error": type(error).__name__})
        return
    if not emptied:
        logger.warning("the log was not emptied", extra={"reason": "another program reads it"})
