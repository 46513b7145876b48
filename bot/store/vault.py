"""People's words and addresses as they are kept: encrypted, each bound to its place.

A value is kept as `*`, the number of its key in `ledger.db`, `:` and, in base64, a random 96-bit
nonce with what AES-GCM makes of the text (NIST SP 800-38D). Associated data are the key's number
and the value's cell, so that one moved to another row or column can't be read.
"""

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MARK = "*"
"""What every encrypted value begins with."""

NONCE_BYTES = 12


class Cell(NamedTuple):
    """Where a value stands; `row` is what names the row in its table for good."""

    table: str
    column: str
    row: int | str


class Undecipherable(Exception):
    """A value can't be read: its key was destroyed, or it was changed, or moved."""


class Vault:
    """Encrypts and decrypts with the ledger's keys, and makes keyed hashes.

    `cipher_of` returns the cipher of the key of a number, and raises Undecipherable where there is
    none. `pepper` is the secret behind the hashes, which stays the same for a store's life.
    """

    def __init__(self, cipher_of: Callable[[int], AESGCM], pepper: bytes) -> None:
        self._cipher_of = cipher_of
        self._pepper = pepper

    def encrypt(self, key_id: int, cell: Cell, text: str) -> str:
        """Return a text as it is kept in a cell. Raises Undecipherable for a key that is gone."""
        nonce = os.urandom(NONCE_BYTES)
        content = text.encode("utf-8", "surrogatepass")
        sealed = self._cipher_of(key_id).encrypt(nonce, content, _bound_to(key_id, cell))
        return f"{MARK}{key_id}:{b64encode(nonce + sealed).decode('ascii')}"

    def decrypt(self, cell: Cell, kept: str) -> str:
        """Return the text that `encrypt` took for that cell. Raises Undecipherable."""
        try:
            number, _, content = kept.removeprefix(MARK).partition(":")
            key_id, sealed = int(number), b64decode(content, validate=True)
            nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
            text = self._cipher_of(key_id).decrypt(nonce, rest, _bound_to(key_id, cell))
            return text.decode("utf-8", "surrogatepass")
        except (InvalidTag, ValueError, OverflowError):
            raise Undecipherable from None

    def encrypt_some(self, key_id: int, cell: Cell, text: str | None) -> str | None:
        """Return what `encrypt` does; None for None."""
        return None if text is None else self.encrypt(key_id, cell, text)

    def decrypt_some(self, cell: Cell, kept: str | None) -> str | None:
        """Return what `decrypt` does; None for None."""
        return None if kept is None else self.decrypt(cell, kept)

    def digest(self, purpose: str, *parts: str) -> bytes:
        """Return the keyed hash of a text, 32 bytes, by this store's own secret (HMAC-SHA-256).

        Each purpose has its own, so that a hash of one is worth nothing to another.
        """
        message = "\0".join((purpose, *parts)).encode("utf-8", "surrogatepass")
        return hmac.digest(self._pepper, message, hashlib.sha256)


def _bound_to(key_id: int, cell: Cell) -> bytes:
    return f"{key_id}\0{cell.table}\0{cell.column}\0{cell.row}".encode()
