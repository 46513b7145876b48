"""The keys that letters and addresses are encrypted with: new ones, and moving on to one."""

from pathlib import Path

from bot.app import DATABASE
from bot.store import rotation
from bot.store.database import Database
from bot.store.lock import FolderLock
from bot.store.vault import Keys


async def rotate(folder: Path, keys: Keys) -> int:
    """Seal with the first key all that a data folder keeps; returns how many values weren't yet.

    Raises FolderInUse, StoreError, NewerDatabase, LostKey.
    """
    path = folder / DATABASE
    if not path.exists():
        return 0
    with FolderLock(folder):
        database = await Database.open(path, keys)
        try:
            return await rotation.rotate(database)
        finally:
            await database.close()
