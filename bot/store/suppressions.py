"""Mailboxes whose holders want no mail from here; kept longer than people's data and backups.

What a link carries is the mailbox's keyed hash with a tag that only this store's secret gives; it
works without any row being left of whom the mail was for.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

from bot.store import consent
from bot.store.database import Session, Transaction, to_text
from bot.store.mailboxes import mailbox_key
from bot.store.vault import Vault

_KEY_BYTES, _TAG_BYTES = 16, 12
_LENGTH = 38  # characters of base64url, without padding: 22 of the key, 16 of the tag
_KEY_LENGTH = 22


def unsubscribe_token(vault: Vault, address: str) -> str:
    """Return what a link must carry to stop mail to an address: 38 of `[A-Za-z0-9_-]`."""
    key = bytes.fromhex(mailbox_key(vault, address))
    return _text(key) + _text(_tag(vault, key))


def key_in(vault: Vault, payload: str) -> str | None:
    """Return the key of the mailbox a link is for; None if that link was never given here."""
    if len(payload) != _LENGTH:
        return None
    try:
        key, tag = _bytes(payload[:_KEY_LENGTH]), _bytes(payload[_KEY_LENGTH:])
    except ValueError:
        return None
    return key.hex() if hmac.compare_digest(tag, _tag(vault, key)) else None


async def is_suppressed(session: Session, address: str) -> bool:
    """Return whether an address's holder wants no mail."""
    row = await session.one(
        "SELECT 1 FROM stops WHERE mailbox_key = :key", key=mailbox_key(session.vault, address)
    )
    return row is not None


async def suppress(tx: Transaction, key: str, now: datetime) -> None:
    """Send no mail to a mailbox any more; nobody is left to confirm it."""
    await consent.forget_mailbox(tx, key)
    await tx.run(
        "INSERT INTO stops (mailbox_key, stopped_at) VALUES (:key, :now) ON CONFLICT DO NOTHING",
        key=key,
        now=to_text(now),
    )


async def keys(session: Session) -> set[str]:
    """Return the keys of all suppressed mailboxes."""
    return {row["mailbox_key"] for row in await session.all("SELECT mailbox_key FROM stops")}


def _tag(vault: Vault, key: bytes) -> bytes:
    return vault.digest("stop", key.hex())[:_TAG_BYTES]


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
