"""How an address, or who had it mailed, is recognised without being read: by keyed hashes.

An address has a key for each purpose: the exact one for consent, its mailbox's for suppression, a
wide one and its domain's for bounds.
"""

from dataclasses import dataclass
from typing import Self

from bot.email_address.mailbox_forms import (
    exact_form,
    form_before_rules,
    mailbox_form,
    registered_form,
    wide_form,
)
from bot.store.vault import Vault

KEY_BYTES = 16  # of all keys but the exact one, which has 32


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressKeys:
    """All keys of an address. `legacy` is by what its suppression was kept in earlier versions."""

    exact: str
    mailbox: str
    legacy: str
    wide: str
    domain: str

    @classmethod
    def of(cls, vault: Vault, address: str) -> Self:
        """Return the keys of an address."""
        return cls(
            exact=exact_key(vault, address),
            mailbox=mailbox_key(vault, address),
            legacy=legacy_key(vault, address),
            wide=wide_key(vault, address),
            domain=domain_key(vault, address),
        )


def exact_key(vault: Vault, address: str) -> str:
    """Return the hash of an address as it is written, letter case aside."""
    return vault.digest("address", exact_form(address)).hex()


def mailbox_key(vault: Vault, address: str) -> str:
    """Return the hash that all spellings of one mailbox share by its provider's own rules."""
    return _key(vault, "suppression", mailbox_form(address))


def legacy_key(vault: Vault, address: str) -> str:
    """Return the hash by which a mailbox's suppression was kept before there were such rules."""
    return _key(vault, "mailbox", form_before_rules(address))


def wide_key(vault: Vault, address: str) -> str:
    """Return the hash that an address shares with whatever may lead to the same mailbox."""
    return _key(vault, "wide", wide_form(address))


def domain_key(vault: Vault, address: str) -> str:
    """Return the hash of an address's domain, with all that its owner can put below it."""
    return _key(vault, "domain", registered_form(address))


def person_key(vault: Vault, person_id: int) -> str:
    """Return the hash of a person, which may stay for a while after they are erased."""
    return _key(vault, "person", str(person_id))


def _key(vault: Vault, purpose: str, form: str) -> str:
    return vault.digest(purpose, form)[:KEY_BYTES].hex()


SUPPRESSED = """
coalesce(
    (SELECT s.lifted_at IS NULL FROM suppressions s WHERE s.mailbox_key = a.mailbox_key),
    (SELECT s.lifted_at IS NULL FROM suppressions s WHERE s.mailbox_key = a.legacy_key),
    FALSE
)
"""
"""The condition that the holder of the address `a` wants no mail.

What they last said of their mailbox counts before a suppression of an earlier version, which may
be another's: of all that it took for one mailbox.
"""

MAY_BE_MAILED = f"""
(
    {SUPPRESSED} = (kind = 'suppression-notice')
    AND (kind = 'confirmation' OR a.confirmed_at IS NOT NULL)
)
"""
"""The condition that a delivery of that `kind` may go to the address `a`.

To a suppressed mailbox only the notice of that goes, and only there.
"""
