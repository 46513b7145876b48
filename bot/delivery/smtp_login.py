"""The login at a mail server: one mechanism of those it offers, tried once (RFC 4954).

A server answers a wrong password late and counts it, so nothing is tried in turn. What refused one
login is left out at the next: some servers offer what an account can't log in by.
"""

import asyncio
from base64 import b64decode, b64encode
from contextlib import suppress
from enum import StrEnum

import aiosmtplib

from bot import values
from bot.clock import Clock
from bot.delivery.sasl import Exchange, Mechanism, Privacy, Unproven, choose, exchange_of
from bot.settings import SmtpSettings

_LONGEST_COMMAND = 510  # RFC 5321, section 4.5.3.1.4, without its line end
_CONTINUE, _WELCOME = 334, 235
_PERMANENT = 5  # a code's first digit
_BELIEVED = 10.0  # seconds for which a refusal isn't put to the test again


class Why(StrEnum):
    """What makes a login impossible, as a reason names it."""

    NOT_OFFERED = "extension-missing"
    NO_MECHANISM = "mechanism-missing"
    NO_TOKEN = "token-unreadable"  # noqa: S105 - a reason
    UNPROVEN = "server-unproven"
    GARBLED = "garbled"


class NoLogin(aiosmtplib.SMTPException):
    """There is no way to log in, or none that the server keeps to."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


class Login:
    """The operator's account at the mail server.

    Connections log in one at a time, and none right after a refusal, which is that of all: a wrong
    password is tried once, however many letters are due. `tried` is the mechanism last taken.
    """

    def __init__(self, settings: SmtpSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._one_by_one = asyncio.Lock()
        self.tried: Mechanism | None = None
        self._refused: set[Mechanism] = set()
        self._no: aiosmtplib.SMTPAuthenticationError | None = None
        self._no_at = 0.0

    async def log_in(self, client: aiosmtplib.SMTP) -> None:
        """Log in, if there is an account.

        Raises SMTPAuthenticationError for the server's no, NoLogin, ValueError for a username or
        password that can't be sent, and whatever a connection raises that breaks.
        """
        username = self._settings.username
        if username is None:
            return
        async with self._one_by_one:
            if self._no and self._clock.monotonic() - self._no_at < _BELIEVED:
                raise aiosmtplib.SMTPAuthenticationError(self._no.code, self._no.message)
            await self._try(client, username)

    async def _try(self, client: aiosmtplib.SMTP, username: str) -> None:
        self.tried = mechanism = self._choose(client)
        secret = await self._secret()
        exchange = exchange_of(mechanism, username, secret, client.get_transport_info("ssl_object"))
        try:
            await _converse(client, mechanism, exchange)
        except aiosmtplib.SMTPAuthenticationError as no:
            self._no, self._no_at = no, self._clock.monotonic()
            if no.code // 100 == _PERMANENT:
                self._leave_out(mechanism)
            raise

    def _choose(self, client: aiosmtplib.SMTP) -> Mechanism:
        if not client.supports_extension("auth"):
            raise NoLogin(Why.NOT_OFFERED)
        mechanism = choose(
            client.server_auth_methods,
            self._privacy(client),
            by_token=self._settings.oauth_token_file is not None,
            refused=self._refused,
        )
        if mechanism is None:
            raise NoLogin(Why.NO_MECHANISM)
        return mechanism

    def _privacy(self, client: aiosmtplib.SMTP) -> Privacy:
        if client.get_transport_info("ssl_object") is not None:
            return Privacy.ENCRYPTED
        local = values.is_this_machine(self._settings.host)
        return Privacy.LOCAL if local else Privacy.READABLE

    async def _secret(self) -> str:
        """Return the password, or the access token as it is now: another program renews it."""
        file = self._settings.oauth_token_file
        if file is None:
            return self._settings.password or ""
        try:
            return await asyncio.to_thread(values.contents, str(file))
        except values.ConfigError:
            raise NoLogin(Why.NO_TOKEN) from None

    def _leave_out(self, mechanism: Mechanism) -> None:
        """Leave a mechanism out at the next login; once all have refused, begin again."""
        if mechanism in self._refused:
            self._refused.clear()
        self._refused.add(mechanism)


async def _converse(client: aiosmtplib.SMTP, mechanism: Mechanism, exchange: Exchange) -> None:
    try:
        reply = await _begin(client, mechanism, next(exchange))
        while reply.code == _CONTINUE:
            response = exchange.send(_decoded(reply.message))
            reply = await client.execute_command(b64encode(response or b""))
        if reply.code != _WELCOME:
            raise aiosmtplib.SMTPAuthenticationError(reply.code, reply.message)
        with suppress(StopIteration):
            exchange.send(None)
    except StopIteration:
        raise NoLogin(Why.GARBLED) from None
    except Unproven:
        raise NoLogin(Why.UNPROVEN) from None


async def _begin(
    client: aiosmtplib.SMTP, mechanism: Mechanism, first: bytes | None
) -> aiosmtplib.SMTPResponse:
    """Name the mechanism, and send the first response along where a command has room for it."""
    command = f"AUTH {mechanism}".encode()
    if first is None:
        return await client.execute_command(command)
    encoded = b64encode(first)
    if len(command) + 1 + len(encoded) <= _LONGEST_COMMAND:
        return await client.execute_command(command, encoded)
    reply = await client.execute_command(command)
    return await client.execute_command(encoded) if reply.code == _CONTINUE else reply


def _decoded(challenge: str) -> bytes:
    """Return a challenge; nothing for one that isn't in base64, which only some would mind."""
    try:
        return b64decode(challenge, validate=True)
    except ValueError:
        return b""
