"""The whole app and a user in it, and the posting side alone, over the two ends' doubles."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import App
from tests.support.app import FakeUser, Harness
from tests.support.bot_api import BotApiServer
from tests.support.clock import ManualClock
from tests.support.delivery_side import Lanes
from tests.support.outbox_stage import OutboxStage
from tests.support.smtpd import ScriptedSmtp
from tests.support.telegram import ScriptedTelegram


@pytest.fixture
async def app(harness: Harness) -> AsyncIterator[App]:
    """Open the app; a test that opens it again, or sets it up first, does so by `harness`."""
    async with harness.app() as opened:
        yield opened


@pytest.fixture
def user(harness: Harness, app: App) -> FakeUser:
    """Return someone who speaks English with that app."""
    return harness.user(app)


@pytest.fixture
def stage(
    tmp_path: Path, clock: ManualClock, telegram: ScriptedTelegram, smtp_server: ScriptedSmtp
) -> OutboxStage:
    return OutboxStage(tmp_path, clock, telegram, smtp_server)


@pytest.fixture
async def lanes(stage: OutboxStage) -> AsyncIterator[Lanes]:
    async with stage.open() as opened:
        yield opened


@pytest.fixture
async def bot_api(telegram: ScriptedTelegram) -> AsyncIterator[BotApiServer]:
    """Serve the embedded Telegram over HTTP."""
    async with BotApiServer(telegram) as server:
        yield server
