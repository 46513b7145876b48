"""What large mail providers make of an address: which ways to write one lead to the same mailbox.

Only what a provider says itself, or what those who keep such tables took from it, stands here; the
title behind each entry is where it says so. A provider without such rules is listed all the same:
its domain is everybody's, and no organisation's own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider's rules for what stands before the @, and its domains.

    `alike`: what each of these characters counts as, None for nothing. `tags`: what follows a + is
    for the holder's own use. `aliases`: the domains are one. `subdomains`: the name may stand in
    front of the domain, and anything before the @.
    """

    domains: tuple[str, ...]
    alike: Mapping[int, str | None] = field(default_factory=dict)
    tags: bool = False
    aliases: bool = False
    subdomains: bool = False

    def domain_of(self, domain: str) -> str:
        """Return the domain that stands for one of the provider's, for all that are the same."""
        if self.aliases:
            return self.domains[0]
        return next((each for each in self.domains if domain.endswith(f".{each}")), domain)

    def mailbox(self, name: str, domain: str) -> tuple[str, str]:
        """Return name and domain in the one form that all spellings of a mailbox share."""
        shared = self.domain_of(domain)
        if self.subdomains and domain != shared:
            name = domain.removesuffix(f".{shared}")
        if self.tags:
            name = name.partition("+")[0] or name
        return name.translate(self.alike) or name, shared


_NO_DOTS: Mapping[int, None] = {ord("."): None}

_PROVIDERS = (
    # Gmail Help: "Dots don't matter in Gmail addresses", "Use @gmail.com or @googlemail.com",
    # "Create task-specific email addresses"
    Provider(domains=("gmail.com", "googlemail.com"), alike=_NO_DOTS, tags=True, aliases=True),
    # Microsoft Learn: "Plus addressing in Exchange Online"; Microsoft Support: "Add or remove an
    # email alias in Outlook.com". Dots count, and each domain has people of its own.
    Provider(
        domains=(
            *("outlook.com", "outlook.kr", "outlook.jp", "hotmail.com", "hotmail.co.kr"),
            *("hotmail.co.jp", "hotmail.co.uk", "hotmail.fr", "hotmail.de", "hotmail.it"),
            *("hotmail.es", "live.com", "live.co.kr", "live.jp", "live.co.uk", "live.fr"),
            *("msn.com", "windowslive.com"),
        ),
        tags=True,
    ),
    # Apple Support: "About your @icloud.com, @me.com, and @mac.com email addresses"; plus
    # addressing as in the table of PyPI's email-normalize.
    Provider(domains=("icloud.com", "me.com", "mac.com"), tags=True, aliases=True),
    # Proton Support: "How to change your username" (., _ and - are transparent, case is nothing),
    # "Addresses and aliases" (+aliases, one name at all its domains)
    Provider(
        domains=("proton.me", "protonmail.com", "pm.me", "protonmail.ch"),
        alike=dict.fromkeys(map(ord, ".-_")),
        tags=True,
        aliases=True,
    ),
    # Yandex Support: "Mailbox aliases (synonyms)" (one mailbox at all domains), "Alternate email
    # addresses"; dots and dashes alike; plus addressing as in PyPI's email-normalize.
    Provider(
        domains=(
            *("yandex.ru", "yandex.com", "ya.ru", "yandex.by", "yandex.kz", "yandex.ua"),
            *("yandex.uz", "yandex.com.tr", "yandex.az", "yandex.com.am", "yandex.com.ge"),
            *("yandex.co.il", "yandex.kg", "yandex.lt", "yandex.lv", "yandex.md", "yandex.tj"),
            *("yandex.tm", "yandex.ee", "yandex.fr", "narod.ru"),
        ),
        alike={ord("."): "-"},
        tags=True,
        aliases=True,
    ),
    # Fastmail Help: "Plus addressing and subdomain addressing"
    Provider(domains=("fastmail.com", "fastmail.fm"), tags=True, subdomains=True),
    # Zoho: plus addressing as in PyPI's email-normalize.
    Provider(domains=("zohomail.com", "zoho.com", "zoho.eu", "zoho.in"), tags=True),
    # Daum: hanmail.net was its mail's first name, and both lead to one mailbox.
    Provider(domains=("daum.net", "hanmail.net"), aliases=True),
    # Naver Help: one mailbox an ID, whose name can't be varied. Kakao and Nate name no rules.
    Provider(domains=("naver.com", "kakao.com", "nate.com", "korea.com", "korea.kr")),
    # Yahoo Help: "Create and manage disposable email addresses" (SLN28815): a disposable address
    # begins with a nickname that is no mailbox of its own, so its hyphen says nothing.
    Provider(domains=("yahoo.com", "yahoo.co.jp", "yahoo.co.uk", "ymail.com", "rocketmail.com")),
    # These name no rules, or none that hold for all of their addresses.
    Provider(
        domains=(
            *("gmx.com", "gmx.net", "gmx.de", "web.de", "mail.com", "email.com", "aol.com"),
            *("mail.ru", "bk.ru", "inbox.ru", "list.ru", "qq.com", "163.com", "126.com"),
        )
    ),
)
_BY_DOMAIN = {domain: each for each in _PROVIDERS for domain in each.domains}


def provider_of(domain: str) -> Provider | None:
    """Return the provider whose domain, in lower case, that is; None for one not listed."""
    for each in (domain, *_parents(domain)):
        provider = _BY_DOMAIN.get(each)
        if provider is not None and (each == domain or provider.subdomains):
            return provider
    return None


def _parents(domain: str) -> Iterator[str]:
    while "." in domain:
        domain = domain.partition(".")[2]
        yield domain
