"""What the links carry by which mail to a mailbox is stopped, or allowed again.

It is the mailbox's keyed hash, signed: 38 of `[A-Za-z0-9_-]`, worth as much when no row is left of
whom the mail was for. A link to stop mail has 43, for it says when it was made, too.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bot.store.mailboxes import KEY_BYTES, mailbox_key
from bot.store.tokens import content_of, signed
from bot.store.vault import Vault

_LIFT, _MOMENT_BYTES = "lift", 4


class Source(StrEnum):
    """In which kind of mail a link to stop mail stood; the value is the purpose of its tag."""

    REMINDER = "stop-reminder"
    CONFIRMATION = "stop-confirmation"
    LEGACY = "stop"
    """In either, as earlier versions sent them; its key is the legacy one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLink:
    """Which mailbox a link stops mail to, by its key, where it stood, and when it was made.

    An earlier version's doesn't say when.
    """

    key: str
    source: Source
    made_at: datetime | None = None

    def is_older_than(self, moment: datetime) -> bool:
        """Return whether it was made before a moment's second, as one is that doesn't say when."""
        return self.made_at is None or self.made_at < moment.replace(microsecond=0)


def stop_token(vault: Vault, address: str, source: Source, now: datetime) -> str:
    """Return what a link must carry to stop mail to an address."""
    moment = int(now.timestamp()).to_bytes(_MOMENT_BYTES, "big")
    return signed(vault, source, bytes.fromhex(mailbox_key(vault, address)) + moment)


def lift_token(vault: Vault, address: str) -> str:
    """Return what a link must carry to allow mail to an address again."""
    return signed(vault, _LIFT, bytes.fromhex(mailbox_key(vault, address)))


def read_stop(vault: Vault, payload: str) -> StopLink | None:
    """Return what a link to stop mail says; None if that link was never given here."""
    for source in Source:
        content = content_of(vault, source, payload, KEY_BYTES + _MOMENT_BYTES)
        if content is not None:
            key, moment = content[:KEY_BYTES], int.from_bytes(content[KEY_BYTES:], "big")
            made_at = datetime.fromtimestamp(moment, UTC)
            return StopLink(key=key.hex(), source=source, made_at=made_at)
        if undated := content_of(vault, source, payload, KEY_BYTES):
            return StopLink(key=undated.hex(), source=source)
    return None


def read_lift(vault: Vault, payload: str) -> str | None:
    """Return the key of the mailbox a link allows mail to; None if it was never given here."""
    key = content_of(vault, _LIFT, payload, KEY_BYTES)
    return None if key is None else key.hex()
