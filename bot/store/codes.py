"""The code and the link of a confirmation mail: how they are made, and how long they work.

Neither is kept anywhere. The code is derived from the delivery's random token with the store's
secret. The link says by itself which address it was mailed to, and when: whoever taps it has read
that mailbox, whatever became of whom it was mailed for.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.store.mailboxes import KEY_BYTES, exact_key
from bot.store.tokens import content_of, signed
from bot.store.vault import Vault

CODE_LIFE = timedelta(minutes=15)
LINK_LIFE = timedelta(days=3)
MOST_TRIES = 5
"""Wrong codes after which the code of a mail works no more."""

CODE_DIGITS = 6
_LINK, _MOMENT_BYTES = "confirm", 4
_OLD_LINK, _OLD_LINK_BYTES = "pass", 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmLink:
    """Which address a link was mailed to, by the beginning of its exact key, and when."""

    key: str
    made_at: datetime

    def is_for(self, key: str) -> bool:
        """Return whether the address of that exact key is the one it was mailed to."""
        return key.startswith(self.key)


def code_of(vault: Vault, token: str) -> str:
    """Return the six digits of a confirmation mail."""
    number = int.from_bytes(vault.digest("code", token)[:8], "big") % 10**CODE_DIGITS
    return f"{number:0{CODE_DIGITS}}"


def confirm_token(vault: Vault, address: str, now: datetime) -> str:
    """Return what a confirmation mail's link carries: 43 of `[A-Za-z0-9_-]`."""
    key = bytes.fromhex(exact_key(vault, address))[:KEY_BYTES]
    moment = int(now.timestamp()).to_bytes(_MOMENT_BYTES, "big")
    return signed(vault, _LINK, key + moment)


def read_confirm(vault: Vault, payload: str) -> ConfirmLink | None:
    """Return what a confirmation mail's link says; None if it was never given here."""
    content = content_of(vault, _LINK, payload, KEY_BYTES + _MOMENT_BYTES)
    if content is None:
        return None
    moment = int.from_bytes(content[KEY_BYTES:], "big")
    return ConfirmLink(key=content[:KEY_BYTES].hex(), made_at=datetime.fromtimestamp(moment, UTC))


def old_link_token_of(vault: Vault, token: str) -> str:
    """Return what the link of a mail carries that an earlier version sent: 22 of the same."""
    tag = vault.digest(_OLD_LINK, token)[:_OLD_LINK_BYTES]
    return urlsafe_b64encode(tag).rstrip(b"=").decode("ascii")
