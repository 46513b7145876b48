"""The suppressions once more, in a file beside the database: an older backup loses none."""

import asyncio
import os
import re
from datetime import datetime
from pathlib import Path

from bot.store import suppressions
from bot.store.database import Database

_KEY = re.compile(rb"^[0-9a-f]{32}$", re.MULTILINE)


class SuppressionsOfAnotherStore(Exception):
    """There are suppressions, but not the store whose secret their hashes were made with."""


class SuppressionList:
    """A file of keyed hashes, one a line, that is only ever added to.

    A line that a full disk or a power cut left unfinished is passed over.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    async def require_store(self, path: Path) -> None:
        """Make sure that a store isn't begun beside the suppressions of one that was lost.

        Raises SuppressionsOfAnotherStore: its hashes could stop nobody's mail, and would seem to.
        """
        if await asyncio.to_thread(lambda: bool(self._read()) and not path.exists()):
            raise SuppressionsOfAnotherStore

    async def agree_with(self, database: Database, now: datetime) -> None:
        """Let the file and the database know of each other's suppressions."""
        listed = await asyncio.to_thread(self._read)
        known = await suppressions.keys(database.reader)
        async with database.transaction() as tx:
            for key in sorted(listed - known):
                await suppressions.suppress(tx, key, now)
        for key in sorted(known - listed):
            await self.add(key)

    async def add(self, key: str) -> None:
        """Write a suppression to the disk, unless it is there already. Raises OSError."""
        await asyncio.to_thread(self._append, key)

    def _read(self) -> set[str]:
        if not self._path.exists():
            return set()
        return {key.decode() for key in _KEY.findall(self._path.read_bytes())}

    def _append(self, key: str) -> None:
        if key in self._read():
            return
        with self._path.open("ab+") as file:
            file.seek(0)
            unfinished = (file.read() or b"\n")[-1:] != b"\n"
            file.write(b"\n" * unfinished + f"{key}\n".encode())
            file.flush()
            os.fsync(file.fileno())
