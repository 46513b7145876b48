"""One process per data folder: a second sweep can't run beside the first."""

import asyncio
import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from bot.store.database import Database
from bot.store.letter_keys import Keys


class FolderInUse(Exception):
    """Another process holds the data folder."""


class NoStore(Exception):
    """There is no store where one is to be worked on."""


class FolderLock:
    """Holds a data folder for this process until it lets go or is gone (flock(2))."""

    NAME = "lock"

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = folder / self.NAME
        self._file = self.path.open("a")

    def __enter__(self) -> Self:
        """Take hold of the folder. Raises FolderInUse."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise FolderInUse from None
        return self

    def __exit__(self, *_: object) -> None:
        """Let the folder go."""
        self._file.close()


@asynccontextmanager
async def opened_alone(path: Path, keys: Keys) -> AsyncIterator[Database]:
    """Open a store that no running program uses, for one of the operator's commands.

    Raises NoStore, FolderInUse, StoreError, NewerDatabase, LostKey.
    """
    if not await asyncio.to_thread(path.exists):
        raise NoStore
    with FolderLock(path.parent):
        database = await Database.open(path, keys)
        try:
            yield database
        finally:
            await database.close()
