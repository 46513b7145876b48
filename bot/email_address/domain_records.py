"""What DNS has of a domain (RFC 5321, 5.1; RFC 7505)."""

import asyncio
import logging
from collections.abc import Callable

import idna
from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.name import Name, from_text, root
from dns.rdatatype import AAAA, MX, NS, A, RdataType
from dns.resolver import NXDOMAIN
from dns.rrset import RRset

logger = logging.getLogger(__name__)


async def take_mail(
    domain: str, longest: float, resolver: Callable[[], Resolver] | None = None
) -> bool | None:
    """Return whether a domain's records take mail; None where DNS can't tell in so many seconds.

    `resolver` makes what is asked: one that the system's settings lead to, unless told otherwise.
    """
    try:
        name = from_text(idna.encode(domain, uts46=True).decode())
        asked = (resolver or Resolver)()
        asked.lifetime, asked.timeout = longest, longest / 2
        async with asyncio.timeout(longest):
            return await _take_mail(asked, name)
    except (DNSException, OSError, UnicodeError) as error:
        # The domain is no business of the log's: an address may be told by it.
        logger.info("a domain was not looked up", extra={"error": type(error).__name__})
        return None


async def _take_mail(resolver: Resolver, name: Name) -> bool:
    try:
        exchanges = await _records(resolver, name, MX)
    except NXDOMAIN:
        # A resolver that knows no top-level domain either knows nothing, and this raises in turn.
        await _records(resolver, name.split(2)[1], NS)
        return False
    if exchanges:
        return not all(record.exchange == root for record in exchanges)
    for kind in (A, AAAA):
        if await _records(resolver, name, kind):
            return True
    return False


async def _records(resolver: Resolver, name: Name, kind: RdataType) -> RRset | None:
    """Return a name's records of a kind, None if it has none. Raises DNSException."""
    answer = await resolver.resolve(name, kind, search=False, raise_on_no_answer=False)
    return answer.rrset
