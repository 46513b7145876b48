"""The campaign's size and seed, and its one line of figures at the very end."""

import pytest

FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture
def kills(pytestconfig: pytest.Config) -> int:
    return int(pytestconfig.getoption("--kills"))


@pytest.fixture
def seed(pytestconfig: pytest.Config) -> int:
    return int(pytestconfig.getoption("--seed"))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Write the figures, a line for each campaign."""
    for line in config.stash.get(FIGURES, []):
        terminalreporter.write_line(line)
