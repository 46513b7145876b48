"""The code and the link of a confirmation mail, derived from its delivery's random token.

Bound to that one delivery by the store's secret, they need not be kept anywhere.
"""

from base64 import urlsafe_b64encode

from bot.store.vault import Vault

CODE_DIGITS = 6
_PASS_BYTES = 16


def code_of(vault: Vault, token: str) -> str:
    """Return the six digits of a confirmation mail."""
    number = int.from_bytes(vault.digest("code", token)[:8], "big") % 10**CODE_DIGITS
    return f"{number:0{CODE_DIGITS}}"


def link_token_of(vault: Vault, token: str) -> str:
    """Return what a confirmation mail's link carries: 22 of `[A-Za-z0-9_-]`."""
    return urlsafe_b64encode(vault.digest("pass", token)[:_PASS_BYTES]).rstrip(b"=").decode("ascii")
