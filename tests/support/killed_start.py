"""Opens a store and dies by SIGKILL before its write of a number.

`python -m tests.support.killed_start FOLDER NUMBER`; it ends with 0 if there are no more writes.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiosqlite

from bot.app import DATABASE
from bot.store import stopped_file, suppression_changes
from bot.store.database import Database
from bot.store.ledger_file import LedgerFile
from tests.support.clock import A_MORNING

_READS = ("SELECT", "PRAGMA")


class _Steps:
    def __init__(self, number: int) -> None:
        self._left = number

    def counted(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """Return a method that counts as a step, unless its statement only reads."""

        def step(*args: Any) -> Any:
            if not any(isinstance(each, str) and each.startswith(_READS) for each in args[1:2]):
                self._left -= 1
                if self._left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return method(*args)

        return step


async def _open(folder: Path) -> None:
    database = await Database.open(folder / DATABASE)
    await suppression_changes.agree(database, folder, A_MORNING)
    await database.close()


if __name__ == "__main__":
    steps = _Steps(int(sys.argv[2]))
    for name in ("execute", "execute_fetchall", "commit"):
        setattr(aiosqlite.Connection, name, steps.counted(getattr(aiosqlite.Connection, name)))
    for name in ("rows", "transaction"):
        setattr(LedgerFile, name, steps.counted(getattr(LedgerFile, name)))
    stopped_file.put_aside = steps.counted(stopped_file.put_aside)
    asyncio.run(_open(Path(sys.argv[1])))
