"""What every test stands on: a network that ends at loopback, a clock, a mail server."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.clock import ManualClock
from tests.support.network import NetworkGuard, loopback_only
from tests.support.smtpd import ScriptedSmtp


@pytest.fixture(autouse=True)
def network_guard() -> Iterator[NetworkGuard]:
    with loopback_only() as guard:
        yield guard


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def smtp_server() -> AsyncIterator[ScriptedSmtp]:
    async with ScriptedSmtp() as server:
        yield server
