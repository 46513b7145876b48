"""People's words and addresses as they are kept: encrypted with keys, found by hashes.

A value is kept as `=` and its text, or as `~`, eight digits that name its key, `:` and a Fernet
token (https://cryptography.io/en/latest/fernet/).
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken

_PLAIN, _ENCRYPTED = "=", "~"
_NAME_LENGTH = 8


class LostKey(Exception):
    """Something is encrypted with a key that isn't at hand; `name` is the key's."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Keys:
    """Fernet keys: the first encrypts, any decrypts. Raises ValueError for what is no key."""

    _fernets: tuple[tuple[str, Fernet], ...]

    @classmethod
    def of(cls, keys: Sequence[str]) -> "Keys":
        """Return the keys of texts as `Fernet.generate_key` makes them."""
        return cls(tuple((name_of(key), Fernet(key)) for key in keys))

    @property
    def names(self) -> frozenset[str]:
        """Return the names of all keys."""
        return frozenset(name for name, _ in self._fernets)

    @property
    def current(self) -> str:
        """Return what a value encrypted now begins with."""
        return f"{_ENCRYPTED}{self._fernets[0][0]}:" if self._fernets else _PLAIN

    def encrypt(self, text: str) -> str:
        """Return the text as it is kept."""
        if not self._fernets:
            return _PLAIN + text
        token = self._fernets[0][1].encrypt(text.encode("utf-8", "surrogatepass"))
        return self.current + token.decode("ascii")

    def decrypt(self, kept: str) -> str:
        """Return the text that `encrypt` took. Raises LostKey."""
        if kept.startswith(_PLAIN):
            return kept[1:]
        name, _, token = kept[1:].partition(":")
        for known, fernet in self._fernets:
            if known == name:
                return _opened(fernet, token, name)
        raise LostKey(name)


class Vault:
    """The keys, and the secret behind the keyed hashes, which stays the same over rotations."""

    def __init__(self, keys: Keys, pepper: bytes) -> None:
        self._keys = keys
        self._pepper = pepper

    @property
    def current(self) -> str:
        """Return what a value encrypted now begins with."""
        return self._keys.current

    def encrypt(self, text: str) -> str:
        """Return the text as it is kept."""
        return self._keys.encrypt(text)

    def decrypt(self, kept: str) -> str:
        """Return the text that `encrypt` took. Raises LostKey."""
        return self._keys.decrypt(kept)

    def encrypt_some(self, text: str | None) -> str | None:
        """Return what `encrypt` does; None for None."""
        return None if text is None else self.encrypt(text)

    def decrypt_some(self, kept: str | None) -> str | None:
        """Return what `decrypt` does; None for None."""
        return None if kept is None else self.decrypt(kept)

    def digest(self, purpose: str, *parts: str) -> bytes:
        """Return the keyed hash of a text, 32 bytes, by this store's own secret (HMAC-SHA-256).

        Each purpose has its own, so that a hash of one is worth nothing to another.
        """
        message = "\0".join((purpose, *parts)).encode("utf-8", "surrogatepass")
        return hmac.digest(self._pepper, message, hashlib.sha256)


def new_key() -> str:
    """Return a fresh Fernet key."""
    return Fernet.generate_key().decode("ascii")


def name_of(key: str) -> str:
    """Return the eight digits by which a key is called where it must not be shown."""
    return hashlib.sha256(key.encode("ascii", "replace")).hexdigest()[:_NAME_LENGTH]


def _opened(fernet: Fernet, token: str, name: str) -> str:
    try:
        return fernet.decrypt(token.encode("ascii", "replace")).decode("utf-8", "surrogatepass")
    except InvalidToken:
        raise LostKey(name) from None
