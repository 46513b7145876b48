"""Connections for what reads much: one each, so that no other reader waits for it."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiosqlite

from bot.store.group_commit import to_its_end

Connect = Callable[[], Awaitable[aiosqlite.Connection]]
"""Opens a connection that can change nothing."""


class LongReaders:
    """The connections that are open now, and the end of them all."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._open: set[aiosqlite.Connection] = set()
        self._closed = False

    @asynccontextmanager
    async def one(self) -> AsyncIterator[aiosqlite.Connection]:
        """Hold a connection; a statement of its that still runs at the end is broken off.

        Raises sqlite3.Error, also in a statement that runs when all are closed.
        """
        if self._closed:
            raise sqlite3.ProgrammingError("the store is closed")
        connection = await self._connect()
        self._open.add(connection)
        try:
            yield connection
        finally:
            await self._end(connection)

    async def close(self) -> None:
        """Break off every statement under way and open no connection any more."""
        self._closed = True
        for connection in list(self._open):
            await self._end(connection)

    async def _end(self, connection: aiosqlite.Connection) -> None:
        if connection in self._open:
            self._open.remove(connection)
            await connection.interrupt()
            await to_its_end(connection.close)
