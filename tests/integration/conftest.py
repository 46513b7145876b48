"""The whole house and a guest in it, and the posting side alone, over the two ends' doubles."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import House
from tests.support.bot_api import BotApiServer
from tests.support.clock import ManualClock
from tests.support.house import Guest, Premises
from tests.support.post_office import Posting
from tests.support.smtpd import ScriptedSmtp
from tests.support.street import Street
from tests.support.telegram import ScriptedTelegram


@pytest.fixture
async def house(premises: Premises) -> AsyncIterator[House]:
    """Open the house; a test that opens it again, or sets it up first, does so by `premises`."""
    async with premises.house() as opened:
        yield opened


@pytest.fixture
def guest(premises: Premises, house: House) -> Guest:
    """Give someone who speaks English with that house."""
    return premises.guest(house)


@pytest.fixture
def street(
    tmp_path: Path, clock: ManualClock, telegram: ScriptedTelegram, smtp_server: ScriptedSmtp
) -> Street:
    return Street(tmp_path, clock, telegram, smtp_server)


@pytest.fixture
async def office(street: Street) -> AsyncIterator[Posting]:
    async with street.open() as opened:
        yield opened


@pytest.fixture
async def bot_api(telegram: ScriptedTelegram) -> AsyncIterator[BotApiServer]:
    """Serve the embedded Telegram over HTTP."""
    async with BotApiServer(telegram) as server:
        yield server
