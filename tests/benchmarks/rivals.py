"""Other ways to bring mail to a server: `python -m tests.benchmarks.rivals WAY PORT FILE NUMBER N`.

`old`: smtplib, a connection a mail, one after another, each mail built by `email`. `ready`: the
file's bytes as they are over N connections of aiosmtplib, which is as fast as this library goes.
"""

import asyncio
import smtplib
import sys
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

import aiosmtplib

from tests.support.loopback import HOST

_SENDER, _RECIPIENT = "letters@mailbox.example", "reader@example.com"


def _old(port: int, content: bytes, number: int) -> None:
    page = message_from_bytes(content, policy=policy.default)
    assert isinstance(page, EmailMessage)
    text, html = (part.get_content() for part in page.iter_parts())
    subject = str(page["Subject"])
    for _ in range(number):
        mail = MIMEMultipart("alternative")
        mail["Subject"], mail["From"], mail["To"] = subject, _SENDER, _RECIPIENT
        mail.attach(MIMEText(text, "plain", "utf-8"))
        mail.attach(MIMEText(html, "html", "utf-8"))
        with smtplib.SMTP(HOST, port) as client:
            client.send_message(mail)


async def _ready(port: int, content: bytes, number: int, connections: int) -> None:
    turns = iter(range(number))

    async def send() -> None:
        async with aiosmtplib.SMTP(hostname=HOST, port=port, start_tls=False) as client:
            for _ in turns:
                await client.sendmail(_SENDER, _RECIPIENT, content)

    await asyncio.gather(*(send() for _ in range(connections)))


def main() -> None:
    """Send so many mails."""
    way, port, file, number, connections = sys.argv[1:]
    content = Path(file).read_bytes()
    if way == "old":
        _old(int(port), content, int(number))
    else:
        asyncio.run(_ready(int(port), content, int(number), int(connections)))


if __name__ == "__main__":
    main()
