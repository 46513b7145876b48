"""The code and the link of a confirmation mail: how they are made, and how long they work.

They are derived from its delivery's random token: bound to that one delivery by the store's secret,
they need not be kept anywhere.
"""

from base64 import urlsafe_b64encode
from datetime import timedelta

from bot.store.vault import Vault

CODE_LIFE = timedelta(minutes=15)
LINK_LIFE = timedelta(days=3)
MOST_TRIES = 5
"""Wrong codes after which the code of a mail works no more."""

CODE_DIGITS = 6
_PASS_BYTES = 16


def code_of(vault: Vault, token: str) -> str:
    """Return the six digits of a confirmation mail."""
    number = int.from_bytes(vault.digest("code", token)[:8], "big") % 10**CODE_DIGITS
    return f"{number:0{CODE_DIGITS}}"


def link_token_of(vault: Vault, token: str) -> str:
    """Return what a confirmation mail's link carries: 22 of `[A-Za-z0-9_-]`."""
    return urlsafe_b64encode(vault.digest("pass", token)[:_PASS_BYTES]).rstrip(b"=").decode("ascii")
