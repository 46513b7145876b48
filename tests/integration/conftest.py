"""The whole app and a user in it, and the posting side alone, over the same two ends."""

from collections.abc import AsyncIterator

import pytest

from bot.app import App
from bot.locales import LANGUAGES, Catalog, catalog
from tests.support.app import FakeUser, Harness
from tests.support.bot_api import BotApiServer
from tests.support.delivery_side import Lanes


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
async def lanes(harness: Harness) -> AsyncIterator[Lanes]:
    async with harness.lanes() as opened:
        yield opened


@pytest.fixture
def calls_over_http(harness: Harness, bot_api: BotApiServer) -> None:
    """Let the program's calls go to a Bot API on loopback."""
    harness.api = bot_api


@pytest.fixture(params=LANGUAGES)
def speech(request: pytest.FixtureRequest) -> Catalog:
    """Return each language's catalog in turn."""
    return catalog(request.param)
