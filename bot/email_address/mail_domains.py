"""Whether mail can go to a domain at all, by what DNS has of it (RFC 5321, 5.1; RFC 7505).

A doubt is no answer: where DNS is slow, broken or out of reach, every domain is taken for good.
"""

import asyncio
import logging
from collections.abc import Callable
from enum import Enum

import idna
from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.name import Name, from_text, root
from dns.rdatatype import AAAA, MX, NS, A, RdataType
from dns.resolver import NXDOMAIN
from dns.rrset import RRset

from bot.clock import Clock

logger = logging.getLogger(__name__)

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

    `resolver` makes what is asked: one that the system's settings lead to, unless told otherwise.
    """

    def __init__(
        self, clock: Clock, resolver: Callable[[], Resolver] = Resolver, longest: float = LONGEST
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
        try:
            name = from_text(idna.encode(domain, uts46=True).decode())
            resolver = self._resolver()
            resolver.lifetime, resolver.timeout = self._longest, self._longest / 2
            async with asyncio.timeout(self._longest):
                return await _finding(resolver, name)
        except (DNSException, OSError, UnicodeError) as error:
            # The domain is no business of the log's: an address may be told by it.
            logger.info("a domain was not looked up", extra={"error": type(error).__name__})
            return Finding.UNKNOWN


async def _finding(resolver: Resolver, name: Name) -> Finding:
    try:
        exchanges = await _records(resolver, name, MX)
    except NXDOMAIN:
        # A resolver that knows no top-level domain either knows nothing, and this raises in turn.
        await _records(resolver, name.split(2)[1], NS)
        return Finding.NO_MAIL
    if exchanges:
        nowhere = all(record.exchange == root for record in exchanges)
        return Finding.NO_MAIL if nowhere else Finding.MAIL
    for kind in (A, AAAA):
        if await _records(resolver, name, kind):
            return Finding.MAIL
    return Finding.NO_MAIL


async def _records(resolver: Resolver, name: Name, kind: RdataType) -> RRset | None:
    """Return a name's records of a kind, None if it has none. Raises DNSException."""
    answer = await resolver.resolve(name, kind, search=False, raise_on_no_answer=False)
    return answer.rrset
