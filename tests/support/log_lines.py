"""Log lines as the operator reads them, but for their time and logger."""

import logging

import pytest

from bot.log import DiscreetFormatter


def log_lines(caplog: pytest.LogCaptureFixture, level: int = logging.WARNING) -> list[str]:
    """Return the lines from `level` on, each from its event on."""
    lines = [DiscreetFormatter([]).format(each) for each in caplog.records if each.levelno >= level]
    return [line[line.index("event=") :] for line in lines]
