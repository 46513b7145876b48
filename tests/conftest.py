"""What every test stands on: a network that ends at loopback, a clock, a mail server."""

import logging
import os
import sys
import threading
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from telegram import Bot

from bot.app import DATABASE
from bot.store import database as store
from bot.store import ledger_file
from bot.store.database import Database
from tests.support.app import Harness
from tests.support.bot_api import BotApiServer
from tests.support.clock import ManualClock
from tests.support.network import NetworkGuard, loopback_only
from tests.support.new_store import put_store
from tests.support.smtpd import ScriptedSmtp
from tests.support.telegram import ScriptedTelegram, in_memory

FIGURES = "figures"
WHOLE_PROGRAM = Path(__file__).parent / "integration"
SHARES = 3  # of a whole program's table, of which a run takes one

# How long an example takes says more of the machine than of the program.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def network_guard() -> Iterator[NetworkGuard]:
    with loopback_only() as guard:
        yield guard


@pytest.fixture(autouse=True)
def logging_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a test set the program's logging up, and leave none of it behind."""
    hooks = ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook"))
    for module, name in (*hooks, (logging, "raiseExceptions")):
        monkeypatch.setattr(module, name, getattr(module, name))
    root, ours = logging.getLogger(), logging.getLogger("bot")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


@pytest.fixture(autouse=True)
def unsynced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no store wait for the disk: no power is lost here, and tests would mostly wait."""
    for module in (store, ledger_file):
        pragmas = (*module._WRITER_PRAGMAS, "PRAGMA synchronous = OFF")
        monkeypatch.setattr(module, "_WRITER_PRAGMAS", pragmas)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def smtp_server() -> AsyncIterator[ScriptedSmtp]:
    async with ScriptedSmtp() as server:
        yield server


@pytest.fixture
def telegram(clock: ManualClock) -> ScriptedTelegram:
    return ScriptedTelegram(clock=clock)


@pytest.fixture
async def bot_api(telegram: ScriptedTelegram) -> AsyncIterator[BotApiServer]:
    """Serve the embedded Telegram over HTTP."""
    async with BotApiServer(telegram) as server:
        yield server


@pytest.fixture
async def bot(telegram: ScriptedTelegram) -> AsyncIterator[Bot]:
    """Return a client of the embedded Telegram."""
    async with in_memory(telegram) as bot:
        yield bot


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Return an empty store."""
    put_store(tmp_path)
    opened = await Database.open(tmp_path / DATABASE)
    yield opened
    await opened.close()


@pytest.fixture
def harness(
    tmp_path: Path, clock: ManualClock, smtp_server: ScriptedSmtp, telegram: ScriptedTelegram
) -> Harness:
    return Harness(folder=tmp_path, clock=clock, smtp_port=smtp_server.port, telegram=telegram)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Return no workers, which is this process alone, for the tests of one file or folder.

    Else one more than there are processors: a test of the whole program also waits for itself, as
    its threads hand over to each other.
    """
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return 0
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else None


@pytest.fixture
def crowd(request: pytest.FixtureRequest) -> int:
    """Return how many are a crowd."""
    return 1000 if request.config.getoption("whole") else 200


@pytest.fixture
def tell_figures(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Return what takes a line to be shown at the very end of the run, whichever process ran it."""
    return lambda line: request.node.user_properties.append((FIGURES, line))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the figures that the tests told, a line each."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport) and report.when == "call":
                for name, line in report.user_properties:
                    if name == FIGURES:
                        terminalreporter.write_line(str(line))


def pytest_configure(config: pytest.Config) -> None:
    """Run every row of a table where the run is of chosen files."""
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        config.option.whole = True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of each table of the whole program's, leave out the rows that are not this seed's."""
    if config.getoption("whole"):
        return
    tables = defaultdict(list)
    for item in items:
        if item.path.is_relative_to(WHOLE_PROGRAM):
            tables[item.nodeid.partition("[")[0]].append(item)
    seed = config.getoption("seed")
    left_out = {row for rows in tables.values() for row in _rows_beyond(seed, rows)}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [each for each in items if each not in left_out]


def _rows_beyond(seed: int, rows: list[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield all but a share of a table's rows, of which at least one stays."""
    shares = min(SHARES, len(rows))
    for place, row in enumerate(sorted(rows, key=lambda row: zlib.crc32(row.nodeid.encode()))):
        if place % shares != seed % shares:
            yield row


def pytest_addoption(parser: pytest.Parser) -> None:
    tables = parser.getgroup("tables", "long tables of cases")
    tables.addoption("--whole", action="store_true", help="run every row, and every crowd whole")
    crash = parser.getgroup("crash", "kill -9, tests/crash")
    crash.addoption("--kills", type=int, default=12, help="how often the program is killed")
    crash.addoption("--seed", type=int, default=1, help="what the kills are chosen by")
