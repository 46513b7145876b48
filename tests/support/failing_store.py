"""A store that fails at chosen moments, as a full disk or a broken one does."""

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, cast

import aiosqlite

from bot.store.database import Database


class FailingWriter:
    """A database's writer that counts what is asked of it, and refuses what `fails` tells it to.

    What is refused hasn't happened: SQLite takes back by itself what it couldn't write. Rolling
    back never fails.
    """

    def __init__(self, database: Database) -> None:
        self._writer = database._writer
        self.asked: list[str] = []
        self.fails: Callable[[int], bool] = _never
        database._writer = database._turns._connection = cast("aiosqlite.Connection", self)

    @property
    def in_transaction(self) -> bool:
        """Return whether a transaction is open."""
        return self._writer.in_transaction

    def heal(self) -> None:
        """Refuse nothing more, and count from the start again."""
        self.asked.clear()
        self.fails = _never

    async def execute(self, sql: str) -> aiosqlite.Cursor:
        """Run a statement, unless it is to fail."""
        self._ask(sql)
        return await self._writer.execute(sql)

    async def execute_fetchall(self, sql: str, values: Any) -> Iterable[sqlite3.Row]:
        """Return the rows of a statement, unless it is to fail."""
        self._ask(sql)
        return await self._writer.execute_fetchall(sql, values)

    async def commit(self) -> None:
        """Commit, unless it is to fail."""
        self._ask("COMMIT")
        await self._writer.commit()

    async def rollback(self) -> None:
        """Roll back."""
        await self._writer.rollback()

    async def close(self) -> None:
        """Close the connection."""
        await self._writer.close()

    def _ask(self, sql: str) -> None:
        self.asked.append(sql)
        if self.fails(len(self.asked)):
            raise sqlite3.OperationalError("database or disk is full")


def _never(_: int) -> bool:
    return False
