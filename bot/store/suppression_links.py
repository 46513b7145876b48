"""What the links carry by which mail to a mailbox is stopped, or allowed again.

It is the mailbox's keyed hash with a tag that only this store's secret gives: 38 of
`[A-Za-z0-9_-]`, worth as much when no row is left of whom the mail was for.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum

from bot.store.mailboxes import KEY_BYTES, mailbox_key
from bot.store.vault import Vault

_TAG_BYTES = 12
_LENGTH, _KEY_LENGTH = 38, 22  # characters of base64url, without padding
_LIFT = "lift"


class Source(StrEnum):
    """In which kind of mail a link to stop mail stood; the value is the purpose of its tag."""

    REMINDER = "stop-reminder"
    CONFIRMATION = "stop-confirmation"
    LEGACY = "stop"
    """In either, as earlier versions sent them; its key is the legacy one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLink:
    """Which mailbox a link stops mail to, by its key, and where it stood."""

    key: str
    source: Source


def stop_token(vault: Vault, address: str, source: Source) -> str:
    """Return what a link must carry to stop mail to an address."""
    return _token(vault, source, mailbox_key(vault, address))


def lift_token(vault: Vault, address: str) -> str:
    """Return what a link must carry to allow mail to an address again."""
    return _token(vault, _LIFT, mailbox_key(vault, address))


def read_stop(vault: Vault, payload: str) -> StopLink | None:
    """Return what a link to stop mail says; None if that link was never given here."""
    for source in Source:
        key = _read(vault, source, payload)
        if key is not None:
            return StopLink(key=key, source=source)
    return None


def read_lift(vault: Vault, payload: str) -> str | None:
    """Return the key of the mailbox a link allows mail to; None if it was never given here."""
    return _read(vault, _LIFT, payload)


def _token(vault: Vault, purpose: str, key: str) -> str:
    return _text(bytes.fromhex(key)) + _text(_tag(vault, purpose, key))


def _read(vault: Vault, purpose: str, payload: str) -> str | None:
    if len(payload) != _LENGTH:
        return None
    try:
        key, tag = _bytes(payload[:_KEY_LENGTH]), _bytes(payload[_KEY_LENGTH:])
    except ValueError:
        return None
    given = len(key) == KEY_BYTES and hmac.compare_digest(tag, _tag(vault, purpose, key.hex()))
    return key.hex() if given else None


def _tag(vault: Vault, purpose: str, key: str) -> bytes:
    return vault.digest(purpose, key)[:_TAG_BYTES]


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
