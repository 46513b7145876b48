"""What statements cost, whatever the machine: the steps that SQLite takes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.store.database import Database
from tests.support.watched import Tally

_STEPS = 10  # of SQLite's virtual machine, between two looks at it


@asynccontextmanager
async def counted(database: Database) -> AsyncIterator[Tally]:
    """Count the steps that SQLite takes on the writer and the common reader, in tens."""
    steps = Tally()

    def look() -> None:
        steps.value += 1

    connections = (database._writer, database._reader)
    for each in connections:
        await each.set_progress_handler(look, _STEPS)
    try:
        yield steps
    finally:
        for each in connections:
            await each.set_progress_handler(look, 0)  # less than one takes it off
