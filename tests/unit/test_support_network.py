import asyncio
import contextlib
import socket

import pytest

from tests.support.network import BeyondLoopbackError, loopback_only
from tests.support.smtpd import ScriptedSmtp

FAR = ("192.0.2.1", 25)


def test_a_connection_beyond_loopback_is_refused() -> None:
    with (
        socket.socket() as caller,
        pytest.raises(BeyondLoopbackError, match=r"192\.0\.2\.1"),
        loopback_only(),
    ):
        caller.connect(FAR)


def test_a_datagram_beyond_loopback_is_refused() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        pytest.raises(BeyondLoopbackError),
        loopback_only(),
    ):
        sender.sendto(b"who is it?", ("192.0.2.1", 53))


def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(BeyondLoopbackError), loopback_only():
        socket.getaddrinfo("api.telegram.org", 443)


def test_an_address_is_not_looked_up_backwards() -> None:
    with pytest.raises(BeyondLoopbackError), loopback_only():
        socket.gethostbyaddr("192.0.2.1")


async def test_the_event_loop_is_guarded_too() -> None:
    with pytest.raises(BeyondLoopbackError), loopback_only():
        await asyncio.open_connection(*FAR)


def test_an_attempt_counts_even_when_its_error_is_swallowed() -> None:
    with (
        socket.socket() as caller,
        pytest.raises(BeyondLoopbackError, match="refused"),
        loopback_only(),
        contextlib.suppress(BeyondLoopbackError),
    ):
        caller.connect(FAR)


async def test_loopback_is_free(smtp_server: ScriptedSmtp) -> None:
    for host in ("127.0.0.1", "localhost"):
        _, writer = await asyncio.open_connection(host, smtp_server.port)
        writer.close()
        await writer.wait_closed()
