"""`python -m bot run` loads, until it first asks for updates, only what it needs by then."""

import gc
import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import cli
from bot.clock import SystemClock
from bot.local.telegram import Telegram
from tests.support.bot_api import BotApiServer
from tests.support.program import Program
from tests.support.settings import environ_of
from tests.support.smtpd import ScriptedSmtp

NEEDED_LATER = {
    "aiosmtpd": "the mail server inside the local mode",
    "bot.local": "the local mode",
    "bot.local_mode": "the local mode",
    "dns": "asks whether the domain of an address takes mail, once somebody types one",
    "email_validator": "reads an address, once somebody types one",
    "jinja2": "lays out a mail's page, once there is a mail to send",
    "scramp": "logs in to a mail server, if that offers SCRAM",
}
"""What takes its time to load, and what it is for."""


@pytest.fixture
async def loaded(tmp_path: Path, smtp_server: ScriptedSmtp) -> set[str]:
    """Return the modules that are loaded at the first poll."""
    async with BotApiServer(Telegram(clock=SystemClock())) as api:
        settings = environ_of(smtp_port=smtp_server.port, api=api.origin) | {"ADDRESS_DNS": "1"}
        line = ("-X", "importtime", "-m", "bot", "run")
        program = await Program.begun(*line, folder=tmp_path, environ=settings)
        try:
            await api.wait_for_calls("getUpdates", 1)
            ended = await program.terminated()
        finally:
            await program.gone()
    assert ended.code == 0
    return set(re.findall(r"^import time:.*\| +(\S+)$", ended.err, re.MULTILINE))


async def test_a_start_loads_nothing_that_is_needed_later_if_at_all(loaded: set[str]) -> None:
    assert {"bot.app", "telegram.ext"} <= loaded
    assert sorted(NEEDED_LATER.keys() & loaded) == []


@pytest.fixture
def unfrozen() -> Iterator[None]:
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("unfrozen")
def test_what_is_loaded_is_never_looked_through_for_what_could_be_let_go_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = []

    def main() -> int:
        found.append((gc.isenabled(), any(each is cli for each in gc.get_objects())))
        return 0

    monkeypatch.setattr(cli, "main", main)
    with pytest.raises(SystemExit):
        runpy.run_module("bot", run_name="__main__")
    assert found == [(True, False)]
