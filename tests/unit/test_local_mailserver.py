import asyncio
import logging
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from bot.email_address import check
from bot.local.mailserver import Mail, MailServer


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[MailServer]:
    server = MailServer(tmp_path / "mail")
    await server.start()
    yield server
    await server.stop()


def letter(
    subject: str = "편지가 왔어요", text: str = "안녕 https://t.me/b?start=c-1 그리고"
) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "bot@localhost", "me@example.com"
    message["Subject"] = subject
    message.set_content(text)
    message.add_alternative(f"<p>{text} as HTML</p>", subtype="html")
    return message


async def send(server: MailServer, message: EmailMessage) -> None:
    await aiosmtplib.send(message, hostname="127.0.0.1", port=server.port, start_tls=False)


def connected(server: MailServer) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(hostname="127.0.0.1", port=server.port, start_tls=False)


async def test_a_mail_is_kept_and_told(server: MailServer) -> None:
    told: list[Mail] = []
    server.on_mail = told.append
    await send(server, letter())
    (mail,) = told
    assert mail == server.mail(1)
    assert server.mails() == [mail]
    assert (mail.path.name, mail.recipient) == ("0001.eml", "me@example.com")
    assert mail.subject == "편지가 왔어요"
    assert server.text(1).strip() == "안녕 https://t.me/b?start=c-1 그리고"


async def test_the_file_holds_the_very_bytes_and_is_private(server: MailServer) -> None:
    content = b"To: a@example.com\r\nSubject: x\r\n\r\n..leading dots\r\nend\r\n"
    async with connected(server) as client:
        await client.sendmail("bot@localhost", ["a@example.com"], content)
    path = server.mail(1).path
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o077 == 0
    assert [file.name for file in path.parent.iterdir()] == ["0001.eml"]


@pytest.mark.parametrize("spelt", ["me@example.com", "ME@example.COM"])
async def test_a_refused_address_is_no_mailbox_until_it_is_taken_again(
    server: MailServer, spelt: str
) -> None:
    assert server.refuse("Me@example.com")
    message = letter()
    message.replace_header("To", spelt)
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refusal:
        await send(server, message)
    [recipient] = refusal.value.recipients
    assert (recipient.code, recipient.message.split()[0]) == (550, "5.1.1")
    assert server.mails() == []
    assert not server.refuse("me@example.com")
    await send(server, message)
    assert len(server.mails()) == 1


async def test_a_refused_domain_is_known_in_both_its_spellings(server: MailServer) -> None:
    server.refuse(check("me@한국.com").address)
    message = letter()
    message.replace_header("To", "me@xn--3e0b707e.com")
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await send(server, message)


async def test_a_refusal_is_kept_over_a_restart(server: MailServer) -> None:
    server.refuse("me@example.com")
    again = MailServer(server.folder)
    await again.start()
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await send(again, letter())
    await again.stop()


async def test_a_mails_page_is_read_and_may_be_missing(server: MailServer) -> None:
    await send(server, letter(text="안녕"))
    assert (server.html(1) or "").strip() == "<p>안녕 as HTML</p>"
    message = EmailMessage()
    message["From"], message["To"] = "bot@localhost", "me@example.com"
    message.set_content("plain")
    await send(server, message)
    assert server.html(2) is None
    with pytest.raises(LookupError):
        server.html(3)


async def test_an_address_beyond_ascii_is_taken(server: MailServer) -> None:
    async with connected(server) as client:
        await client.sendmail(
            "bot@localhost",
            ["나@example.com"],
            "To: 나@example.com\r\n\r\nhi\r\n".encode(),
            mail_options=["SMTPUTF8", "BODY=8BITMIME"],
        )
    assert len(server.mails()) == 1


async def test_numbers_go_on_after_a_restart_and_past_four_digits(tmp_path: Path) -> None:
    (tmp_path / "9999.eml").write_bytes(b"To: a@example.com\n\nx")
    (tmp_path / "notes.eml").write_bytes(b"not ours")
    server = MailServer(tmp_path)
    await server.start()
    await send(server, letter())
    await server.stop()
    assert [mail.path.name for mail in server.mails()] == ["9999.eml", "10000.eml"]


async def test_the_first_deep_link_of_the_newest_mail_is_found(server: MailServer) -> None:
    assert server.newest_link() is None
    two = "https://example.com https://t.me/my_bot?start=one_A-1.\nAnother: https://t.me/my_bot?start=two"
    await send(server, letter(text=two))
    assert server.newest_link() == "https://t.me/my_bot?start=one_A-1"
    assert server.newest_link("another") == "https://t.me/my_bot?start=two"
    assert server.newest_link("none like it") is None
    await send(server, letter(text="no link"))
    assert server.newest_link() is None


async def test_a_mail_without_a_text_part_reads_as_empty(server: MailServer) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "bot@localhost", "me@example.com"
    message.set_content("<p>https://t.me/b?start=c</p>", subtype="html")
    await send(server, message)
    assert server.text(1) == ""
    assert server.newest_link() is None


async def test_a_text_reads_with_plain_line_ends_however_it_was_encoded(
    server: MailServer,
) -> None:
    content = b"Content-Transfer-Encoding: base64\r\n\r\nYQ0KYg0K\r\n"
    async with connected(server) as client:
        await client.sendmail("bot@localhost", ["a@example.com"], content)
    assert server.text(1) == "a\nb\n"


def test_there_is_no_mail_before_one_came(tmp_path: Path) -> None:
    server = MailServer(tmp_path / "none yet")
    assert server.mails() == []
    with pytest.raises(LookupError):
        server.text(1)


async def test_no_address_gets_into_the_log(
    server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await send(server, letter())
    assert "example.com" not in caplog.text


async def test_stopping_closes_open_connections(tmp_path: Path) -> None:
    server = MailServer(tmp_path)
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    await reader.readline()
    await server.stop()
    await server.stop()
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    with pytest.raises(RuntimeError):
        _ = server.port


async def test_it_greets_by_a_name_nobody_had_to_look_up(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.getfqdn", lambda: "looked-up.example")
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    assert (await reader.readline()).startswith(b"220 localhost ")
    writer.close()
    await writer.wait_closed()


async def test_many_mails_at_once_all_get_a_number_of_their_own(server: MailServer) -> None:
    await asyncio.gather(*(send(server, letter(subject=str(n))) for n in range(20)))
    mails = server.mails()
    assert [mail.number for mail in mails] == list(range(1, 21))
    assert {mail.subject for mail in mails} == {str(n) for n in range(20)}
