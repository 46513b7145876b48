"""The login at the mail server: one way of those it offers, tried once, whatever comes of it."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.letters import Channel, State
from bot.settings import Security, SmtpSettings
from tests.support.app import Harness
from tests.support.certificates import write_authority
from tests.support.delivery_side import ADMIN, DeliveryRow
from tests.support.faults import Fault
from tests.support.log_lines import log_lines
from tests.support.loopback import Wire
from tests.support.settings import smtp_settings
from tests.support.smtp import Extension, Phase, reply
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import told
from tests.support.telegram import ScriptedTelegram

USER, PASSWORD, WRONG = "box@mailbox.example", "비밀 p4ssword", "wr0ng"
MINUTE = timedelta(minutes=1)
PASSWORD_MECHANISMS = (
    "SCRAM-SHA-256-PLUS",
    "SCRAM-SHA-256",
    "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-1",
    "CRAM-MD5",
    "PLAIN",
    "LOGIN",
)
READABLE = tuple({*Extension} - {Extension.STARTTLS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A mail server that wants a login, and a letter due there."""

    harness: Harness
    authority: Path

    def server(self, *mechanisms: str, secret: str = PASSWORD) -> ScriptedSmtp:
        return ScriptedSmtp(credentials={USER: secret}, mechanisms=mechanisms)

    def settings(self, server: ScriptedSmtp, **changed: object) -> SmtpSettings:
        settings = smtp_settings(server, security=Security.STARTTLS)
        return replace(settings, ca_file=self.authority, **changed)  # type: ignore[arg-type]

    async def mail(
        self, settings: SmtpSettings, letters: int = 1, minutes: Sequence[int] = ()
    ) -> DeliveryRow:
        """Let letters fall due, and so many minutes pass one after the other; returns the first."""
        async with self.harness.lanes(smtp=settings, admin=None) as lanes:
            await lanes.seal_many(letters)
            await lanes.sweep()
            for span in minutes:
                await lanes.pass_time(span * MINUTE)
            return (await lanes.rows_of(Channel.EMAIL))[0]


@pytest.fixture
def site(harness: Harness, tmp_path: Path) -> Site:
    return Site(harness=harness, authority=write_authority(tmp_path))


@pytest.mark.parametrize("mechanism", PASSWORD_MECHANISMS)
async def test_a_password_opens_the_server_whatever_its_mechanism(
    site: Site, mechanism: str
) -> None:
    async with site.server(mechanism) as server:
        mail = await site.mail(site.settings(server))
        assert mail.state is State.SENT
        assert [(each.user, each.tls) for each in server.accepted] == [(USER, True)]
        assert server.logins == [mechanism]
        assert no_password_was_shown(server) or mechanism in {"PLAIN", "LOGIN"}


@pytest.mark.parametrize("mechanism", PASSWORD_MECHANISMS)
async def test_a_wrong_password_is_tried_once_however_much_is_due(
    site: Site, mechanism: str
) -> None:
    offered = sorted({mechanism, "PLAIN", "LOGIN"})
    async with site.server(*offered) as server:
        mail = await site.mail(site.settings(server, password=WRONG), letters=8)
        assert (mail.state, mail.failures, mail.reason) == (State.RETRY, 0, "smtp-535-5.7.8@auth")
        assert len(server.logins) == 1
        assert not server.accepted


async def test_the_best_way_is_taken_of_those_offered(site: Site) -> None:
    async with site.server(*PASSWORD_MECHANISMS) as server:
        await site.mail(site.settings(server))
        assert server.logins == ["SCRAM-SHA-256-PLUS"]


async def test_a_mechanism_that_the_account_has_not_is_left_out_at_the_next_try(site: Site) -> None:
    async with site.server("SCRAM-SHA-256", "PLAIN") as server:
        server.fault(Phase.AUTH, reply(535, "5.7.8"), times=1)
        mail = await site.mail(site.settings(server), minutes=[1])
        assert mail.state is State.SENT
        assert server.logins[-1] == "PLAIN"


async def test_a_login_that_fails_for_now_is_tried_the_same_way_again(site: Site) -> None:
    async with site.server("SCRAM-SHA-256", "PLAIN") as server:
        server.fault(Phase.AUTH, reply(454, "4.7.0"), times=1)
        mail = await site.mail(site.settings(server), minutes=[1])
        assert mail.state is State.SENT
        assert server.logins == ["SCRAM-SHA-256"]


@pytest.mark.parametrize(
    ("mechanisms", "extensions", "reason"),
    [
        (["GSSAPI", "NTLM"], tuple(Extension), "smtp-mechanism-missing@auth"),
        (["PLAIN"], [Extension.STARTTLS], "smtp-extension-missing@auth"),
    ],
)
async def test_where_there_is_no_way_to_log_in_the_operator_is_told_which_is_missing(
    site: Site, mechanisms: list[str], extensions: list[Extension], reason: str
) -> None:
    async with site.server(*mechanisms) as server:
        server.extensions = extensions
        mail = await site.mail(site.settings(server))
        assert (mail.state, mail.reason) == (State.RETRY, reason)
        assert not server.logins


async def test_on_this_machine_the_password_needs_no_encryption(site: Site) -> None:
    async with site.server("CRAM-MD5", "PLAIN") as server:
        server.extensions = READABLE
        await site.mail(site.settings(server, security=Security.NONE))
        assert (len(server.accepted), server.logins) == (1, ["PLAIN"])


async def test_a_server_that_lets_anyone_in_without_proof_gets_no_letter(site: Site) -> None:
    async def welcome(wire: Wire) -> None:
        await wire.write(b"235 2.7.0 come in\r\n")

    async with site.server("SCRAM-SHA-256") as server:
        server.fault(Phase.AUTH, Fault(name="welcomes all", act=welcome))
        mail = await site.mail(site.settings(server))
        assert (mail.state, mail.reason) == (State.RETRY, "smtp-server-unproven@auth")
        assert not any(command.startswith("MAIL") for command in server.commands)


async def test_a_server_that_asks_on_and_on_is_left(site: Site) -> None:
    async def ask(wire: Wire) -> None:
        while True:
            await wire.write(b"334 ZW5jb3Jl\r\n")
            await wire.line()

    async with site.server("LOGIN") as server:
        server.fault(Phase.AUTH, Fault(name="asks", act=ask))
        mail = await site.mail(site.settings(server))
        assert (mail.state, mail.reason) == (State.RETRY, "smtp-garbled@auth")


@dataclass(frozen=True, slots=True)
class TokenFile:
    """A file that another program writes an access token to."""

    path: Path

    def write(self, token: str) -> None:
        self.path.write_text(f"{token}\n")


@pytest.fixture
def token_file(tmp_path: Path) -> TokenFile:
    return TokenFile(tmp_path / "access-token")


def by_token(site: Site, server: ScriptedSmtp, file: TokenFile) -> SmtpSettings:
    return site.settings(server, password=None, oauth_token_file=file.path)


@pytest.mark.parametrize("length", [40, 2000])
async def test_an_access_token_opens_the_server_however_long_it_is(
    site: Site, token_file: TokenFile, length: int
) -> None:
    token = "t0ken" * (length // 5)
    token_file.write(token)
    async with site.server("PLAIN", "LOGIN", "XOAUTH2", secret=token) as server:
        mail = await site.mail(by_token(site, server, token_file))
        assert mail.state is State.SENT
        assert server.logins == ["XOAUTH2"]
        assert all(len(command) <= 510 for command in server.commands)


async def test_a_token_that_has_run_out_is_told_once_and_its_renewal_read_from_the_file(
    site: Site, token_file: TokenFile, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token_file.write("expired-t0ken")
    async with site.server("XOAUTH2", secret="fresh-t0ken") as server:
        settings = by_token(site, server, token_file)
        async with site.harness.lanes(smtp=settings) as lanes:
            await lanes.seal()
            await lanes.sweep()
            mail = await lanes.row_of(Channel.EMAIL)
            assert (mail.state, mail.reason) == (State.RETRY, "smtp-535-5.7.8@auth")
            assert server.logins == ["XOAUTH2"]
            token_file.write("fresh-t0ken")
            await lanes.pass_time(MINUTE)
            assert (await lanes.row_of(Channel.EMAIL)).state is State.SENT
    assert not any("t0ken" in line for line in log_lines(caplog, logging.DEBUG))
    assert "t0ken" not in caplog.text


async def test_a_token_file_that_is_gone_is_told_and_read_once_it_is_back(
    site: Site, telegram: ScriptedTelegram, token_file: TokenFile
) -> None:
    async with (
        site.server("XOAUTH2", secret="t0ken") as server,
        site.harness.lanes(smtp=by_token(site, server, token_file)) as lanes,
    ):
        await lanes.seal()
        await lanes.sweep()
        mail = await lanes.row_of(Channel.EMAIL)
        assert (mail.state, mail.reason) == (State.RETRY, "smtp-token-unreadable@auth")
        assert not server.logins
        await lanes.sweep()
        [told_operator] = [each.text for each in telegram.messages if each.chat_id == ADMIN]
        assert told("remedy-token-file") in told_operator
        token_file.write("t0ken")
        await lanes.pass_time(MINUTE)
        assert (await lanes.row_of(Channel.EMAIL)).state is State.SENT


@pytest.mark.parametrize("code", [500, 502])
async def test_a_server_that_knows_no_ehlo_is_greeted_as_of_old(site: Site, code: int) -> None:
    async with ScriptedSmtp() as server:
        server.fault(Phase.EHLO, reply(code))
        mail = await site.mail(smtp_settings(server))
        assert mail.state is State.SENT
        assert [verb for verb in verbs(server) if verb.endswith("LO")] == ["EHLO", "HELO"]
        assert [each.options for each in server.accepted] == [()]


@pytest.mark.parametrize(
    ("security", "reason"),
    [
        (Security.STARTTLS, "smtp-extension-missing@starttls"),
        (Security.NONE, "smtp-extension-missing@auth"),
    ],
)
async def test_where_ehlo_is_not_known_what_needs_an_extension_is_told_to_be_missing(
    site: Site, security: Security, reason: str
) -> None:
    async with site.server("PLAIN") as server:
        server.fault(Phase.EHLO, reply(502, "5.5.1"))
        mail = await site.mail(site.settings(server, security=security))
        assert (mail.state, mail.failures, mail.reason) == (State.RETRY, 0, reason)
        assert set(verbs(server)) <= {"EHLO", "HELO", "QUIT"}


@pytest.mark.parametrize("code", [421, 501, 504, 550])
async def test_a_server_that_refuses_this_client_is_not_asked_in_another_way(
    site: Site, code: int
) -> None:
    async with ScriptedSmtp() as server:
        server.fault(Phase.EHLO, reply(code))
        mail = await site.mail(smtp_settings(server))
        assert (mail.state, mail.reason) == (State.RETRY, f"smtp-{code}@ehlo")
        assert "HELO" not in verbs(server)


def verbs(server: ScriptedSmtp) -> list[str]:
    return [re.sub(" .*", "", line) for line in server.commands]


def no_password_was_shown(server: ScriptedSmtp) -> bool:
    """Return whether a mechanism was used by which even the server doesn't get the password."""
    return not {"PLAIN", "LOGIN"} & set(server.logins)
