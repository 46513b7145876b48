"""How an address, or who had it mailed, is recognised without being read: by keyed hashes."""

from bot.email_address import domain_form, exact_form, mailbox_form
from bot.store.vault import Vault

_KEY_DIGITS = 32  # 128 bits


def exact_key(vault: Vault, address: str) -> str:
    """Return the hash of an address as it is written, letter case aside."""
    return vault.digest("address", exact_form(address)).hex()


def mailbox_key(vault: Vault, address: str) -> str:
    """Return the hash that all spellings of one mailbox share."""
    return vault.digest("mailbox", mailbox_form(address)).hex()[:_KEY_DIGITS]


def domain_key(vault: Vault, address: str) -> str:
    """Return the hash of an address's domain."""
    return vault.digest("domain", domain_form(address)).hex()[:_KEY_DIGITS]


def person_key(vault: Vault, person_id: int) -> str:
    """Return the hash of a person, which may stay for a while after they are erased."""
    return vault.digest("person", str(person_id)).hex()[:_KEY_DIGITS]
