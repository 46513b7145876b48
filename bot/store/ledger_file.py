"""`ledger.db`: what no copy of `bot.db` may undo. One thread writes it; see `bot.store.ledger`."""

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.store.key_reader import PEPPER, STORE_KEY, KeyReader, wrapping_name
from bot.store.letter_keys import KEY_BYTES, Keys
from bot.store.migrations import statements, steps, steps_from
from bot.store.vault import Vault

LEDGER = "ledger.db"

BATCH = 1000
"""How many keys are wrapped anew in one transaction."""

LEDGER_STEPS = Path(__file__).parent / "ledger_migrations"
_WRITER_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",  # or a rewrite copies keys to the system's folder
    "PRAGMA busy_timeout = 5000",
)
STORE_ID, PAIRED = "store-id", "paired"
_REWRITTEN, _NEVER = "rewritten-to", "-1"


class LedgerFile:
    """An open ledger: made if need be, its schema brought up to date.

    Raises sqlite3.Error, NewerDatabase, and LostKey where what wraps its keys isn't at hand. All
    but `reader` is for one thread.
    """

    def __init__(self, path: Path, keys: Keys) -> None:
        self._keys = keys
        self._writer = sqlite3.connect(path, isolation_level=None)
        try:
            for pragma in _WRITER_PRAGMAS:
                self._writer.execute(pragma).fetchall()
            self._migrate()
            self.reader = KeyReader(path, keys)
        except BaseException:
            self._writer.close()
            raise
        try:
            self.reader.require_keys()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self.reader.close()
        self._writer.close()

    # ---- The store it belongs to ----

    @property
    def store_id(self) -> str | None:
        """Return the id that its store has too; None while it has none."""
        return self.reader.meta(STORE_ID)

    @property
    def is_paired(self) -> bool:
        """Return whether a `bot.db` was ever there that has the same id."""
        return self.reader.meta(PAIRED) is not None

    def set_up(self, store_id: str, pepper: bytes) -> None:
        """Begin a store's ledger, with its id, its own key and the secret behind its hashes."""
        with self.transaction():
            self._add(STORE_KEY)
        kept = Vault(self.reader.cipher_of, b"").encrypt(STORE_KEY, PEPPER, pepper.hex())
        with self.transaction():
            self._keep("pepper", kept)
            self._keep(STORE_ID, store_id)

    def note_paired(self) -> None:
        """Note that `bot.db` has the same id."""
        with self.transaction():
            self._keep(PAIRED, "1")

    # ---- What other modules keep in it ----

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold a transaction open, rolled back if the block raises; on the disk at its end."""
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._writer.execute("COMMIT")
        except BaseException:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            raise

    def rows(self, sql: str, *values: str | int | None) -> list[Any]:
        """Return the rows of a statement."""
        return self._writer.execute(sql, values).fetchall()

    # ---- Keys ----

    def make(self, number: int) -> list[int]:
        """Return the numbers of so many new keys, which are on the disk."""
        with self.transaction():
            last = self.last_made()
            made = list(range(last + 1, last + 1 + number))
            for key_id in made:
                self._add(key_id)
        return made

    def destroy(self, key_ids: Sequence[int]) -> None:
        """Destroy keys, and note in which order; on the disk when it returns.

        Of one that isn't there, nothing is noted.
        """
        there = "SELECT value FROM json_each(?) WHERE value IN (SELECT id FROM keys)"
        listed = json.dumps(list(key_ids))
        with self.transaction():
            self._writer.execute(f"INSERT INTO erased (key_id) {there} ORDER BY key", (listed,))
            self._writer.execute(f"DELETE FROM keys WHERE id IN ({there})", (listed,))
        self.reader.forget()

    def last_made(self) -> int:
        """Return the number of the key that was made last, whether or not it is still there."""
        [(last,)] = self._writer.execute(
            "SELECT max(seq) FROM (SELECT seq FROM sqlite_sequence WHERE name = 'keys'"
            " UNION ALL SELECT ?)",
            (STORE_KEY,),
        ).fetchall()
        return int(last)

    def skip_to(self, key_id: int) -> None:
        """Begin the numbers of new keys behind that one.

        An older ledger that was put back doesn't know which were used since.
        """
        with self.transaction():
            self._writer.execute(
                "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'keys'", (key_id,)
            )

    def erased_after(self, seq: int, most: int) -> list[tuple[int, int]]:
        """Return the next keys that were destroyed, each behind the place it has in their order."""
        return self._writer.execute(
            "SELECT seq, key_id FROM erased WHERE seq > ? ORDER BY seq LIMIT ?", (seq, most)
        ).fetchall()

    def last_erased(self) -> int:
        """Return the place of the last key that was destroyed; 0 for none."""
        [(seq,)] = self._writer.execute("SELECT coalesce(max(seq), 0) FROM erased").fetchall()
        return int(seq)

    # ---- What is left in the file ----

    def rewrite(self) -> bool:
        """Write the file anew and empty its log: no trace is left of a key that was destroyed.

        False if another program reads it at this moment, and it is to be done again.
        """
        last = self.last_erased()
        self._writer.execute("VACUUM").fetchall()
        [(busy, _, _)] = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        if not busy:
            with self.transaction():
                self._keep(_REWRITTEN, str(last))
        return not busy

    def is_rewrite_due(self) -> bool:
        """Return whether a key was destroyed since the file was written anew last."""
        return self.last_erased() > int(self.reader.meta(_REWRITTEN) or 0)

    def rewrite_if_due(self) -> bool:
        """Do as `rewrite` if that is due."""
        return self.rewrite() if self.is_rewrite_due() else True

    def rewrap(self) -> int:
        """Wrap every key with the first of LETTER_KEYS; returns how many weren't.

        Broken off, it goes on where it was.
        """
        if self._keys.current is None:
            return 0
        current, done = int(self._keys.current, 16), 0
        while number := self._rewrap_batch(current):
            done += number
        with self.transaction():
            self._writer.execute("DELETE FROM wrappings WHERE name <> ?", (current,))
        if not self.rewrite_if_due():
            raise sqlite3.OperationalError("the log is being read")
        return done

    def _rewrap_batch(self, current: int) -> int:
        rows = self._writer.execute(
            "SELECT id, wrapped_by, key FROM keys WHERE wrapped_by IS NOT ? LIMIT ?",
            (current, BATCH),
        ).fetchall()
        if not rows:
            return 0
        with self.transaction():
            self._note_wrapping()
            self._keep(_REWRITTEN, _NEVER)
            for key_id, wrapped_by, kept in rows:
                name = None if wrapped_by is None else wrapping_name(wrapped_by)
                key = self._keys.unwrap(key_id, name, kept)
                self._writer.execute(
                    "UPDATE keys SET wrapped_by = ?, key = ? WHERE id = ?",
                    (current, self._keys.wrap(key_id, key), key_id),
                )
        return len(rows)

    # ---- Writing ----

    def _add(self, key_id: int) -> None:
        current = self._keys.current
        self._note_wrapping()
        self._writer.execute(
            "INSERT INTO keys (id, wrapped_by, key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (
                key_id,
                None if current is None else int(current, 16),
                self._keys.wrap(key_id, os.urandom(KEY_BYTES)),
            ),
        )

    def _note_wrapping(self) -> None:
        if self._keys.current is not None:
            self._writer.execute(
                "INSERT INTO wrappings VALUES (?) ON CONFLICT DO NOTHING",
                (int(self._keys.current, 16),),
            )

    def _keep(self, name: str, value: str) -> None:
        self._writer.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def _migrate(self) -> None:
        with self.transaction():
            [(version,)] = self._writer.execute("PRAGMA user_version").fetchall()
            for number, sql in steps_from(steps(LEDGER_STEPS), version):
                for statement in statements(sql):
                    self._writer.execute(statement)
                self._writer.execute(f"PRAGMA user_version = {number}")
