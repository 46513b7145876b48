"""What DNS has of a domain, and what that means for mail; what it can't tell means nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import dns.rcode
import pytest
from dns.asyncresolver import Resolver
from dns.resolver import NoResolverConfiguration

from bot.email_address.mail_domains import MailDomains
from tests.support.clock import ManualClock
from tests.support.dns import FakeDns

FAR, SOON = 60.0, 0.05


@pytest.fixture
async def fake_dns() -> AsyncIterator[FakeDns]:
    async with FakeDns().serve() as server:
        yield server


@pytest.fixture
def mail_domains(clock: ManualClock, fake_dns: FakeDns) -> MailDomains:
    return MailDomains(clock, fake_dns.resolver, FAR)


@pytest.mark.parametrize(
    ("records", "takes_mail"),
    [
        ({"MX": ["10 mx.example."]}, True),
        ({"MX": ["10 mx.example.", "20 mx2.example."]}, True),
        ({"A": ["192.0.2.1"]}, True),  # its own mail server, without an MX (RFC 5321, 5.1)
        ({"AAAA": ["2001:db8::1"]}, True),
        ({"MX": ["0 ."]}, False),  # no mail, it says (RFC 7505)
        ({"MX": ["0 ."], "A": ["192.0.2.1"]}, False),
        ({"TXT": ['"a domain, and no host"']}, False),
    ],
)
async def test_a_domain_takes_mail_if_its_records_say_so(
    fake_dns: FakeDns, mail_domains: MailDomains, records: dict[str, list[str]], *, takes_mail: bool
) -> None:
    for kind, texts in records.items():
        fake_dns.record("mailbox.example", kind, *texts)
    assert await mail_domains.takes_mail("mailbox.example") is takes_mail


async def test_a_domain_that_nobody_has_registered_takes_no_mail(
    fake_dns: FakeDns, mail_domains: MailDomains
) -> None:
    assert not await mail_domains.takes_mail("unregistered.example")
    assert fake_dns.asked == [("unregistered.example", "MX"), ("example", "NS")]


async def test_a_domain_beyond_ascii_is_asked_about_by_its_name_in_dns(
    fake_dns: FakeDns, mail_domains: MailDomains
) -> None:
    fake_dns.record("xn--vo5b23i2ve.example", "MX", "0 .")
    assert not await mail_domains.takes_mail("우체통.example")
    assert fake_dns.asked == [("xn--vo5b23i2ve.example", "MX")]


@pytest.mark.parametrize("code", [dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.FORMERR])
async def test_what_dns_cannot_tell_is_taken_for_good(
    fake_dns: FakeDns, mail_domains: MailDomains, code: dns.rcode.Rcode
) -> None:
    fake_dns.fail("broken.example", code)
    assert await mail_domains.takes_mail("broken.example")


async def test_a_resolver_that_knows_not_even_the_top_level_domain_is_not_believed(
    fake_dns: FakeDns, mail_domains: MailDomains
) -> None:
    fake_dns.records.clear()
    assert await mail_domains.takes_mail("mailbox.example")


async def test_a_server_that_is_silent_is_not_waited_for(
    clock: ManualClock, fake_dns: FakeDns
) -> None:
    fake_dns.hold()
    assert await MailDomains(clock, fake_dns.resolver, SOON).takes_mail("mailbox.example")


async def test_a_machine_without_a_resolver_takes_every_address(clock: ManualClock) -> None:
    def none() -> Resolver:
        raise NoResolverConfiguration

    assert await MailDomains(clock, none).takes_mail("mailbox.example")


@pytest.mark.parametrize("domain", ["a" * 64 + ".example", "x." * 127 + "example", "-.-", "\udcff"])
async def test_a_domain_that_has_no_name_in_dns_is_left_to_others_to_judge(
    mail_domains: MailDomains, domain: str
) -> None:
    assert await mail_domains.takes_mail(domain)


@pytest.mark.parametrize(
    ("records", "minutes"), [({"MX": ["10 mx.example."]}, 10), ({"MX": ["0 ."]}, 5), ({}, 1)]
)
async def test_an_answer_is_kept_for_minutes_and_a_doubt_for_one(
    clock: ManualClock,
    fake_dns: FakeDns,
    mail_domains: MailDomains,
    records: dict[str, list[str]],
    minutes: int,
) -> None:
    for kind, texts in records.items():
        fake_dns.record("mailbox.example", kind, *texts)
    if not records:
        fake_dns.fail("mailbox.example", dns.rcode.SERVFAIL)
    first = await mail_domains.takes_mail("mailbox.example")
    asked = len(fake_dns.asked)
    clock.advance(timedelta(minutes=minutes, seconds=-1))
    assert mail_domains.recall("mailbox.example") is first
    assert await mail_domains.takes_mail("mailbox.example") is first
    assert len(fake_dns.asked) == asked
    clock.advance(timedelta(seconds=1))
    assert mail_domains.recall("mailbox.example") is None
    await mail_domains.takes_mail("mailbox.example")
    assert len(fake_dns.asked) > asked


async def test_no_more_than_twenty_are_asked_about_at_once(
    fake_dns: FakeDns, mail_domains: MailDomains
) -> None:
    gate = fake_dns.hold()
    asking = [asyncio.create_task(mail_domains.takes_mail(f"d{n}.example")) for n in range(20)]
    await gate.reached(20)
    assert await mail_domains.takes_mail("one-more.example")
    assert mail_domains.recall("one-more.example") is True
    gate.release()
    assert not any(await asyncio.gather(*asking))
    assert fake_dns.asked_about("one-more.example") == []
    assert not await mail_domains.takes_mail("one-more.example")


async def test_a_flood_of_domains_is_asked_about_no_faster_than_so_many_a_minute(
    clock: ManualClock, fake_dns: FakeDns, mail_domains: MailDomains
) -> None:
    domains = [f"d{n}.example" for n in range(400)]
    answers = [await mail_domains.takes_mail(domain) for domain in domains]
    assert answers == [False] * 300 + [True] * 100
    assert len([name for name, kind in fake_dns.asked if kind == "MX"]) == 300
    clock.advance(timedelta(minutes=1))
    assert not await mail_domains.takes_mail("d399.example")


async def test_what_is_kept_is_bounded(
    clock: ManualClock,
    fake_dns: FakeDns,
    mail_domains: MailDomains,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.email_address.mail_domains._MOST_KEPT", 3)
    for number in range(5):
        await mail_domains.takes_mail(f"d{number}.example")
    known = [mail_domains.recall(f"d{number}.example") for number in range(5)]
    assert known == [None, None, False, False, False]
