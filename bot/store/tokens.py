"""What links carry: some bytes, with a tag that only this store's secret gives for a purpose."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from bot.store.vault import Vault

_TAG_BYTES = 12


def signed(vault: Vault, purpose: str, content: bytes) -> str:
    """Return content and its tag as a link can carry them: in `[A-Za-z0-9_-]`."""
    return _text(content) + _text(_tag(vault, purpose, content))


def content_of(vault: Vault, purpose: str, payload: str, size: int) -> bytes | None:
    """Return the content of so many bytes that `signed` made a payload of; None for any other."""
    length = len(_text(bytes(size)))
    try:
        content, tag = _bytes(payload[:length]), _bytes(payload[length:])
    except ValueError:
        return None
    if payload != _text(content) + _text(tag) or len(content) != size:
        return None
    return content if hmac.compare_digest(tag, _tag(vault, purpose, content)) else None


def _tag(vault: Vault, purpose: str, content: bytes) -> bytes:
    return vault.digest(purpose, content.hex())[:_TAG_BYTES]


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
