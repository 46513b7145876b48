"""Reads the ledger's keys, at once: it is small, and its pages are at hand."""

import sqlite3
from pathlib import Path
from threading import RLock
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.store.letter_keys import Keys, LostKey
from bot.store.vault import Cell, Undecipherable, Vault

STORE_KEY = 1
"""The number of the store's own key, for what is nobody's."""

PEPPER = Cell("facts", "value", "pepper")

_READER_PRAGMAS = ("PRAGMA query_only = ON", "PRAGMA busy_timeout = 5000")
_AT_HAND = 256  # ciphers


class KeyReader:
    """The keys in the ledger's file, for any thread."""

    def __init__(self, path: Path, keys: Keys) -> None:
        self._keys = keys
        self._lock = RLock()
        self._at_hand: dict[int, AESGCM] = {}
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            for pragma in _READER_PRAGMAS:
                self._connection.execute(pragma)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def require_keys(self) -> None:
        """Make sure that whatever wraps a key of the ledger is at hand. Raises LostKey."""
        for (number,) in self._rows("SELECT name FROM wrappings"):
            if (name := wrapping_name(number)) not in self._keys.names:
                raise LostKey(name)

    def vault(self) -> Vault:
        """Return the store's vault. Raises Undecipherable."""
        keyless = Vault(self.cipher_of, b"")
        kept = self.meta("pepper")
        if kept is None:
            raise Undecipherable
        return Vault(self.cipher_of, bytes.fromhex(keyless.decrypt(PEPPER, kept)))

    def meta(self, name: str) -> str | None:
        """Return a single value as it is kept; None for one that isn't known."""
        rows = self._rows("SELECT value FROM facts WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

    def cipher_of(self, key_id: int) -> AESGCM:
        """Return the cipher of a key. Raises Undecipherable for one that isn't there."""
        if (cipher := self._at_hand.get(key_id)) is not None:
            return cipher
        with self._lock:
            cipher = AESGCM(self._key(key_id))
            if len(self._at_hand) >= _AT_HAND:
                self._at_hand.clear()
            self._at_hand[key_id] = cipher
            return cipher

    def _key(self, key_id: int) -> bytes:
        rows = self._rows("SELECT wrapped_by, key FROM keys WHERE id = ?", key_id)
        if not rows:
            raise Undecipherable
        [(wrapped_by, kept)] = rows
        name = None if wrapped_by is None else wrapping_name(wrapped_by)
        return self._keys.unwrap(key_id, name, kept)

    def forget(self) -> None:
        """Have no key at hand any more: some are destroyed."""
        with self._lock:
            self._at_hand.clear()

    def _rows(self, sql: str, *values: int | str) -> list[Any]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()


def wrapping_name(number: int) -> str:
    """Return the name of a key of LETTER_KEYS from what the ledger has of it."""
    return f"{number:08x}"
