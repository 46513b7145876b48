import asyncio
import ssl
from email.message import EmailMessage

import aiosmtplib
import pytest

from tests.support.certificates import client_context
from tests.support.clock import ManualClock
from tests.support.faults import (
    Fault,
    accept_then_drop,
    drop,
    endless_lines,
    garbage,
    huge_banner,
    reset,
    silence,
    trickle,
)
from tests.support.smtp import Extension, Phase, reply
from tests.support.smtpd import ScriptedSmtp

ENDINGS = [drop(), reset(), garbage(), huge_banner(), endless_lines()]


def letter() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "box@example.com", "me@example.com"
    message["Subject"] = "느린우체통"
    message.set_content("Run every morning\n.\n..and every evening\n")
    return message


def client_of(server: ScriptedSmtp, *, start_tls: bool = False) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname="localhost",
        port=server.port,
        start_tls=start_tls,
        tls_context=client_context() if start_tls else None,
        local_hostname="localhost",
        timeout=100,
    )


async def test_a_message_arrives_as_it_was_sent(smtp_server: ScriptedSmtp) -> None:
    async with client_of(smtp_server) as client:
        await client.send_message(letter())
    (accepted,) = smtp_server.accepted
    assert accepted.sender == "box@example.com"
    assert accepted.recipients == ("me@example.com",)
    assert accepted.content == letter().as_bytes().replace(b"\n", b"\r\n")
    assert accepted.message["Subject"] == "느린우체통"
    assert accepted.reply_sent
    assert not accepted.tls


@pytest.mark.parametrize("method", ["login", "auth_plain", "auth_login"])
async def test_a_session_is_encrypted_and_then_logs_in(method: str) -> None:
    async with (
        ScriptedSmtp(credentials={"box": "s3cret"}) as server,
        client_of(server, start_tls=True) as client,
    ):
        await getattr(client, method)("box", "s3cret")
        await client.send_message(letter())
    assert [(a.tls, a.user, a.authenticated) for a in server.accepted] == [(True, "box", True)]


async def test_a_wrong_password_is_refused_and_nothing_goes_without_one() -> None:
    async with (
        ScriptedSmtp(credentials={"box": "s3cret"}) as server,
        client_of(server, start_tls=True) as client,
    ):
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            await client.login("box", "guess")
        with pytest.raises(aiosmtplib.SMTPSenderRefused) as refused:
            await client.send_message(letter())
    assert refused.value.code == 530
    assert not server.accepted


async def test_auth_is_not_offered_in_the_clear_where_tls_is() -> None:
    async with ScriptedSmtp(credentials={"box": "s3cret"}) as server, client_of(server) as client:
        await client.ehlo()
        assert not client.supports_extension("auth")


async def test_a_connection_may_be_encrypted_from_its_first_byte() -> None:
    async with ScriptedSmtp(implicit_tls=True) as server:
        client = aiosmtplib.SMTP(
            hostname="127.0.0.1",
            port=server.port,
            use_tls=True,
            tls_context=client_context(),
            local_hostname="localhost",
        )
        async with client:
            await client.send_message(letter())
    assert server.accepted[0].tls


async def test_a_certificate_for_another_name_is_not_trusted() -> None:
    async with ScriptedSmtp(certificate_names=("elsewhere.example",)) as server:
        with pytest.raises((aiosmtplib.SMTPException, ssl.SSLError)):
            await client_of(server, start_tls=True).connect()


async def test_an_extension_can_be_taken_away() -> None:
    async with ScriptedSmtp(extensions=[Extension.SIZE]) as server:
        with pytest.raises(aiosmtplib.SMTPException, match="STARTTLS"):
            await client_of(server, start_tls=True).connect()


@pytest.mark.parametrize("phase", list(Phase), ids=str)
@pytest.mark.parametrize("fault", ENDINGS, ids=str)
async def test_every_phase_can_break_off(phase: Phase, fault: Fault) -> None:
    async with ScriptedSmtp(credentials={"box": "s3cret"}) as server:
        server.fault(phase, fault)
        client = client_of(server, start_tls=True)
        with pytest.raises((aiosmtplib.SMTPException, OSError)):
            await one_message(client)
        client.close()
        await server.wait_until_idle()
        assert len(server.accepted) == (phase is Phase.ACCEPTED)


@pytest.mark.parametrize("phase", [Phase.GREETING, Phase.STARTTLS, Phase.ACCEPTED], ids=str)
@pytest.mark.parametrize("name", ["silence", "trickle"])
async def test_a_phase_can_go_on_until_the_client_gives_up(
    phase: Phase, name: str, clock: ManualClock
) -> None:
    fault = {"silence": silence(), "trickle": trickle(pause=clock.sleep)}[name]
    async with ScriptedSmtp(credentials={"box": "s3cret"}) as server:
        gate = server.hold(phase)
        server.fault(phase, fault)
        client = client_of(server, start_tls=True)
        trying = asyncio.create_task(one_message(client))
        await gate.reached()
        gate.release()
        done, _ = await asyncio.wait([trying], timeout=0.05)
        assert not done
        client.close()
        with pytest.raises(ConnectionError):
            await trying
        await server.wait_until_idle()
        assert len(server.accepted) == (phase is Phase.ACCEPTED)


async def one_message(client: aiosmtplib.SMTP) -> None:
    async with client:
        await client.login("box", "s3cret")
        await client.send_message(letter())


async def test_a_letter_begun_inside_another_is_refused_until_it_is_reset(
    smtp_server: ScriptedSmtp,
) -> None:
    async with client_of(smtp_server) as client:
        await client.mail("one@example.com")
        with pytest.raises(aiosmtplib.SMTPSenderRefused, match="nested"):
            await client.mail("two@example.com")
        await client.rset()
        await client.mail("two@example.com")


async def test_faults_queue_and_then_the_server_is_well_again(smtp_server: ScriptedSmtp) -> None:
    smtp_server.fault(Phase.MAIL, reply(450, "4.7.1"), times=2)
    smtp_server.fault(Phase.MAIL, reply(550, "5.7.1"), times=1)
    async with client_of(smtp_server) as client:
        codes = [await code_of(client) for _ in range(4)]
    assert codes == [450, 450, 550, 250]


async def code_of(client: aiosmtplib.SMTP) -> int:
    try:
        await client.send_message(letter())
    except aiosmtplib.SMTPSenderRefused as refused:
        return refused.code
    return 250


async def test_one_recipient_can_be_refused_among_others(smtp_server: ScriptedSmtp) -> None:
    smtp_server.refuse("gone@example.com", 550, "5.1.1")
    async with client_of(smtp_server) as client:
        errors, _ = await client.sendmail(
            "box@example.com", ["me@example.com", "gone@example.com"], b"Subject: hi\r\n\r\nhi\r\n"
        )
    assert errors["gone@example.com"].code == 550
    assert smtp_server.accepted[0].recipients == ("me@example.com",)


async def test_after_a_421_the_server_hangs_up(smtp_server: ScriptedSmtp) -> None:
    smtp_server.fault(Phase.RCPT, reply(421, "4.3.2"))
    client = client_of(smtp_server)
    await client.connect()
    with pytest.raises(aiosmtplib.SMTPException):
        await client.send_message(letter())
    await smtp_server.wait_until_idle()


async def test_a_message_may_be_accepted_though_nobody_hears_of_it(
    smtp_server: ScriptedSmtp,
) -> None:
    smtp_server.fault(Phase.FINAL_DOT, accept_then_drop(), times=1)
    client = client_of(smtp_server)
    with pytest.raises(ConnectionError):
        async with client:
            await client.send_message(letter())
    await smtp_server.wait_for_messages(1)
    assert [accepted.reply_sent for accepted in smtp_server.accepted] == [False]


async def test_a_gate_holds_a_session_until_it_is_released(smtp_server: ScriptedSmtp) -> None:
    gate = smtp_server.hold(Phase.FINAL_DOT)
    async with client_of(smtp_server) as client:
        sending = asyncio.create_task(client.send_message(letter()))
        await gate.reached()
        assert not sending.done()
        assert not smtp_server.accepted
        gate.release()
        await sending
    assert smtp_server.accepted[0].reply_sent


async def test_a_client_that_dies_at_the_gate_saw_no_reply(smtp_server: ScriptedSmtp) -> None:
    gate = smtp_server.hold(Phase.ACCEPTED)
    client = client_of(smtp_server)
    await client.connect()
    sending = asyncio.create_task(client.send_message(letter()))
    await gate.reached()
    sending.cancel()
    client.close()
    await asyncio.wait({sending})
    await smtp_server.wait_for_hang_ups(1)
    gate.release()
    await smtp_server.wait_until_idle()
    assert [accepted.reply_sent for accepted in smtp_server.accepted] == [False]


async def test_a_server_that_is_down_comes_back_on_the_same_port(
    smtp_server: ScriptedSmtp,
) -> None:
    await smtp_server.stop()
    with pytest.raises(aiosmtplib.SMTPConnectError):
        await client_of(smtp_server).connect()
    await smtp_server.start()
    async with client_of(smtp_server) as client:
        await client.send_message(letter())
    assert len(smtp_server.accepted) == 1


async def test_connections_are_counted(smtp_server: ScriptedSmtp) -> None:
    async with client_of(smtp_server), client_of(smtp_server):
        await smtp_server.wait_for_connections(2)
    await smtp_server.wait_until_idle()
    assert (smtp_server.connections.value, smtp_server.most_open) == (2, 2)
