"""A mail server on loopback that keeps what it's handed as files."""

import asyncio
import email
import email.policy
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.email_address import BadAddress, check
from bot.email_address.mailbox_forms import exact_form
from bot.local.files import write_whole

HOST = "127.0.0.1"
REFUSED = "refused.txt"
DEEP_LINK = re.compile(r"https://t\.me/\w+\?start=[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail received; numbers count from 1 in order of arrival."""

    number: int
    path: Path
    recipient: str
    subject: str


class MailServer:
    """Takes any mail over SMTP (RFC 5321, SMTPUTF8 included) and writes each to `<NNNN>.eml`.

    `on_mail` is told once a mail is in its file. The numbers go on from the files there are, and
    so do the refusals from `refused.txt`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.on_mail: Callable[[Mail], None] = _ignore
        self._last = max((_number(path) for path in _files(folder)), default=0)
        self._refused = _refusals(folder)
        self._server: asyncio.Server | None = None
        self._connections: WeakSet[SMTP] = WeakSet()
        # aiosmtpd logs every address at INFO.
        logging.getLogger("mail.log").setLevel(logging.ERROR)

    @property
    def port(self) -> int:
        """Return the port on 127.0.0.1. Raises RuntimeError while not started."""
        if self._server is None:
            raise RuntimeError("the mail server isn't started")
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen on a free port. Raises OSError where there is none."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, HOST, 0)

    async def stop(self) -> None:
        """Close the port and every connection; stopped twice is stopped."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for connection in list(self._connections):
            if connection.transport is not None:
                connection.transport.close()
        await server.wait_closed()

    def mails(self) -> list[Mail]:
        """Return all mails there are, in order of arrival. Raises OSError."""
        return [_mail(path) for path in sorted(_files(self.folder), key=_number)]

    def mail(self, number: int) -> Mail:
        """Return the mail of that number. Raises LookupError where there is none."""
        for path in _files(self.folder):
            if _number(path) == number:
                return _mail(path)
        raise LookupError("no such mail")

    def text(self, number: int) -> str:
        """Return that mail's text/plain part, decoded, lines ending in LF; empty where it has none.

        Raises LookupError where there is no such mail.
        """
        body = _parsed(self.mail(number).path).get_body(preferencelist=("plain",))
        return str(body.get_content()).replace("\r\n", "\n") if body is not None else ""

    def html(self, number: int) -> str | None:
        """Return that mail's text/html part, decoded; None where it has none.

        Raises LookupError where there is no such mail.
        """
        body = _parsed(self.mail(number).path).get_body(preferencelist=("html",))
        return str(body.get_content()) if body is not None else None

    def refuse(self, address: str) -> bool:
        """Refuse mail for an address from now on, or take it again; returns whether it's refused.

        Raises OSError.
        """
        self._refused ^= {exact_form(address)}
        write_whole(
            self.folder / REFUSED, "".join(f"{each}\n" for each in sorted(self._refused)).encode()
        )
        return exact_form(address) in self._refused

    def newest_link(self, label: str = "") -> str | None:
        """Return the first deep link in the newest mail's text on whose line is `label`, or None.

        See https://core.telegram.org/bots/features#deep-linking.
        """
        newest = max((_number(path) for path in _files(self.folder)), default=0)
        lines = self.text(newest).split("\n") if newest else []
        found = (DEEP_LINK.search(line) for line in lines if label.casefold() in line.casefold())
        return next((link.group() for link in found if link), None)

    def _connection(self) -> SMTP:
        # A host name of its own keeps aiosmtpd from asking the DNS for one.
        connection = SMTP(
            SimpleNamespace(handle_RCPT=self._take_or_refuse, handle_DATA=self._receive),
            hostname="localhost",
            enable_SMTPUTF8=True,
            loop=asyncio.get_running_loop(),
        )
        self._connections.add(connection)
        return connection

    async def _take_or_refuse(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        if _canonical(address) in self._refused:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def _receive(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        number = self._last + 1
        path = self.folder / f"{number:04}.eml"
        write_whole(path, envelope.original_content or b"")
        self._last = number
        self.on_mail(_mail(path))
        return f"250 2.0.0 Kept as {path.name}"


def _ignore(_: Mail) -> None:
    """Let a mail pass by."""


def _refusals(folder: Path) -> set[str]:
    file = folder / REFUSED
    return set(file.read_text().split()) if file.exists() else set()


def _canonical(address: str) -> str:
    """Return the form of a recipient's address in which it is refused."""
    try:
        return exact_form(check(address).address)
    except BadAddress:
        return exact_form(address)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.eml") if path.stem.isdecimal()]


def _number(path: Path) -> int:
    return int(path.stem)


def _mail(path: Path) -> Mail:
    message = _parsed(path)
    return Mail(
        number=_number(path),
        path=path,
        recipient=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
    )


def _parsed(path: Path) -> EmailMessage:
    with path.open("rb") as file:
        return email.message_from_binary_file(file, policy=email.policy.default)
