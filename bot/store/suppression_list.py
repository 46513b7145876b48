"""A second copy of the suppressions, in a file that no backup of the database undoes."""

import asyncio
import os
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from bot.store import suppressions
from bot.store.database import Database

_LINE = re.compile(rb"^(-?)([0-9a-f]{32})$", re.MULTILINE)
_LIFTED = "-"


class SuppressionsOfAnotherStore(Exception):
    """There are suppressions, but not the store whose secret their hashes were made with."""


class SuppressionList:
    """A file of keyed hashes, one a line, that is only ever added to; `-` before one lifts it.

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
        """Let the file and the database know of each other's suppressions.

        The file, which is written first, is right where the two differ.
        """
        listed = await asyncio.to_thread(self._read)
        known = await suppressions.known(database.reader)
        async with database.transaction() as tx:
            for key, suppressed in sorted(listed.items()):
                if known.get(key) is not suppressed:
                    await suppressions.adopt(tx, key, now, suppressed=suppressed)
        missing = {key: known[key] for key in sorted(known.keys() - listed.keys())}
        await asyncio.to_thread(self._write, missing)

    async def add(self, key: str) -> None:
        """Write a suppression to the disk, unless it stands there already. Raises OSError."""
        await asyncio.to_thread(self._write, {key: True})

    async def lift(self, key: str) -> None:
        """Write to the disk that a suppression is lifted, unless that stands there already.

        Raises OSError.
        """
        await asyncio.to_thread(self._write, {key: False})

    def _read(self) -> dict[str, bool]:
        """Return all mailboxes once suppressed, with whether they still are."""
        if not self._path.exists():
            return {}
        lines = _LINE.findall(self._path.read_bytes())
        return {key.decode(): not lifted for lifted, key in lines}

    def _write(self, standings: Mapping[str, bool]) -> None:
        listed = self._read()
        lines = "".join(
            f"{'' if suppressed else _LIFTED}{key}\n"
            for key, suppressed in standings.items()
            if listed.get(key) is not suppressed
        )
        if not lines:
            return
        with self._path.open("ab+") as file:
            file.seek(0)
            unfinished = (file.read() or b"\n")[-1:] != b"\n"
            file.write(b"\n" * unfinished + lines.encode())
            file.flush()
            os.fsync(file.fileno())
