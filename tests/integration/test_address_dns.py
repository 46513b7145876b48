"""An address whose domain takes no mail is told so at once; what DNS can't tell holds nobody up."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import dns.rcode
import pytest

from bot import local_mode
from bot.app import App
from bot.drafts import Step
from bot.email_address.mail_domains import MailDomains
from bot.locales import LANGUAGES, Language
from bot.settings import parse_settings
from bot.store import drafts
from bot.text import Words
from tests.support.app import FakeUser, Harness
from tests.support.dns import FakeDns
from tests.support.languages import ENGLISH
from tests.support.rows import count
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import texts, told
from tests.support.tuning import UNPACED

GOOD, NOWHERE, NO_MAIL = "me@example.com", "me@nowhere.example.com", "me@null.example.com"

FAR = 60.0  # seconds: no machine is so busy that a test waits as long for an answer


@pytest.fixture
async def fake_dns() -> AsyncIterator[FakeDns]:
    """Serve a DNS in which one domain takes mail, and one says that it takes none."""
    async with FakeDns().serve() as server:
        server.record("example.com", "MX", "10 mx.example.com.")
        server.record("null.example.com", "MX", "0 .")
        yield server


@pytest.fixture
def harness(harness: Harness, fake_dns: FakeDns) -> Harness:
    """Look addresses up, in that DNS."""
    tuning = replace(UNPACED, mail_domains=lambda clock: MailDomains(clock, fake_dns.resolver, FAR))
    return replace(harness, environ={"ADDRESS_DNS": "1"}, tuning=tuning)


async def kept_words(app: App, user: FakeUser) -> Words | None:
    """Return the words of the letter that waits for its address, if one does."""
    draft = await drafts.draft_of(app.database.reader, user.person.id)
    return draft.words if draft and draft.step is Step.ADDRESS else None


def no_mail(address: str, language: Language = ENGLISH) -> str:
    return told("address-no-mail", language, domain=address.rpartition("@")[2])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("address", [NOWHERE, NO_MAIL])
async def test_a_domain_that_takes_no_mail_is_told_and_nothing_is_lost(
    harness: Harness, app: App, smtp_server: ScriptedSmtp, language: Language, address: str
) -> None:
    user = harness.user(app, language=language)
    await user.write("Run every morning")
    assert texts(await user.say(address)) == [no_mail(address, language)]
    assert await kept_words(app, user) == Words("Run every morning")
    assert await count(app.database, "letters") == await count(app.database, "addresses") == 0
    assert not smtp_server.accepted
    await user.say(GOOD)
    assert await count(app.database, "letters") == 1
    assert [mail.recipients for mail in smtp_server.accepted] == [(GOOD,)]


async def test_a_domain_that_takes_mail_is_asked_about_once(
    app: App, user: FakeUser, fake_dns: FakeDns
) -> None:
    for words in ("Run", "Read"):
        await user.write(words)
        await user.say(GOOD)
    assert await count(app.database, "letters") == 2
    assert fake_dns.asked == [("example.com", "MX")]


async def test_an_edit_puts_a_domain_right(app: App, user: FakeUser) -> None:
    await user.write("Run")
    await user.say(NOWHERE)
    await user.edit(user.last_own.id, GOOD)
    assert await count(app.database, "letters") == 1


async def test_what_was_kept_as_typed_is_looked_up_like_any_other(
    app: App, user: FakeUser, fake_dns: FakeDns
) -> None:
    await user.write("Run")
    assert texts(await user.say("me@gmial.com")) == [told("did-you-mean", likelier="me@gmail.com")]
    assert fake_dns.asked == []
    assert texts(await user.press(told("button-as-typed"))) == [no_mail("me@gmial.com")]
    assert await kept_words(app, user) == Words("Run")


async def test_a_suggestion_is_looked_up_too(app: App, user: FakeUser, fake_dns: FakeDns) -> None:
    fake_dns.record("gmail.com", "MX", "5 mx.gmail.com.")
    await user.write("Run")
    await user.say("me@gmial.com")
    await user.press("me@gmail.com")
    assert await count(app.database, "letters") == 1
    assert fake_dns.asked_about("gmail.com") == ["MX"]


async def test_another_address_for_letters_is_looked_up_before_it_takes_the_place(
    app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.write("Run")
    await user.say(GOOD)
    await user.press(told("button-no-mail"))
    await user.press(told("button-wrong-address"))
    assert texts(await user.say(NO_MAIL)) == [no_mail(NO_MAIL)]
    assert await count(app.database, "addresses") == 1
    await user.say("you@example.com")
    assert smtp_server.accepted[-1].recipients == ("you@example.com",)


async def test_an_address_used_before_is_not_looked_up(
    app: App, user: FakeUser, fake_dns: FakeDns
) -> None:
    await user.has_confirmed(NOWHERE)
    await user.write("Run")
    await user.press(NOWHERE)
    assert await count(app.database, "letters") == 1
    assert fake_dns.asked == []


async def test_only_what_is_taken_as_an_address_is_looked_up(
    user: FakeUser, fake_dns: FakeDns
) -> None:
    await user.say(f"my mail is {GOOD}")
    await user.write(f"Write to {GOOD} every week")
    await user.say("not an address")
    assert fake_dns.asked == []


@pytest.mark.parametrize("code", [dns.rcode.SERVFAIL, dns.rcode.REFUSED])
async def test_where_dns_fails_the_address_is_taken(
    app: App, user: FakeUser, fake_dns: FakeDns, code: dns.rcode.Rcode
) -> None:
    fake_dns.fail("nowhere.example.com", code)
    await user.write("Run")
    await user.say(NOWHERE)
    assert await count(app.database, "letters") == 1


async def test_while_dns_is_asked_nobody_else_waits_and_nothing_comes_twice(
    harness: Harness, app: App, user: FakeUser, fake_dns: FakeDns
) -> None:
    other = harness.user(app, "another")
    await other.has_confirmed(GOOD)
    await user.write("Run")
    heard = len(user.heard)
    gate = fake_dns.hold()
    waiting = asyncio.create_task(user.say(NOWHERE))
    await gate.reached()
    async with app.database.transaction():
        assert len(user.heard) == heard
    gate.release()
    assert texts(await waiting) == [no_mail(NOWHERE)]
    assert fake_dns.asked_about("nowhere.example.com") == ["MX"]


async def test_where_addresses_are_not_looked_up_dns_is_never_asked(
    harness: Harness, fake_dns: FakeDns
) -> None:
    async with replace(harness, environ={"ADDRESS_DNS": "0"}).app() as app:
        user = harness.user(app)
        await user.write("Run")
        await user.say(NOWHERE)
        assert await count(app.database, "letters") == 1
    assert fake_dns.asked == []


async def test_in_the_local_mode_dns_is_never_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def recall(*_: object) -> None:
        raise AssertionError("nothing leaves this computer")

    monkeypatch.setattr(MailDomains, "recall", recall)
    settings = parse_settings({"DATA_DIR": str(tmp_path), "ADDRESS_DNS": "1"})
    out = io.StringIO()
    await local_mode.serve(settings, io.StringIO(f"/write\nRun\n{NOWHERE}\n:quit\n"), out)
    assert "1.eml" in out.getvalue()
