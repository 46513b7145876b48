"""Opens a store as the program's start does: `python -m tests.crash.opening FOLDER` is a child.

It says on its standard output when it begins and when it is done.
"""

import asyncio
import sys
from pathlib import Path

from bot.app import DATABASE
from bot.clock import SystemClock
from bot.store import erasures, suppression_changes
from bot.store.database import Database

BEGUN, DONE = b"begun\n", b"done\n"


async def open_store(folder: Path) -> None:
    """Bring a store up to date, whatever version left it, and close it."""
    database = await Database.open(folder / DATABASE)
    try:
        await erasures.catch_up(database, SystemClock().now())
        await suppression_changes.agree(database, folder, SystemClock().now())
    finally:
        await database.close()


def main() -> None:
    """Open the store of a folder."""
    sys.stdout.buffer.write(BEGUN)
    sys.stdout.flush()
    asyncio.run(open_store(Path(sys.argv[1])))
    sys.stdout.buffer.write(DONE)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
