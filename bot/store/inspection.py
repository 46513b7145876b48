"""Inspects a store without changing it, also while the program uses it."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bot.store.encrypted import ENCRYPTED_COLUMNS
from bot.store.key_reader import KeyReader
from bot.store.ledger_file import LEDGER, LEDGER_STEPS
from bot.store.letter_keys import Keys, LostKey
from bot.store.meta import MetaKey, cell_of
from bot.store.migrations import steps, steps_from
from bot.store.pairing import require_pair
from bot.store.reencryption import is_older, names_of_keys

_FACTS = "SELECT name, value FROM facts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a store is: the number of faults SQLite finds in its files, and of letters.

    `unrotated` counts the keys that aren't wrapped by the first of LETTER_KEYS, `bot_id` is that of
    the bot it belongs to. Of a store that an older version has written (`outdated`) letters and
    keys aren't counted.
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
            _require_older_keys(store, keys)
            return Condition(faults=faults, outdated=True, bot_id=_older_bot_id(store, keys))
        ledger_path = path.with_name(LEDGER)
        with (
            closing(KeyReader(ledger_path, keys)) as reader,
            closing(_connect(ledger_path)) as ledger,
        ):
            steps_from(steps(LEDGER_STEPS), _count(ledger, "PRAGMA user_version"))
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
    """Return whether a start has yet to bring it up to date, or to go on with that."""
    if steps_from(steps(), _count(connection, "PRAGMA user_version")):
        return True
    return not _count(connection, "SELECT count(*) FROM pairing WHERE NOT outdated")


def _require_older_keys(connection: sqlite3.Connection, keys: Keys) -> None:
    for table, column in ENCRYPTED_COLUMNS:
        if _has_column(connection, table, column):
            for [name] in connection.execute(names_of_keys(table, column)):
                if name not in keys.names:
                    raise LostKey(name)


def _unrotated(ledger: sqlite3.Connection, keys: Keys) -> int:
    if keys.current is None:
        return 0
    query = "SELECT count(*) FROM keys WHERE wrapped_by IS NOT ?"
    return _count(ledger, query, int(keys.current, 16))


def _bot_id(store: sqlite3.Connection, reader: KeyReader) -> str | None:
    """Return whose it is; all that a start reads of the kind is read. Raises Undecipherable."""
    vault = reader.vault()
    kept = {name: value for name, value in store.execute(_FACTS) if name in {*MetaKey}}
    facts = {name: vault.decrypt(cell_of(MetaKey(name)), value) for name, value in kept.items()}
    return facts.get(MetaKey.BOT_ID)


def _older_bot_id(store: sqlite3.Connection, keys: Keys) -> str | None:
    """Return whose it is as an older version kept it; None if that is encrypted anew already."""
    if not _has_column(store, "facts", "value"):
        return None
    kept = dict(store.execute(_FACTS).fetchall()).get(MetaKey.BOT_ID, "")
    return keys.decrypt_older(kept) if is_older(kept) else None


def _has_column(connection: sqlite3.Connection, table: str, column: str) -> bool:
    query = "SELECT 1 FROM pragma_table_info(?) WHERE name = ?"
    return bool(connection.execute(query, (table, column)).fetchall())


def _count(connection: sqlite3.Connection, query: str, *values: int) -> int:
    [[number]] = connection.execute(query, values).fetchall()
    return int(number)
