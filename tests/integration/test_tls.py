"""No letter and no password leaves for a mail server that can't show who it is."""

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from bot.settings import ConfigError
from tests.support.app import Harness
from tests.support.certificates import authority, server_context, write_authority
from tests.support.clock import ManualClock
from tests.support.faults import Fault
from tests.support.loopback import Wire
from tests.support.smtp import Extension, Phase
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import EN
from tests.support.telegram import ScriptedTelegram

USER, PASSWORD = "box@mailbox.example", "pass-phrase-of-the-operator"
ADDRESS, WORDS = "me@example.com", "a secret resolution"
NAMES = ("localhost", "127.0.0.1")
WEEK = timedelta(days=7)

Context = Callable[[], ssl.SSLContext]


def presenting(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


def self_signed() -> ssl.SSLContext:
    alone = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with alone.cert_pem.tempfile() as chain, alone.private_key_pem.tempfile() as key:
        context.load_cert_chain(chain, key)
    return context


def of_a_stranger() -> ssl.SSLContext:
    return presenting(trustme.CA().issue_cert(*NAMES))


def for_another_host() -> ssl.SSLContext:
    return presenting(authority().issue_cert("mail.example.com", "127.0.0.2"))


def expired() -> ssl.SSLContext:
    start, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC)
    return presenting(authority().issue_cert(*NAMES, not_before=start, not_after=end))


def not_valid_yet() -> ssl.SSLContext:
    start, end = datetime(2090, 1, 1, tzinfo=UTC), datetime(2091, 1, 1, tzinfo=UTC)
    return presenting(authority().issue_cert(*NAMES, not_before=start, not_after=end))


@dataclass(slots=True)
class Site:
    """An app whose mail server shows a certificate, and what became of a letter due there."""

    folder: Path
    clock: ManualClock
    telegram: ScriptedTelegram

    def harness(self, server: ScriptedSmtp, security: str, **environ: str) -> Harness:
        return Harness(
            folder=self.folder,
            clock=self.clock,
            smtp_port=server.port,
            telegram=self.telegram,
            environ={
                "SMTP_SECURITY": security,
                "SMTP_USERNAME": USER,
                "SMTP_PASSWORD": PASSWORD,
                "SMTP_CA_FILE": str(write_authority(self.folder)),
                "ADMIN_CHAT_ID": str(self.telegram.person("operator").id),
                **environ,
            },
        )


@pytest.fixture
def site(tmp_path: Path, clock: ManualClock, telegram: ScriptedTelegram) -> Site:
    return Site(tmp_path, clock, telegram)


def server_with(context: ssl.SSLContext, *, security: str) -> ScriptedSmtp:
    server = ScriptedSmtp(credentials={USER: PASSWORD}, implicit_tls=security == "tls")
    server.tls_context = context
    if security == "tls":
        server._tls = context
    return server


def nothing_left(server: ScriptedSmtp) -> bool:
    """Return whether the server saw nothing but greetings, in clear or encrypted."""
    verbs = {line.partition(" ")[0].upper() for line in server.commands}
    return verbs <= {"EHLO", "STARTTLS", "QUIT"} and server.accepted == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize(
    "context", [self_signed, of_a_stranger, for_another_host, expired, not_valid_yet]
)
async def test_a_server_that_cannot_show_who_it_is_gets_nothing_and_the_operator_is_told(
    site: Site, security: str, context: Context
) -> None:
    async with server_with(context(), security=security) as server:
        harness = site.harness(server, security)
        async with harness.app() as app:
            user, operator = harness.user(app), harness.user(app, "operator")
            await user.seal(WORDS, ADDRESS)
            await harness.pass_time(app, WEEK)
            assert nothing_left(server)
            [told] = [m.text for m in operator.heard]
            phase = "starttls" if security == "starttls" else "greeting"
            reason = f"smtp-tls-refused@{phase}"
            assert told.startswith(EN.say("lane-down", channel="Mail", reason=reason))
            assert any(WORDS in m.text for m in user.heard)  # the chat goes on

            server.tls_context = server_context(*NAMES)
            if security == "starttls":
                await harness.pass_time(app, timedelta(hours=1))
                [mail] = server.accepted
                assert (mail.tls, mail.user) == (True, USER)


@pytest.mark.parametrize("auth_in_clear", [True, False])
async def test_a_stripped_starttls_gets_nothing(site: Site, *, auth_in_clear: bool) -> None:
    offered = {*Extension} - {Extension.STARTTLS} - (set() if auth_in_clear else {Extension.AUTH})
    credentials = {USER: PASSWORD}
    async with ScriptedSmtp(credentials=credentials, extensions=tuple(offered)) as server:
        harness = site.harness(server, "starttls")
        async with harness.app() as app:
            user, operator = harness.user(app), harness.user(app, "operator")
            await user.seal(WORDS, ADDRESS)
            await harness.pass_time(app, WEEK)
            assert nothing_left(server)
            assert "smtp-extension-missing@starttls" in operator.heard[0].text


async def test_what_is_said_in_clear_behind_the_go_ahead_is_not_believed(site: Site) -> None:
    server = server_with(server_context(*NAMES), security="starttls")

    async def act(wire: Wire) -> None:
        await wire.write(b"220 go ahead\r\n250-injected\r\n250 AUTH PLAIN\r\n")
        await wire.start_tls(server.tls_context)

    server.fault(Phase.STARTTLS, Fault(name="injects", act=act))
    async with server:
        harness = site.harness(server, "starttls")
        async with harness.app() as app:
            user = harness.user(app)
            await user.seal(WORDS, ADDRESS)
            await harness.pass_time(app, WEEK)
            assert all(mail.tls and mail.user == USER for mail in server.accepted)
            assert nothing_left(server) or [v[:4] for v in server.commands].count("EHLO") == 2


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_private_authority_vouches_for_its_server(site: Site, security: str) -> None:
    async with server_with(server_context(*NAMES), security=security) as server:
        harness = site.harness(server, security)
        async with harness.app() as app:
            await harness.user(app).seal(WORDS, ADDRESS)
            await harness.pass_time(app, WEEK)
            [mail] = server.accepted
            assert (mail.tls, mail.user, mail.recipients) == (True, USER, (ADDRESS,))


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_without_its_file_a_private_authority_is_a_stranger(
    site: Site, security: str
) -> None:
    async with server_with(server_context(*NAMES), security=security) as server:
        harness = site.harness(server, security, SMTP_CA_FILE="")
        async with harness.app() as app:
            await harness.user(app).seal(WORDS, ADDRESS)
            await harness.pass_time(app, WEEK)
            assert nothing_left(server)


async def test_what_left_before_the_encryption_names_nobody(site: Site) -> None:
    async with server_with(server_context(*NAMES), security="starttls") as server:
        harness = site.harness(server, "starttls")
        async with harness.app() as app:
            await harness.user(app).seal(WORDS, ADDRESS)
            await harness.pass_time(app, WEEK)
        before = server.commands[: server.commands.index("STARTTLS")]
        assert [re.sub(" .*", "", line) for line in before] == ["EHLO"]


def test_another_machine_is_not_written_to_in_clear(site: Site) -> None:
    server = ScriptedSmtp()
    harness = site.harness(server, "none", SMTP_HOST="mail.example.com", SMTP_PORT="25")
    with pytest.raises(ConfigError, match="SMTP_ALLOW_PLAINTEXT"):
        _ = harness.settings
