"""The keys of LETTER_KEYS: they wrap the keys in the ledger, which encrypt all else.

The first wraps, any unwraps. What wraps is derived from a key's text by HKDF-SHA-256 (RFC 5869).
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.store.vault import NONCE_BYTES, Undecipherable

KEY_BYTES = 32
_NAME_LENGTH = 8
_PURPOSE = b"slow-mailbox: wraps the keys of the ledger"
_PLAIN, _FERNET = "=", "~"


class LostKey(Exception):
    """Something is encrypted with a key that LETTER_KEYS lacks; `name` is the key's."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    wrapping: AESGCM
    fernet: Fernet

    @classmethod
    def of(cls, text: str) -> "_Key":
        derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=_PURPOSE)
        fernet = Fernet(text)
        return cls(name_of(text), AESGCM(derived.derive(text.encode("ascii"))), fernet)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of LETTER_KEYS, the first in front; there may be none."""

    _keys: tuple[_Key, ...]

    @classmethod
    def of(cls, keys: Sequence[str]) -> "Keys":
        """Return the keys of texts as `new_key` makes them. Raises ValueError for what is none."""
        return cls(tuple(_Key.of(key) for key in keys))

    @property
    def names(self) -> frozenset[str]:
        """Return the names of all keys."""
        return frozenset(key.name for key in self._keys)

    @property
    def current(self) -> str | None:
        """Return the name of the key that wraps; None where nothing does."""
        return self._keys[0].name if self._keys else None

    def wrap(self, key_id: int, key: bytes) -> bytes:
        """Return a key of the ledger's as it is kept there: wrapped, if there is what wraps."""
        if not self._keys:
            return key
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._keys[0].wrapping.encrypt(nonce, key, str(key_id).encode())

    def unwrap(self, key_id: int, wrapped_by: str | None, kept: bytes) -> bytes:
        """Return the key that `wrap` took. Raises Undecipherable, and LostKey for want of a key."""
        if wrapped_by is None:
            return kept
        for key in self._keys:
            if key.name == wrapped_by:
                return _unwrapped(key.wrapping, key_id, kept)
        raise LostKey(wrapped_by)

    def decrypt_older(self, kept: str) -> str:
        """Return the text of a value as versions before the ledger kept it.

        That is `=` and the text, or `~`, a key's name, `:` and a Fernet token. Raises LostKey for
        want of a key, and Undecipherable.
        """
        if kept.startswith(_PLAIN):
            return kept[1:]
        name, _, token = kept[1:].partition(":")
        for key in self._keys:
            if key.name == name:
                return _opened(key.fernet, token)
        if kept.startswith(_FERNET) and len(name) == _NAME_LENGTH:
            raise LostKey(name)
        raise Undecipherable


NO_KEYS = Keys(())


def new_key() -> str:
    """Return a fresh key, as LETTER_KEYS takes it."""
    return Fernet.generate_key().decode("ascii")


def name_of(key: str) -> str:
    """Return the eight digits by which a key is called where it must not be shown."""
    return hashlib.sha256(key.encode("ascii", "replace")).hexdigest()[:_NAME_LENGTH]


def _unwrapped(wrapping: AESGCM, key_id: int, kept: bytes) -> bytes:
    try:
        return wrapping.decrypt(kept[:NONCE_BYTES], kept[NONCE_BYTES:], str(key_id).encode())
    except (InvalidTag, ValueError):
        raise Undecipherable from None


def _opened(fernet: Fernet, token: str) -> str:
    try:
        return fernet.decrypt(token.encode("ascii", "replace")).decode("utf-8", "surrogatepass")
    except InvalidToken:
        raise Undecipherable from None
