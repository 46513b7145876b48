"""SASL as a mail server's client needs it: which mechanism, and what is said in it (RFC 4422)."""

import hmac
import ssl
from collections.abc import Collection, Generator, Iterable
from enum import Enum, StrEnum

_MOST_ITERATIONS = 1_000_000  # 0.2 seconds of work; servers ask for 4,096 to 600,000

Exchange = Generator[bytes | None, bytes | None, None]
"""A client's side: it yields its responses, first None where the server begins, and is sent the
server's challenges. Once the server has let it in, it is sent None in a challenge's place."""


class Mechanism(StrEnum):
    """A way to log in, by its name in IANA's registry of SASL mechanisms."""

    XOAUTH2 = "XOAUTH2"
    SCRAM_SHA_256_PLUS = "SCRAM-SHA-256-PLUS"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_1_PLUS = "SCRAM-SHA-1-PLUS"
    SCRAM_SHA_1 = "SCRAM-SHA-1"
    CRAM_MD5 = "CRAM-MD5"
    PLAIN = "PLAIN"
    LOGIN = "LOGIN"


class Privacy(Enum):
    """Who but the server can read what is sent to it."""

    ENCRYPTED = "nobody"
    LOCAL = "nobody beyond this machine"
    READABLE = "whoever is on the way"


class Unproven(Exception):
    """The server is none that knows the password, whatever it says."""


_BOUND = (Mechanism.SCRAM_SHA_256_PLUS, Mechanism.SCRAM_SHA_1_PLUS)
_SCRAM = (Mechanism.SCRAM_SHA_256, Mechanism.SCRAM_SHA_1)
_PREFERENCE = {
    Privacy.ENCRYPTED: (*_BOUND, *_SCRAM, Mechanism.PLAIN, Mechanism.CRAM_MD5, Mechanism.LOGIN),
    Privacy.LOCAL: (*_SCRAM, Mechanism.PLAIN, Mechanism.CRAM_MD5, Mechanism.LOGIN),
    Privacy.READABLE: (*_SCRAM, Mechanism.CRAM_MD5, Mechanism.PLAIN, Mechanism.LOGIN),
}


def choose(
    offered: Iterable[str],
    privacy: Privacy,
    *,
    by_token: bool = False,
    refused: Collection[Mechanism] = (),
) -> Mechanism | None:
    """Return the best mechanism of those offered, in whatever letter case; None if none will do.

    `by_token`: there is an access token in place of a password. One of `refused` is returned only
    where nothing else is left.
    """
    names = {name.upper() for name in offered}
    preference = (Mechanism.XOAUTH2,) if by_token else _PREFERENCE[privacy]
    usable = [each for each in preference if each in names]
    return next((each for each in usable if each not in refused), next(iter(usable), None))


def exchange_of(
    mechanism: Mechanism, username: str, secret: str, tls: ssl.SSLObject | None = None
) -> Exchange:
    """Return the client's side of a mechanism; a -PLUS binds itself to the connection `tls`.

    The exchange raises ValueError for a username or password that can't be used in it, and
    Unproven.
    """
    match mechanism:
        case Mechanism.XOAUTH2:
            return _xoauth2(username, secret)
        case Mechanism.PLAIN:
            return _plain(username, secret)
        case Mechanism.LOGIN:
            return _login(username, secret)
        case Mechanism.CRAM_MD5:
            return _cram_md5(username, secret)
        case _:
            return _scram(mechanism, username, secret, tls)


def _plain(username: str, password: str) -> Exchange:
    """RFC 4616."""
    yield f"\0{username}\0{password}".encode()


def _login(username: str, password: str) -> Exchange:
    """draft-murchison-sasl-login-00; its challenges say nothing that has to be understood."""
    yield None
    yield username.encode()
    yield password.encode()


def _cram_md5(username: str, password: str) -> Exchange:
    """RFC 2195."""
    challenge = yield None
    digest = hmac.new(password.encode(), challenge or b"", "md5").hexdigest()
    yield f"{username} {digest}".encode()


def _xoauth2(username: str, token: str) -> Exchange:
    """https://developers.google.com/workspace/gmail/imap/xoauth2-protocol.

    A refused token is told in a challenge, as JSON; the server's no follows the empty response.
    """
    yield f"user={username}\x01auth=Bearer {token}\x01\x01".encode()
    yield b""


def _scram(
    mechanism: Mechanism, username: str, password: str, tls: ssl.SSLObject | None
) -> Exchange:
    """RFC 5802, RFC 7677: the server shows that it knows the password, or it isn't believed."""
    from scramp import ScramClient, ScramException

    binding = ("tls-server-end-point", tls) if mechanism in _BOUND else None
    try:
        client = ScramClient([mechanism.value], username, password, binding)
    except ScramException:
        raise ValueError("the username or password can't be used with SCRAM") from None
    try:
        client.set_server_first(_text((yield client.get_client_first().encode())))
        if int(client.iterations) > _MOST_ITERATIONS:
            raise Unproven
        final = yield client.get_client_final().encode()
        if final is not None and final.startswith(b"e="):
            final = yield b""
        client.set_server_final(_text(final))
    except ScramException:
        raise Unproven from None
    yield b""


def _text(challenge: bytes | None) -> str:
    if challenge is None:
        raise Unproven
    return challenge.decode(errors="replace")
