"""Transactions that wait for one writer share a commit, so one wait for the disk.

Their bodies run one after another in the same SQLite transaction, and nobody is told that it went
well before the commit is on the disk. Each but the first runs within a savepoint: what it has
written is taken back alone (https://www.sqlite.org/lang_savepoint.html).
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from copy import copy
from functools import partial
from typing import TypeVar

import aiosqlite

from bot.clock import Clock, SystemClock
from bot.store.priority_lock import PriorityLock

T = TypeVar("T")

MOST_MEMBERS = 32
LONGEST = 0.010  # seconds after its BEGIN in which a group takes another member


class NestedTransaction(RuntimeError):
    """A task asked for the writer that it holds itself, and would have waited for ever."""


class _Group:
    """Transactions that share a commit; `outcome` is how it ended."""

    def __init__(self, begun: float) -> None:
        self.begun = begun
        self.members = 1
        self.outcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def written(self) -> None:
        """Return once the group is on the disk. Raises sqlite3.Error if it was rolled back."""
        try:
            await to_its_end(lambda: self.outcome)
        except sqlite3.Error as error:
            raise copy(error) from error  # each member's own: a traceback grows as it is raised


class GroupCommit:
    """The turns of the transactions at a connection, and of what must have it alone."""

    def __init__(self, connection: aiosqlite.Connection, clock: Clock | None = None) -> None:
        self._connection = connection
        self._clock = clock or SystemClock()
        self._lock = PriorityLock(keeps=self._commits_now)
        self._owner: asyncio.Task[object] | None = None
        self._group: _Group | None = None
        self._commit_under_way: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def transaction(self, *, urgent: bool = False) -> AsyncIterator[None]:
        """Hold a transaction open, committed when the block is left and rolled back if it raises.

        Raises NestedTransaction, and sqlite3.Error if it can't be begun or written.
        """
        async with self._turn(urgent=urgent), self._member() as group:
            yield
        await group.written()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Have the connection, outside of any transaction. Raises NestedTransaction."""
        async with self._turn():
            if self._group is not None:
                commit = self._commit(self._group)
                await to_its_end(lambda: asyncio.wait([commit]))
            yield

    @asynccontextmanager
    async def _turn(self, *, urgent: bool = False) -> AsyncIterator[None]:
        task = asyncio.current_task()
        if task is self._owner:
            raise NestedTransaction("this task is inside a transaction already")
        async with self._lock.hold(urgent=urgent):
            self._owner = task
            try:
                yield
            finally:
                self._owner = None

    def _member(self) -> AbstractAsyncContextManager[_Group]:
        return self._first() if self._group is None else self._another(self._group)

    @asynccontextmanager
    async def _first(self) -> AsyncIterator[_Group]:
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
            group = _Group(self._clock.monotonic())
            yield group
        except BaseException:
            await to_its_end(self._connection.rollback)
            raise
        self._group = group

    @asynccontextmanager
    async def _another(self, group: _Group) -> AsyncIterator[_Group]:
        await self._connection.execute("SAVEPOINT member")
        try:
            yield group
        except BaseException:
            await to_its_end(self._undo_member)
            raise
        group.members += 1

    async def _undo_member(self) -> None:
        try:
            await self._connection.execute("ROLLBACK TO member")
        except sqlite3.Error:  # there is none any more, or it can't be gone back to
            await self._connection.rollback()

    def require_transaction(self) -> None:
        """Raise sqlite3.Error if SQLite has rolled the transaction back by itself.

        It does for some errors, and what came next would take effect at once
        (https://www.sqlite.org/lang_transaction.html, section 3).
        """
        if not self._connection.in_transaction:
            raise _rolled_back()

    def _commits_now(self, wanted: bool) -> bool:  # noqa: FBT001 - as PriorityLock calls it
        """Begin the commit, for which the lock is kept, unless another may join the group."""
        group = self._group
        if group is None:
            return False
        if not self._connection.in_transaction:
            self._group = None
            group.outcome.set_exception(_rolled_back())
            return False
        if wanted and not self._is_full(group):
            return False
        self._commit(group).add_done_callback(lambda _: self._lock.release())
        return True

    def _is_full(self, group: _Group) -> bool:
        lasted = self._clock.monotonic() - group.begun
        return group.members >= MOST_MEMBERS or lasted >= LONGEST

    def _commit(self, group: _Group) -> asyncio.Task[None]:
        self._group = None
        self._commit_under_way = commit = asyncio.create_task(self._commit_or_roll_back())
        commit.add_done_callback(partial(_tell, group))
        return commit

    async def _commit_or_roll_back(self) -> None:
        try:
            await self._connection.commit()
        except BaseException:
            await to_its_end(self._connection.rollback)
            raise


def _tell(group: _Group, commit: asyncio.Task[None]) -> None:
    if commit.cancelled():
        group.outcome.cancel()
    elif error := commit.exception():
        group.outcome.set_exception(error)
    else:
        group.outcome.set_result(None)


def _rolled_back() -> sqlite3.Error:
    return sqlite3.OperationalError("the transaction was rolled back by an error within it")


async def to_its_end(step: Callable[[], Awaitable[T]]) -> T:
    """Await a step to its end even when the caller is cancelled meanwhile; then be cancelled."""
    task = asyncio.ensure_future(step())
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as request:
            cancelled = request
    if cancelled is not None and task.exception() is None:
        raise cancelled
    return task.result()
