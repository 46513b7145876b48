"""Which way to log in is taken, and that each says what its specification says."""

import base64

import pytest

from bot.delivery.sasl import Exchange, Mechanism, Privacy, Unproven, choose, exchange_of

ALL = tuple(Mechanism)
RFC_7677_FIRST = (
    b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
)


@pytest.mark.parametrize(
    ("offered", "privacy", "chosen"),
    [
        # what hides the password goes first, bound to the connection where that is encrypted
        (ALL, Privacy.ENCRYPTED, "SCRAM-SHA-256-PLUS"),
        (ALL, Privacy.LOCAL, "SCRAM-SHA-256"),
        (ALL, Privacy.READABLE, "SCRAM-SHA-256"),
        (["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256"], Privacy.ENCRYPTED, "SCRAM-SHA-1-PLUS"),
        (["SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"], Privacy.LOCAL, "SCRAM-SHA-1"),
        (["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"], Privacy.ENCRYPTED, "SCRAM-SHA-256"),
        (["PLAIN", "SCRAM-SHA-1"], Privacy.ENCRYPTED, "SCRAM-SHA-1"),
        # then the password as it is, to where nobody reads it on the way
        (["LOGIN", "PLAIN", "CRAM-MD5"], Privacy.ENCRYPTED, "PLAIN"),
        (["LOGIN", "PLAIN", "CRAM-MD5"], Privacy.LOCAL, "PLAIN"),
        (["LOGIN", "PLAIN", "CRAM-MD5"], Privacy.READABLE, "CRAM-MD5"),
        (["LOGIN", "PLAIN"], Privacy.READABLE, "PLAIN"),
        # LOGIN last
        (["LOGIN", "CRAM-MD5"], Privacy.ENCRYPTED, "CRAM-MD5"),
        (["LOGIN"], Privacy.ENCRYPTED, "LOGIN"),
        (["GSSAPI", "login", "ntlm", "plain"], Privacy.ENCRYPTED, "PLAIN"),
        # nothing that is known, or fit
        (["GSSAPI", "NTLM", "XOAUTH2", "OAUTHBEARER"], Privacy.ENCRYPTED, None),
        (["SCRAM-SHA-256-PLUS"], Privacy.READABLE, None),
        ([], Privacy.ENCRYPTED, None),
    ],
)
def test_the_way_to_log_in_is(offered: list[str], privacy: Privacy, chosen: str | None) -> None:
    assert choose(offered, privacy) == chosen
    assert choose(reversed(list(offered)), privacy) == chosen


@pytest.mark.parametrize("privacy", Privacy)
def test_a_token_is_sent_by_xoauth2_or_not_at_all(privacy: Privacy) -> None:
    assert choose(ALL, privacy, by_token=True) is Mechanism.XOAUTH2
    assert choose(["PLAIN", "LOGIN"], privacy, by_token=True) is None


def test_what_refused_the_last_login_is_taken_again_only_when_all_have() -> None:
    offered, refused = ["PLAIN", "LOGIN", "SCRAM-SHA-256"], set[Mechanism]()
    for expected in (Mechanism.SCRAM_SHA_256, Mechanism.PLAIN, Mechanism.LOGIN):
        chosen = choose(offered, Privacy.ENCRYPTED, refused=refused)
        assert chosen is expected
        refused.add(chosen)
    assert choose(offered, Privacy.ENCRYPTED, refused=refused) is Mechanism.SCRAM_SHA_256


def test_plain_is_as_in_rfc_4616() -> None:
    exchange = exchange_of(Mechanism.PLAIN, "tim", "tanstaaftanstaaf")
    assert next(exchange) == b"\0tim\0tanstaaftanstaaf"
    assert is_over(exchange)


def test_login_waits_to_be_asked_for_each() -> None:
    exchange = exchange_of(Mechanism.LOGIN, "tim", "비밀")
    assert next(exchange) is None
    assert exchange.send(b"Username:") == b"tim"
    assert exchange.send(b"Password:") == "비밀".encode()
    assert is_over(exchange)


def test_cram_md5_is_as_in_rfc_2195() -> None:
    exchange = exchange_of(Mechanism.CRAM_MD5, "tim", "tanstaaftanstaaf")
    assert next(exchange) is None
    response = exchange.send(b"<1896.697170952@postoffice.reston.mci.net>")
    assert response == b"tim b913a602c7eda7a495b4e6e7334d3890"
    assert is_over(exchange)


def test_xoauth2_is_as_google_describes_it() -> None:
    token = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"
    exchange = exchange_of(Mechanism.XOAUTH2, "someuser@example.com", token)
    assert base64.b64encode(next(exchange) or b"") == (
        b"dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhk"
        b"SFJoZG1semRHRXVZMjl0Q2cBAQ=="
    )
    assert exchange.send(b'{"status":"401","schemes":"bearer mac","scope":"..."}') == b""


@pytest.fixture
def scram(monkeypatch: pytest.MonkeyPatch) -> Exchange:
    """Return the exchange of RFC 7677, section 3, as far as the client's first message."""
    monkeypatch.setattr("scramp.core.token_hex", lambda: "rOprNGfwEbeRWgbNEkqO")
    exchange = exchange_of(Mechanism.SCRAM_SHA_256, "user", "pencil")
    assert next(exchange) == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    return exchange


def test_scram_is_as_in_rfc_7677(scram: Exchange) -> None:
    assert scram.send(RFC_7677_FIRST) == (
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )
    assert scram.send(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=") == b""
    assert is_over(scram)


@pytest.mark.parametrize(
    "final",
    [None, b"", b"v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", b"v=", b"\xff"],
    ids=["let in at once", "empty", "wrong", "no signature", "no text"],
)
def test_a_server_that_cannot_show_that_it_knows_the_password_is_not_believed(
    scram: Exchange, final: bytes | None
) -> None:
    scram.send(RFC_7677_FIRST)
    with pytest.raises(Unproven):
        scram.send(final)


def test_an_error_that_scram_tells_is_acknowledged_and_no_welcome_believed(scram: Exchange) -> None:
    scram.send(RFC_7677_FIRST)
    assert scram.send(b"e=invalid-proof") == b""
    with pytest.raises(Unproven):
        scram.send(None)


@pytest.mark.parametrize(
    "first",
    [
        None,
        b"",
        b"not what was asked for",
        RFC_7677_FIRST.replace(b"i=4096", b"i=1"),
        RFC_7677_FIRST.replace(b"i=4096", b"i=9000000"),
        RFC_7677_FIRST.replace(b"r=rOpr", b"r=another"),
    ],
    ids=["let in at once", "empty", "garbage", "too little work", "too much work", "replayed"],
)
def test_a_challenge_that_no_honest_server_sends_ends_the_login(
    scram: Exchange, first: bytes | None
) -> None:
    with pytest.raises(Unproven):
        scram.send(first)


def test_a_username_that_scram_has_no_form_for_is_a_bad_value() -> None:
    with pytest.raises(ValueError, match="username or password"):
        next(exchange_of(Mechanism.SCRAM_SHA_256, "a\u0007b", "pencil"))


def is_over(exchange: Exchange) -> bool:
    """Return whether a client has nothing more to say once it is let in."""
    try:
        exchange.send(None)
    except StopIteration:
        return True
    return False
