"""The posting side alone, over the scripted mail server and the embedded Telegram."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.local.telegram import Telegram
from tests.support.clock import ManualClock
from tests.support.post_office import Posting, in_memory, posting, smtp_settings
from tests.support.smtpd import ScriptedSmtp


@pytest.fixture
async def office(
    tmp_path: Path, clock: ManualClock, telegram: Telegram, smtp_server: ScriptedSmtp
) -> AsyncIterator[Posting]:
    async with posting(
        tmp_path, clock, smtp=smtp_settings(smtp_server), bot=in_memory(telegram)
    ) as opened:
        yield opened
