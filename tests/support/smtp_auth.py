"""The mail server's side of a login: what it asks, and whom it lets in (RFC 4954)."""

import base64
import binascii
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from scramp import ScramException, ScramMechanism

Ask = Callable[[bytes], Awaitable[bytes]]
"""Sends a challenge; returns the client's response to it."""

Credentials = Mapping[str, str]
"""The password of each user, or the access token."""

CHALLENGE = b"<1896.697170952@postoffice.example>"


async def user_let_in(
    mechanism: str, initial: str, credentials: Credentials, ask: Ask, certificate: bytes = b""
) -> str | None:
    """Return the user who logs in so; None for one who may not.

    `initial` is what came with the command. `certificate` is the server's, hashed (RFC 5929, 4).
    """
    first = partial(_first, initial, ask)
    match mechanism.upper():
        case "PLAIN":
            return _known(credentials, *_plain(await first()))
        case "LOGIN":
            user = decoded(initial) if initial else await ask(b"Username:")
            return _known(credentials, user.decode(), (await ask(b"Password:")).decode())
        case "CRAM-MD5":
            return _cram_md5(await ask(CHALLENGE), credentials)
        case "XOAUTH2":
            return await _xoauth2(await first(), credentials, ask)
        case name:
            return await _scram(name, await first(), credentials, ask, certificate)


def decoded(text: str) -> bytes:
    """Return what a client sent in base64; nothing for what isn't."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


async def _first(initial: str, ask: Ask) -> bytes:
    return decoded(initial) if initial else await ask(b"")


def _plain(response: bytes) -> tuple[str, str]:
    _, user, password = [*response.decode().split("\0"), "", ""][:3]
    return user, password


def _known(credentials: Credentials, user: str, secret: str) -> str | None:
    return user if user and credentials.get(user) == secret else None


def _cram_md5(response: bytes, credentials: Credentials) -> str | None:
    user, _, digest = response.decode().rpartition(" ")
    password = credentials.get(user)
    if password is None:
        return None
    expected = hmac.new(password.encode(), CHALLENGE, "md5").hexdigest()
    return user if hmac.compare_digest(digest, expected) else None


async def _xoauth2(response: bytes, credentials: Credentials, ask: Ask) -> str | None:
    user, bearer, *_ = [*response.decode().split("\x01"), "", ""]
    user, token = user.removeprefix("user="), bearer.removeprefix("auth=Bearer ")
    if known := _known(credentials, user, token):
        return known
    await ask(json.dumps({"status": "400", "schemes": "Bearer", "scope": "mail"}).encode())
    return None


async def _scram(
    name: str, first: bytes, credentials: Credentials, ask: Ask, certificate: bytes
) -> str | None:
    mechanism = ScramMechanism(name)
    user = first.decode().partition("n=")[2].partition(",")[0]

    def known(_: str) -> object:
        return mechanism.make_auth_info(credentials.get(user, "none"))

    binding = ("tls-server-end-point", certificate) if name.endswith("-PLUS") else None
    server = mechanism.make_server(known, binding)
    try:
        server.set_client_first(first.decode())
        server.set_client_final((await ask(server.get_server_first().encode())).decode())
        await ask(server.get_server_final().encode())
    except ScramException:
        return None
    return user
