"""Connections to the mail server: each phase has its time limit, and a doubt closes the socket."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import aiosmtplib

from bot.delivery.outcome import Abandoned, Blame, Cause, Clarity, LaneFault, Outcome, Refused, Sent
from bot.delivery.smtp_login import Login, NoLogin, Why
from bot.delivery.smtp_replies import (
    DROPPED,
    SILENCE,
    Phase,
    classify_break,
    classify_reply,
    is_policy_for_now,
)
from bot.delivery.transport import BeforeSend
from bot.mail.compose import Envelope
from bot.settings import Security, SmtpSettings

_GO_AHEAD = 354
_ACCEPTED = 2
_SHUTTING_DOWN = 421
_CLEAR_NO = range(400, 600)
_UNKNOWN_COMMAND = {500, 502}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds for each answer, letters for each connection, seconds it may stay idle."""

    opening: float = 30
    command: float = 60
    final_dot: float = 600  # RFC 5321 4.5.3.2.6
    goodbye: float = 0.5
    letters: int = 100
    idle: float = 45


class SmtpFailure(Exception):
    """An attempt ended otherwise than by a clear yes; `outcome` says how.

    `connection_stands`: the server gave a clear no, and takes other letters still.
    `stale`: a kept connection turned out to have been closed meanwhile; a new one may do.
    `too_many`: that may be for there being more connections than the server wants.
    """

    def __init__(
        self, phase: Phase, outcome: Outcome, *, connection_stands: bool, too_many: bool = False
    ) -> None:
        super().__init__(str(phase))
        self.phase = phase
        self.outcome = outcome
        self.connection_stands = connection_stands
        self.too_many = too_many
        self.stale = False


class Session:
    """One connection. It is `usable` while nothing on it is in doubt."""

    def __init__(self, client: aiosmtplib.SMTP, limits: Limits) -> None:
        self._client = client
        self._limits = limits
        self.usable = True
        self.letters = 0

    @classmethod
    async def open(
        cls, settings: SmtpSettings, login: Login, context: ssl.SSLContext | None, limits: Limits
    ) -> "Session":
        """Connect, protect the connection as the settings want, log in. Raises SmtpFailure."""
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            timeout=None,
            use_tls=settings.security is Security.TLS,
            start_tls=False,
            tls_context=context,
            local_hostname=settings.domain,
        )
        try:
            await _open(client, settings, login, limits)
        except BaseException:
            client.close()
            raise
        return cls(client, limits)

    async def submit(self, envelope: Envelope, before_send: BeforeSend) -> Outcome:
        """Submit a message; returns what came of it. Raises SmtpFailure, and as `before_send`."""
        self.usable = False
        options = ("SMTPUTF8", "BODY=8BITMIME") if envelope.smtputf8 else ()
        try:
            await self._announce(envelope, options)
            if not await before_send():
                return Abandoned()
            await self._transfer(envelope.content)
        except SmtpFailure as end:
            if end.connection_stands:
                await self._reset()
            else:
                end.stale = self.letters > 0 and end.phase is Phase.MAIL
            raise
        return Sent()

    async def rehearse(self, sender: str, recipient: str) -> None:
        """Ask whether a letter may go from `sender` to `recipient`, and take it back.

        Both are bare addresses in ASCII. Raises SmtpFailure.
        """
        self.usable = False
        try:
            await self._address(sender, recipient)
        except SmtpFailure as end:
            if end.connection_stands:
                await self._reset()
            raise
        await self._reset()

    async def quit(self) -> None:
        """Take leave politely if the server lets us, and close."""
        with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
            async with asyncio.timeout(self._limits.goodbye):
                await self._client.quit()
        self.close()

    def close(self) -> None:
        """Close the socket at once."""
        self.usable = False
        self._client.close()

    async def _announce(self, envelope: Envelope, options: tuple[str, ...]) -> None:
        if envelope.smtputf8 and not self._client.supports_extension("smtputf8"):
            raise SmtpFailure(Phase.MAIL, _unusable(Phase.MAIL), connection_stands=False)
        await self._address(envelope.sender, envelope.recipient, options)
        async with _phase(Phase.DATA, self._limits.command):
            reply = await self._client.execute_command(b"DATA")
            if reply.code != _GO_AHEAD:
                raise aiosmtplib.SMTPDataError(reply.code, reply.message)

    async def _address(self, sender: str, recipient: str, options: tuple[str, ...] = ()) -> None:
        encoding = "utf-8" if options else "ascii"
        async with _phase(Phase.MAIL, self._limits.command):
            await self._command(f"MAIL FROM:<{sender}>", encoding, *options)
        async with _phase(Phase.RCPT, self._limits.command):
            await self._command(f"RCPT TO:<{recipient}>", encoding)

    async def _command(self, command: str, encoding: str, *options: str) -> None:
        """Send a command that is to be answered with a yes."""
        parts = (command.encode(encoding), *(each.encode("ascii") for each in options))
        reply = await self._client.execute_command(*parts)
        if reply.code // 100 != _ACCEPTED:
            raise aiosmtplib.SMTPResponseException(reply.code, reply.message)

    async def _transfer(self, content: bytes) -> None:
        async with _phase(Phase.FINAL_DOT, self._limits.final_dot):
            protocol = self._client.protocol
            if protocol is None:
                raise aiosmtplib.SMTPServerDisconnected("gone before the content left")
            protocol.write(_dot_stuffed(content) + b".\r\n")
            reply = await protocol.read_response()
            if reply.code // 100 != _ACCEPTED:
                raise aiosmtplib.SMTPDataError(reply.code, reply.message)
        self.letters += 1
        self.usable = True

    async def _reset(self) -> None:
        """Make the connection fit for another letter after a clear no."""
        with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
            async with asyncio.timeout(self._limits.command):
                await self._client.rset()
            self.usable = True


async def _open(
    client: aiosmtplib.SMTP, settings: SmtpSettings, login: Login, limits: Limits
) -> None:
    async with _phase(Phase.GREETING, limits.opening):
        await client.connect()
    async with _phase(Phase.EHLO, limits.opening):
        await _introduce(client)
    if settings.security is Security.STARTTLS:
        async with _phase(Phase.STARTTLS, limits.opening):
            await client.starttls()
        async with _phase(Phase.EHLO, limits.opening):
            await _introduce(client)
    async with _phase(Phase.AUTH, limits.opening):
        await login.log_in(client)


async def _introduce(client: aiosmtplib.SMTP) -> None:
    """Say EHLO; to a server of before 1995, which knows no extension, HELO (RFC 5321, 3.2)."""
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as no:
        if no.code not in _UNKNOWN_COMMAND:
            raise
        await client.helo()


@asynccontextmanager
async def _phase(phase: Phase, seconds: float) -> AsyncIterator[None]:
    """Bound a phase in time and turn each way it can fail into SmtpFailure."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except (aiosmtplib.SMTPException, OSError, ValueError) as failure:
        raise SmtpFailure(
            phase,
            _outcome(phase, failure),
            connection_stands=_stands(failure),
            too_many=_says_too_many(phase, failure),
        ) from None


def _dot_stuffed(content: bytes) -> bytes:
    """Return content with a second dot before each that begins a line (RFC 5321 4.5.2)."""
    stuffed = content.replace(b"\n.", b"\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def _outcome(phase: Phase, failure: Exception) -> Outcome:
    if isinstance(failure, aiosmtplib.SMTPResponseException) and failure.code > 0:
        return classify_reply(phase, failure.code, failure.message)
    if isinstance(failure, NoLogin):
        reason = f"smtp-{failure.why}@{phase}"
        cause = Cause.TOKEN_FILE if failure.why is Why.NO_TOKEN else Cause.LOGIN
        return LaneFault(reason=reason, urgent=True, cause=cause)
    if isinstance(failure, ssl.SSLError) or isinstance(failure.__cause__, ssl.SSLError):
        reason = f"smtp-tls-refused@{phase}"
        return LaneFault(reason=reason, urgent=True, cause=Cause.CERTIFICATE)
    if isinstance(failure, aiosmtplib.SMTPNotSupported | ValueError):
        return _unusable(phase)
    if kind := _kind_of_break(failure):
        return classify_break(phase, kind)
    if isinstance(failure, aiosmtplib.SMTPResponseException) or not phase.before_letter:
        return classify_break(phase, "garbled")
    reason = f"smtp-extension-missing@{phase}"
    return LaneFault(reason=reason, urgent=True, cause=Cause.ENCRYPTION)


def _kind_of_break(failure: Exception) -> str | None:
    if isinstance(failure, TimeoutError):
        return SILENCE
    if isinstance(failure, aiosmtplib.SMTPConnectError):
        return "unreachable"
    return DROPPED if isinstance(failure, OSError) else None


def _unusable(phase: Phase) -> Outcome:
    """Return what a value means that can't be sent to the server: a setting, later the address."""
    if phase.before_letter:
        return LaneFault(reason=f"smtp-setting-unusable@{phase}", urgent=True)
    reason = f"smtp-address-unsupported@{phase}"
    return Refused(reason=reason, blame=Blame.ADDRESS, clarity=Clarity.CERTAIN)


def _says_too_many(phase: Phase, failure: Exception) -> bool:
    """Return whether a failure may be for there being too many connections at once."""
    if isinstance(failure, aiosmtplib.SMTPResponseException) and failure.code > 0:
        if failure.code == _SHUTTING_DOWN:
            return phase.before_letter or phase is Phase.MAIL
        return phase.before_letter and is_policy_for_now(failure.code, failure.message)
    return phase.before_letter and _kind_of_break(failure) in {"unreachable", "dropped"}


def _stands(failure: Exception) -> bool:
    return (
        isinstance(failure, aiosmtplib.SMTPResponseException)
        and failure.code in _CLEAR_NO
        and failure.code != _SHUTTING_DOWN
    )
