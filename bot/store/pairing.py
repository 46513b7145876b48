"""`bot.db` and `ledger.db` belong together: a start with one of them, or two strangers, is refused.

Both have the store's id. The ledger has it first, and notes that `bot.db` has it as well, so that a
crash in between leaves what the next start goes on with.
"""

import secrets
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import aiosqlite

from bot.store import stopped_file
from bot.store.ledger import Ledger
from bot.store.ledger_file import LEDGER, PAIRED, STORE_ID

_LOOKED_AT = 0.2  # seconds at most for which a start looks for damage
_PEPPER_BYTES = 32
_DAMAGE = {"SQLITE_CORRUPT", "SQLITE_NOTADB"}

# The condition is that of the index; without it every letter is read.
LAST_USED = """
SELECT max(
    coalesce((SELECT max(key_id) FROM letters WHERE key_id IS NOT NULL), 0),
    coalesce((SELECT max(key_id) FROM person_keys), 0)
)
"""


class StoreMissing(Exception):
    """There is a ledger, and its `bot.db` is missing or empty."""


class LedgerMissing(Exception):
    """There is a `bot.db`, and the ledger that has its keys is missing or empty."""


class NotAPair(Exception):
    """`bot.db` and `ledger.db` are of different stores, or `bot.db` is from before the ledger."""


class SuppressionsOfAnotherStore(Exception):
    """There is a `stopped.txt`, but not the store whose secret its hashes were made with."""


class DamagedStore(Exception):
    """SQLite finds a fault in a file; `name` is the file's."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class _Found:
    """What a file is: `store_id` is None for none yet, `paired` whether the other has it too."""

    empty: bool = True
    store_id: str | None = None
    paired: bool = False


def require_pair(path: Path) -> None:
    """Make sure that the files of the store at `path` go together; nothing is made or changed.

    Raises StoreMissing, LedgerMissing, NotAPair, SuppressionsOfAnotherStore, DamagedStore and
    StoreError.
    """
    with ThreadPoolExecutor(max_workers=1) as beside:
        looking = beside.submit(_look, path.with_name(LEDGER), _of_ledger)
        store, ledger = _look(path, _of_store), looking.result()
    if store.store_id is not None and ledger.store_id is None:
        raise LedgerMissing
    if ledger.paired and store.empty:
        raise StoreMissing
    if ledger.paired and store.store_id != ledger.store_id:
        raise NotAPair
    if store.empty and stopped_file.read(path.parent):
        raise SuppressionsOfAnotherStore  # they could stop nobody's mail, and would seem to


async def pair(connection: aiosqlite.Connection, ledger: Ledger, older: bytes | None) -> None:
    """Let a store and its ledger know each other. Raises StoreError.

    `older` is the secret behind the hashes of a store that had no ledger.
    """
    store_id = await ledger.run(lambda file: file.store_id)
    if store_id is None:
        store_id, pepper = secrets.token_hex(16), older or secrets.token_bytes(_PEPPER_BYTES)
        await ledger.run(lambda file: file.set_up(store_id, pepper))
    await connection.execute_fetchall(
        "INSERT INTO pairing (id, store_id, outdated) VALUES (1, ?, ?) ON CONFLICT DO NOTHING",
        (store_id, older is not None),
    )
    if not await ledger.run(lambda file: file.is_paired):
        await ledger.run(lambda file: file.note_paired())
    await _make_up_for_an_older_ledger(connection, ledger)


async def _make_up_for_an_older_ledger(connection: aiosqlite.Connection, ledger: Ledger) -> None:
    """Let whoever lost their key have a new one, and no number of a key be used twice."""
    [[used]] = await connection.execute_fetchall(LAST_USED)
    made = await ledger.run(lambda file: file.last_made())
    await connection.execute_fetchall("DELETE FROM person_keys WHERE key_id > ?", (made,))
    await ledger.run(lambda file: file.skip_to(used))


def _look(path: Path, read: Callable[[sqlite3.Connection], _Found]) -> _Found:
    if not path.exists() or not path.stat().st_size:
        return _Found()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA busy_timeout = 5000")
        try:
            _require_sound(connection, path.name)
            return read(connection)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorname", None) in _DAMAGE:
                raise DamagedStore(path.name) from None
            raise


def _of_store(connection: sqlite3.Connection) -> _Found:
    if not _has_table(connection, "people"):
        return _Found()
    rows = []
    if _has_table(connection, "pairing"):
        rows = connection.execute("SELECT store_id FROM pairing").fetchall()
    return _Found(empty=False, store_id=rows[0][0] if rows else None)


def _of_ledger(connection: sqlite3.Connection) -> _Found:
    if not _has_table(connection, "facts"):
        return _Found()
    facts = dict(connection.execute("SELECT name, value FROM facts").fetchall())
    return _Found(empty=False, store_id=facts.get(STORE_ID), paired=PAIRED in facts)


def _has_table(connection: sqlite3.Connection, name: str) -> bool:
    query = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?"
    return bool(connection.execute(query, (name,)).fetchall())


def _require_sound(connection: sqlite3.Connection, name: str) -> None:
    """Raise DamagedStore for faults that SQLite finds within a moment, however large the file.

    It looks at a whole tree in one step of its machine, so a progress handler would come too late.
    """
    end = Timer(_LOOKED_AT, connection.interrupt)
    end.start()
    try:
        if connection.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]:
            raise DamagedStore(name)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname != "SQLITE_INTERRUPT":
            raise
    finally:
        end.cancel()
        end.join()
