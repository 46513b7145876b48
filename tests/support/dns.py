"""A name server on loopback that knows what a test tells it, and can be slow or broken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from dns.asyncresolver import Resolver

from tests.support.loopback import HOST
from tests.support.watched import Gate

Question = tuple[str, str]
"""A domain without its last dot, in A-labels, and a record type."""


class FakeDns(asyncio.DatagramProtocol):
    """The server. A domain exists if it has any record, or one below it has (RFC 8020).

    `asked` are the questions that came, in order. While `gate` is set, questions wait there.
    """

    def __init__(self) -> None:
        self.records: dict[Question, list[str]] = {}
        self.codes: dict[str, dns.rcode.Rcode] = {}
        self.asked: list[Question] = []
        self.gate: Gate | None = None
        self.port = 0
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: set[asyncio.Task[None]] = set()
        for domain in ("com", "kr", "example"):
            self.record(domain, "NS", "ns.example.")

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeDns"]:
        """Listen for the length of the block."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(HOST, 0))
        self.port = transport.get_extra_info("sockname")[1]
        self._transport = transport
        try:
            yield self
        finally:
            transport.close()
            for task in self._waiting:
                task.cancel()

    def record(self, domain: str, kind: str, *texts: str) -> None:
        """Let a domain have these records of a kind."""
        self.records[domain, kind] = list(texts)

    def fail(self, domain: str, code: dns.rcode.Rcode) -> None:
        """Answer every question about a domain with this code."""
        self.codes[domain] = code

    def hold(self) -> Gate:
        """Answer nothing more before the gate is released."""
        self.gate = Gate()
        return self.gate

    def resolver(self) -> Resolver:
        """Return a resolver that asks this server and no other."""
        resolver = Resolver(configure=False)
        resolver.nameservers, resolver.port = [HOST], self.port
        return resolver

    def asked_about(self, domain: str) -> list[str]:
        """Return the record types of a domain that were asked for, in order."""
        return [kind for name, kind in self.asked if name == domain]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answering = asyncio.create_task(self._answer(data, addr))
        self._waiting.add(answering)
        answering.add_done_callback(self._waiting.discard)

    async def _answer(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        [question] = query.question
        name = question.name.to_text(omit_final_dot=True)
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if self.gate is not None:
            await self.gate.pass_through()
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        if texts := self.records.get((name, kind)):
            reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *texts))
        reply.set_rcode(self.codes.get(name, self._code_of(name)))
        assert self._transport is not None
        self._transport.sendto(reply.to_wire(), addr)

    def _code_of(self, name: str) -> dns.rcode.Rcode:
        exists = any(known == name or known.endswith(f".{name}") for known, _ in self.records)
        return dns.rcode.NOERROR if exists else dns.rcode.NXDOMAIN
