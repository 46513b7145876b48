"""The connection to the database: one writer behind a lock, one reader that cannot write.

What reads much has a reader of its own, so that no conversation waits for it.

A transaction begins IMMEDIATE and is rolled back whatever ends it, cancellation included
(https://www.sqlite.org/lang_transaction.html, https://www.sqlite.org/wal.html).
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import aiosqlite

from bot.store.group_commit import GroupCommit, to_its_end
from bot.store.ledger import Ledger
from bot.store.ledger_file import LEDGER
from bot.store.letter_keys import NO_KEYS, Keys
from bot.store.long_readers import LongReaders
from bot.store.migrations import migrate
from bot.store.pairing import pair, require_pair
from bot.store.reencryption import pepper_of, reencrypt
from bot.store.rekeying import rekey
from bot.store.vault import Vault

logger = logging.getLogger(__name__)

Value = str | int | float | bytes | None

_BUSY_TIMEOUT = 5000  # milliseconds
_CHECKPOINT = 250  # pages: one commit in so many writes them to the file, and all wait for it
_WRITER_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",  # or a rewrite copies what people wrote to the system's folder
    f"PRAGMA busy_timeout = {_BUSY_TIMEOUT}",
    f"PRAGMA wal_autocheckpoint = {_CHECKPOINT}",
)
_READER_PRAGMAS = ("PRAGMA query_only = ON", f"PRAGMA busy_timeout = {_BUSY_TIMEOUT}")

StoreError = sqlite3.Error
"""What every call here raises when the disk or the file does not do its part."""


class Session:
    """Statements on one connection. Parameters are named."""

    def __init__(self, connection: aiosqlite.Connection, vault: Vault) -> None:
        self._connection = connection
        self.vault = vault

    async def all(self, sql: str, **values: Value) -> list[sqlite3.Row]:
        """Return the rows of a statement."""
        return list(await self._connection.execute_fetchall(sql, values))

    async def one(self, sql: str, **values: Value) -> sqlite3.Row | None:
        """Return the first row of a statement; None where there is none."""
        rows = await self.all(sql, **values)
        return rows[0] if rows else None

    async def row(self, sql: str, **values: Value) -> sqlite3.Row:
        """Return the first row of a statement. Raises StoreError where there is none."""
        row = await self.one(sql, **values)
        if row is None:
            raise sqlite3.DatabaseError("a statement that always gives a row gave none")
        return row

    async def run(self, sql: str, **values: Value) -> None:
        """Run a statement that has no rows."""
        await self.all(sql, **values)


class Transaction(Session):
    """A session whose statements take effect together, or not at all.

    `owes`: once they have, a delivery may be due. `doomed`: the keys that are destroyed then.
    """

    def __init__(
        self, connection: aiosqlite.Connection, vault: Vault, turns: GroupCommit, ledger: Ledger
    ) -> None:
        super().__init__(connection, vault)
        self._turns = turns
        self.ledger = ledger
        self.owes = False
        self.doomed: list[int] = []

    async def all(self, sql: str, **values: Value) -> list[sqlite3.Row]:
        """Return a statement's rows. Raises StoreError once an error has undone those before."""
        self._turns.require_transaction()
        return await super().all(sql, **values)


class Database:
    """An open store; `on_due` is called after each commit by which a delivery may be due."""

    on_due: Callable[[], None]

    def __init__(
        self,
        writer: aiosqlite.Connection,
        reader: aiosqlite.Connection,
        ledger: Ledger,
        long_readers: LongReaders,
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._vault = ledger.vault
        self.ledger = ledger
        self._long_readers = long_readers
        self._turns = GroupCommit(writer)
        self.on_due = _ignore

    @classmethod
    async def open(cls, path: Path, keys: Keys = NO_KEYS) -> "Database":
        """Open the file at `path` and its ledger, made if need be, and bring both up to date.

        Raises StoreError, NewerDatabase for a file that a later version has written, LostKey for
        one that holds what the keys can't open, Undecipherable, and as `require_pair`.
        """
        await to_its_end(lambda: asyncio.to_thread(require_pair, path))
        async with AsyncExitStack() as opened:
            writer = await _connect(path, _WRITER_PRAGMAS)
            opened.push_async_callback(to_its_end, writer.close)
            await migrate(writer)
            older = await pepper_of(writer, keys)
            ledger = await Ledger.open(path.with_name(LEDGER), keys)
            opened.push_async_callback(ledger.close)
            await pair(writer, ledger, older)
            vault = ledger.vault
            await reencrypt(writer, ledger, vault, keys)
            await rekey(writer, vault)
            reader = await connect_reader(path)
            opened.pop_all()
            return cls(writer, reader, ledger, LongReaders(partial(connect_reader, path)))

    async def close(self) -> None:
        """Close all connections, once the transaction under way has ended; long reads are cut."""
        await self._long_readers.close()
        async with self._turns.alone():
            await to_its_end(self._reader.close)
            await to_its_end(self._writer.close)
            await self.ledger.close()

    @property
    def reader(self) -> Session:
        """Return a session that sees what is committed and can change nothing."""
        return Session(self._reader, self._vault)

    @asynccontextmanager
    async def long_reader(self) -> AsyncIterator[Session]:
        """Hold a session as `reader` is, alone on its connection: for what reads much.

        Raises StoreError, also from what it reads while the store is closed.
        """
        async with self._long_readers.one() as connection:
            yield Session(connection, self._vault)

    @asynccontextmanager
    async def transaction(self, *, urgent: bool = False) -> AsyncIterator[Transaction]:
        """Hold a transaction open: committed at the end of the block, rolled back if it raises.

        `urgent` comes before all others: what a crash would leave in doubt until it is written.
        Raises StoreError, and NestedTransaction in a task that holds one already.
        """
        tx = Transaction(self._writer, self._vault, self._turns, self.ledger)
        async with self._turns.transaction(urgent=urgent):
            yield tx
        if tx.doomed:
            await self._destroy(tx.doomed)
        if tx.owes:
            self.on_due()

    async def _destroy(self, key_ids: Sequence[int]) -> None:
        """Destroy the keys of what is erased, before anybody is told so.

        Where the ledger doesn't take it, the next job does it: they are noted as doomed.
        """
        try:
            await self.ledger.destroy(key_ids)
        except StoreError as error:
            about = {"error": name_of_error(error)}
            logger.warning("the keys of what was erased wait for the ledger", extra=about)


def _ignore() -> None:
    """Call nobody."""


def name_of_error(error: StoreError) -> str:
    """Return what SQLite calls an error, SQLITE_FULL say: its text may quote what people wrote."""
    return getattr(error, "sqlite_errorname", None) or type(error).__name__


def to_text(moment: datetime) -> str:
    """Return a moment as the store keeps it: UTC, ISO 8601, so that text order is time order.

    Raises ValueError for a naive one.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment must be aware")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def from_text(text: str) -> datetime:
    """Return the moment that `to_text` wrote."""
    return datetime.fromisoformat(text)


async def connect_reader(path: Path) -> aiosqlite.Connection:
    """Open a connection that can change nothing; whoever asks closes it. Raises StoreError."""
    return await _connect(path, _READER_PRAGMAS)


async def _connect(path: Path, pragmas: tuple[str, ...]) -> aiosqlite.Connection:
    connection = aiosqlite.connect(path, isolation_level=None)
    try:
        await to_its_end(lambda: connection)  # cut off, it would leave SQLite's own one open
        connection.row_factory = sqlite3.Row
        for pragma in pragmas:
            await connection.execute_fetchall(pragma)
    except BaseException:
        await to_its_end(connection.close)
        raise
    return connection
