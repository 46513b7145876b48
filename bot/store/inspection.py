"""Inspects a store without changing it, also while the program uses it."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bot.store.key_reader import KeyReader
from bot.store.ledger_file import LEDGER
from bot.store.letter_keys import Keys
from bot.store.meta import MetaKey, cell_of
from bot.store.migrations import NewerDatabase, steps
from bot.store.pairing import require_pair
from bot.store.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a store is: the number of faults SQLite finds in its files, and of letters.

    `unrotated` counts the keys that aren't wrapped by the first of LETTER_KEYS, `bot_id` is that of
    the bot it belongs to. Of a store that an older version has written (`outdated`) only the faults
    are looked for.
    """

    faults: int
    outdated: bool
    letters: int = 0
    unrotated: int = 0
    bot_id: str | None = None


def inspect(path: Path, keys: Keys) -> Condition:
    """Look at the store in the file at `path`.

    Raises StoreError, NewerDatabase, LostKey, Undecipherable, and as `require_pair`.
    """
    require_pair(path)
    with closing(_connect(path)) as store:
        faults = _faults(store)
        if _is_outdated(store):
            return Condition(faults=faults, outdated=True)
        ledger_path = path.with_name(LEDGER)
        with (
            closing(KeyReader(ledger_path, keys)) as reader,
            closing(_connect(ledger_path)) as ledger,
        ):
            reader.require_keys()
            return Condition(
                faults=faults + _faults(ledger),
                outdated=False,
                letters=_count(store, "SELECT count(*) FROM letters"),
                unrotated=_unrotated(ledger, keys),
                bot_id=_bot_id(store, reader),
            )


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA busy_timeout = 5000")
    return connection


def _faults(connection: sqlite3.Connection) -> int:
    whole: list[tuple[str]] = connection.execute("PRAGMA integrity_check").fetchall()
    orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    return sum(row != ("ok",) for row in whole) + len(orphans)


def _is_outdated(connection: sqlite3.Connection) -> bool:
    version, newest = _count(connection, "PRAGMA user_version"), steps()[-1][0]
    if version > newest:
        raise NewerDatabase
    return version < newest or bool(_count(connection, "SELECT total(outdated) FROM pairing"))


def _unrotated(ledger: sqlite3.Connection, keys: Keys) -> int:
    if keys.current is None:
        return 0
    query = "SELECT count(*) FROM keys WHERE wrapped_by IS NOT ?"
    return _count(ledger, query, int(keys.current, 16))


def _bot_id(store: sqlite3.Connection, reader: KeyReader) -> str | None:
    rows = store.execute("SELECT value FROM facts WHERE name = ?", (MetaKey.BOT_ID,)).fetchall()
    vault = Vault(reader.cipher_of, b"")
    return next((vault.decrypt(cell_of(MetaKey.BOT_ID), value) for [value] in rows), None)


def _count(connection: sqlite3.Connection, query: str, *values: int) -> int:
    [[number]] = connection.execute(query, values).fetchall()
    return int(number)
