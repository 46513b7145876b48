"""The ledger, worked on by a thread of its own: the keys, and which were destroyed.

A key is on the disk before the row that uses it: some are made ahead, so that few sealings wait for
that. One is destroyed as soon as its rows are gone, before anybody is told of that.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot.store.group_commit import to_its_end
from bot.store.ledger_file import LedgerFile
from bot.store.letter_keys import Keys
from bot.store.vault import Vault

T = TypeVar("T")

POOL = 64
"""How many keys are made at once; those that are left when the program ends are never used."""

AMID_REWRITE = 512
"""How many are at hand while the file is written anew: of two million keys that takes a second."""


class Ledger:
    """An open ledger. Whatever is asked of it is done to its end, also when who asks is gone.

    All raises StoreError.
    """

    _file: LedgerFile | None = None

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._pool: deque[int] = deque()
        self._refill = asyncio.Lock()
        self._filling: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, path: Path, keys: Keys) -> "Ledger":
        """Open the file at `path`, made if need be; raises as LedgerFile does."""
        ledger = cls()
        try:
            await ledger._on_thread(lambda: ledger._open(path, keys))
        except BaseException:
            await ledger.close()
            raise
        return ledger

    async def close(self) -> None:
        """Close the file, once what is under way has ended."""
        if self._filling is not None:
            await to_its_end(partial(asyncio.wait, [self._filling]))
        file, self._file = self._file, None
        try:
            if file is not None:
                await self._on_thread(file.close)
        finally:
            self._thread.shutdown(wait=False)

    @property
    def vault(self) -> Vault:
        """Return the store's vault. Raises Undecipherable."""
        return self._opened.reader.vault()

    async def take(self) -> int:
        """Return the number of a key that nothing uses yet.

        Whoever asks holds a transaction open, so that more are made before none is left.
        """
        while not self._pool:
            await self._fill(POOL)
        key_id = self._pool.popleft()
        if len(self._pool) < POOL // 2 and (self._filling is None or self._filling.done()):
            self._filling = asyncio.create_task(self._fill_ahead())
        return key_id

    async def make(self, number: int) -> list[int]:
        """Return the numbers of so many new keys."""
        return await self.run(lambda file: file.make(number))

    async def destroy(self, key_ids: Sequence[int]) -> None:
        """Destroy keys: what they encrypted is noise from now on."""
        await self.run(lambda file: file.destroy(key_ids))

    async def rewrite_if_due(self) -> bool:
        """Do as the file's: no sealing waits meanwhile for a key."""
        if not await self.run(lambda file: file.is_rewrite_due()):
            return True
        await self._fill(AMID_REWRITE)
        return await self.run(lambda file: file.rewrite())

    async def run(self, step: Callable[[LedgerFile], T]) -> T:
        """Return what a step gives that works on the file."""
        return await self._on_thread(lambda: step(self._opened))

    async def _fill(self, number: int) -> None:
        """Have so many keys at hand."""
        async with self._refill:
            if (missing := number - len(self._pool)) > 0:
                self._pool.extend(await self.make(missing))

    async def _fill_ahead(self) -> None:
        with suppress(sqlite3.Error):  # whoever finds none left learns of it
            await self._fill(POOL)

    @property
    def _opened(self) -> LedgerFile:
        if self._file is None:
            raise RuntimeError("the ledger is not open")
        return self._file

    def _open(self, path: Path, keys: Keys) -> None:
        self._file = LedgerFile(path, keys)

    async def _on_thread(self, step: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        return await to_its_end(lambda: loop.run_in_executor(self._thread, step))
