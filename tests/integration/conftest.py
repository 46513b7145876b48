"""The posting side alone, over the scripted mail server and the embedded Telegram."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.local.telegram import Telegram
from tests.support.bot_api import BotApiServer
from tests.support.clock import ManualClock
from tests.support.post_office import Posting
from tests.support.smtpd import ScriptedSmtp
from tests.support.street import Street


@pytest.fixture
def street(
    tmp_path: Path, clock: ManualClock, telegram: Telegram, smtp_server: ScriptedSmtp
) -> Street:
    return Street(tmp_path, clock, telegram, smtp_server)


@pytest.fixture
async def office(street: Street) -> AsyncIterator[Posting]:
    async with street.open() as opened:
        yield opened


@pytest.fixture
async def bot_api(telegram: Telegram) -> AsyncIterator[BotApiServer]:
    """Serve the embedded Telegram over HTTP."""
    async with BotApiServer(telegram) as server:
        yield server
