"""How an address, or who had it mailed, is recognised without being read: by keyed hashes."""

import unicodedata

from bot.store.vault import Vault


def exact_key(vault: Vault, address: str) -> str:
    """Give the hash of an address as it is written, letter case aside."""
    return vault.digest("address", address.casefold()).hex()


def mailbox_key(vault: Vault, address: str) -> str:
    """Give the hash that all spellings of one mailbox share: dots, +tags and case folded away.

    So are characters that only look otherwise, full-width ones say: some servers take them as equal
    (RFC 6532, section 3.1).
    """
    name, _, domain = unicodedata.normalize("NFKC", address).casefold().rpartition("@")
    plain = name.partition("+")[0].replace(".", "") or name
    return vault.digest("mailbox", f"{plain}@{_same_domain(domain)}").hex()[:_KEY_DIGITS]


def domain_key(vault: Vault, address: str) -> str:
    """Give the hash of an address's domain."""
    domain = address.casefold().rpartition("@")[2]
    return vault.digest("domain", _same_domain(domain)).hex()[:_KEY_DIGITS]


def person_key(vault: Vault, person_id: int) -> str:
    """Give the hash of a person, which may stay for a while after they are erased."""
    return vault.digest("person", str(person_id)).hex()[:_KEY_DIGITS]


_KEY_DIGITS = 32  # 128 bits


def _same_domain(domain: str) -> str:
    return "gmail.com" if domain == "googlemail.com" else domain
