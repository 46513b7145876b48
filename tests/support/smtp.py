"""The words of a scripted mail session: its phases, extensions, replies, and what it accepted."""

from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import StrEnum

from tests.support.faults import Fault
from tests.support.loopback import HungUp, Wire

LARGEST_MESSAGE = 10 * 1024 * 1024
"""Bytes, as the SIZE extension states them."""


class Phase(StrEnum):
    """Where a session may be made to fail or to stop."""

    GREETING = "greeting"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    FINAL_DOT = "final dot"
    """The message has come in whole and isn't accepted yet."""
    ACCEPTED = "accepted"
    """The message is accepted and recorded; its reply isn't written yet."""


class Extension(StrEnum):
    """What EHLO may offer."""

    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    SMTPUTF8 = "SMTPUTF8"
    EIGHT_BIT = "8BITMIME"
    SIZE = f"SIZE {LARGEST_MESSAGE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A message the server has taken responsibility for, whether or not it could say so."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes = field(repr=False)
    options: tuple[str, ...]
    tls: bool
    user: str | None
    reply_sent: bool = False

    @property
    def authenticated(self) -> bool:
        """Return whether the session had logged in."""
        return self.user is not None

    @property
    def message(self) -> EmailMessage:
        """Return the content, parsed."""
        return message_from_bytes(self.content, policy=policy.SMTPUTF8)


def reply(code: int, enhanced: str = "", text: str = "so says the script") -> Fault:
    """Return the fault of answering so; after a 421 the server hangs up (RFC 5321 3.8)."""
    line = " ".join(part for part in (str(code), enhanced, text) if part)

    async def act(wire: Wire) -> None:
        await wire.write(f"{line}\r\n".encode())
        if code == 421:
            raise HungUp

    return Fault(name=f"{code} {enhanced}".strip(), act=act)
