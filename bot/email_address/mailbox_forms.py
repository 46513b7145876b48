"""The forms of an address that its other spellings share: one for each purpose, narrow to wide."""

import unicodedata

import idna

from bot.email_address.providers import provider_of

_PUBLIC_SECOND_LEVELS = frozenset((
    "ac", "ad", "co", "com", "ed", "edu", "go", "gob", "gouv", "gov", "govt", "gr", "hs", "id",
    "kg", "lg", "ltd", "me", "mil", "ms", "ne", "net", "nhs", "nic", "nom", "or", "org", "pe",
    "plc", "re", "res", "sc", "sch", "school", "web",
))  # fmt: skip
"""What many countries have people register under: `co.kr`, `or.jp`, `ac.uk`, `com.br`."""

_COUNTRY_CODE = 2  # letters
_UNREAD = dict.fromkeys(map(ord, ".-_"))  # that some server somewhere doesn't read
_A_LABEL = "xn--"


def exact_form(address: str) -> str:
    """Return the form that an address shares with its letter cases, and with no other address.

    Not its casefold, which makes one of straße@ and strasse@: of two people.
    """
    return unicodedata.normalize("NFC", address).lower()


def mailbox_form(address: str) -> str:
    """Return the form that all spellings of one mailbox share by its provider's own rules."""
    exact = exact_form(address)
    name, _, domain = exact.rpartition("@")
    provider = provider_of(domain)
    return "@".join(provider.mailbox(name, domain)) if provider else exact


def wide_form(address: str) -> str:
    """Return the form that an address shares with whatever may lead to the same mailbox.

    Wider than any provider's rules: no dots, dashes, +tags nor letter case, and characters that
    only look otherwise made equal (RFC 6532, section 3.1; RFC 5895). Only for bounds.
    """
    name, _, domain = mailbox_form(_folded(address)).rpartition("@")
    plain = name.partition("+")[0].translate(_UNREAD) or name
    return f"{plain}@{domain}"


def form_before_rules(address: str) -> str:
    """Return the form by which suppressions were kept before providers' rules were known."""
    name, _, domain = unicodedata.normalize("NFKC", address).casefold().rpartition("@")
    plain = name.partition("+")[0].replace(".", "") or name
    return f"{plain}@{'gmail.com' if domain == 'googlemail.com' else domain}"


def domain_form(address: str) -> str:
    """Return the form that all spellings of an address's domain share."""
    domain = _folded(address).rpartition("@")[2]
    provider = provider_of(domain)
    return provider.domain_of(domain) if provider else domain


def registered_form(address: str) -> str:
    """Return the form that all domains share which one owner makes below one they registered.

    That is the last two labels, or three below a public second level. It is a rule of thumb and not
    the Public Suffix List (publicsuffix.org): what different people have below a name that isn't
    known as public (`kyoto.jp`, `eu.org`) shares a form, and whoever registers a public one's name
    where there is none (`me.de`) makes as many forms as they like. Only for bounds.
    """
    labels = domain_form(address).split(".")
    public = (
        len(labels[-1]) == _COUNTRY_CODE and len(labels) > 1 and labels[-2] in _PUBLIC_SECOND_LEVELS
    )
    return ".".join(labels[-3:] if public else labels[-2:])


def is_at_public_provider(address: str) -> bool:
    """Return whether an address is at a large provider, whose domain is everybody's."""
    return provider_of(_folded(address).rpartition("@")[2]) is not None


def _folded(address: str) -> str:
    """Return an address with all made equal that can look equal, its domain in Unicode."""
    name, _, domain = address.rpartition("@")
    labels = ".".join(map(_unicode_label, domain.split(".")))
    return unicodedata.normalize("NFKC", f"{name}@{labels}").casefold()


def _unicode_label(label: str) -> str:
    if not label.lower().startswith(_A_LABEL):
        return label
    try:
        return idna.decode(label)
    except idna.IDNAError:
        return label
