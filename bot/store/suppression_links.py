"""What the links carry by which mail to a mailbox is stopped, or allowed again.

It is the mailbox's keyed hash, signed: 38 of `[A-Za-z0-9_-]`, worth as much when no row is left of
whom the mail was for; 43 where it says when it was made, too, as all do since.
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
class LiftLink:
    """Which mailbox a link allows mail to, by its key, and when it was made.

    An earlier version's doesn't say when.
    """

    key: str
    made_at: datetime | None = None

    def is_older_than(self, moment: datetime) -> bool:
        """Return whether it was made before a moment's second, as one is that doesn't say when."""
        return self.made_at is None or self.made_at < moment.replace(microsecond=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLink(LiftLink):
    """Which mailbox a link stops mail to, where it stood, and when it was made."""

    source: Source


def stop_token(vault: Vault, address: str, source: Source, now: datetime) -> str:
    """Return what a link must carry to stop mail to an address."""
    return _token(vault, source, address, now)


def lift_token(vault: Vault, address: str, now: datetime) -> str:
    """Return what a link must carry to allow mail to an address again."""
    return _token(vault, _LIFT, address, now)


def read_stop(vault: Vault, payload: str) -> StopLink | None:
    """Return what a link to stop mail says; None if that link was never given here."""
    for source in Source:
        if found := _content(vault, source, payload):
            return StopLink(key=found[0], source=source, made_at=found[1])
    return None


def read_lift(vault: Vault, payload: str) -> LiftLink | None:
    """Return what a link that allows mail says; None if that link was never given here."""
    found = _content(vault, _LIFT, payload)
    return LiftLink(key=found[0], made_at=found[1]) if found else None


def _token(vault: Vault, purpose: str, address: str, now: datetime) -> str:
    moment = int(now.timestamp()).to_bytes(_MOMENT_BYTES, "big")
    return signed(vault, purpose, bytes.fromhex(mailbox_key(vault, address)) + moment)


def _content(vault: Vault, purpose: str, payload: str) -> tuple[str, datetime | None] | None:
    """Return the key in a link, and when that was made, if it says so."""
    content = content_of(vault, purpose, payload, KEY_BYTES + _MOMENT_BYTES)
    if content is not None:
        moment = int.from_bytes(content[KEY_BYTES:], "big")
        return content[:KEY_BYTES].hex(), datetime.fromtimestamp(moment, UTC)
    undated = content_of(vault, purpose, payload, KEY_BYTES)
    return (undated.hex(), None) if undated else None
