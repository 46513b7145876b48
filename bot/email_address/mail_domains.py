"""Whether mail can go to a domain at all, by what DNS has of it.

A doubt is no answer: where DNS is slow, broken or out of reach, every domain is taken for good.
"""

import asyncio
from collections.abc import Callable
from enum import Enum
from types import ModuleType
from typing import TYPE_CHECKING

from bot.clock import Clock

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver

LONGEST = 2.0
"""Seconds that whoever typed an address may wait for DNS."""

_MOST_AT_ONCE = 20
_MOST_A_MINUTE = 300  # in all: nobody's typing shall become a flood at somebody's name servers
_MINUTE = 60.0
_MOST_KEPT = 10_000


class Finding(Enum):
    """What DNS has of a domain; the value is for how many seconds that is kept."""

    MAIL = 600.0
    NO_MAIL = 300.0
    UNKNOWN = 60.0


class MailDomains:
    """Asks DNS about domains, within bounds, and keeps the answers for some minutes.

    `resolver` makes what is asked, as in `domain_records`.
    """

    def __init__(
        self,
        clock: Clock,
        resolver: "Callable[[], Resolver] | None" = None,
        longest: float = LONGEST,
    ) -> None:
        self._clock = clock
        self._resolver = resolver
        self._longest = longest
        self._kept: dict[str, tuple[Finding, float]] = {}
        self._under_way = 0
        self._minute = clock.monotonic()
        self._asked = 0

    def recall(self, domain: str) -> bool | None:
        """Return what `takes_mail` would, if it need not ask DNS, and None if it would.

        It doesn't ask, and takes a domain for good, while too much is asked.
        """
        kept = self._kept.get(domain)
        if kept is not None and self._clock.monotonic() < kept[1]:
            return kept[0] is not Finding.NO_MAIL
        return None if self._has_room() else True

    async def takes_mail(self, domain: str) -> bool:
        """Return False for a domain that no mail can go to, True for all that may take some.

        It takes `LONGEST` at most.
        """
        known = self.recall(domain)
        if known is not None:
            return known
        self._under_way += 1
        self._asked += 1
        try:
            finding = await self._ask(domain)
        finally:
            self._under_way -= 1
        self._keep(domain, finding)
        return finding is not Finding.NO_MAIL

    def _has_room(self) -> bool:
        now = self._clock.monotonic()
        if now - self._minute >= _MINUTE:
            self._minute, self._asked = now, 0
        return self._under_way < _MOST_AT_ONCE and self._asked < _MOST_A_MINUTE

    def _keep(self, domain: str, finding: Finding) -> None:
        self._kept.pop(domain, None)
        while len(self._kept) >= _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[domain] = finding, self._clock.monotonic() + finding.value

    async def _ask(self, domain: str) -> Finding:
        records = await asyncio.to_thread(_domain_records)
        match await records.take_mail(domain, self._longest, self._resolver):
            case None:
                return Finding.UNKNOWN
            case takes_mail:
                return Finding.MAIL if takes_mail else Finding.NO_MAIL


def _domain_records() -> ModuleType:
    """Return the module that asks DNS, loaded once it is needed: a start need not wait for it."""
    from bot.email_address import domain_records

    return domain_records
