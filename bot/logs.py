"""What the operator reads: one line an event, and nothing that people wrote or that opens a door.

Only this program's own loggers follow LOG_LEVEL. Of an exception its type and place are told, never
its text: a mail server's words may quote an address, an HTTP client's the bot's token.
"""

import logging
import sys
import traceback
from collections.abc import Iterable
from types import TracebackType

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def set_up(level: str, secrets: Iterable[str]) -> None:
    """Send log lines to standard error; `level` is that of the program's own loggers."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(DiscreetFormatter(secrets))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("bot").setLevel(level)


class DiscreetFormatter(logging.Formatter):
    """Writes `time level logger message`, secrets blotted out, exceptions' texts left out."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return line

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 - logging's own name
        """Give the exception's type and where it was raised."""
        kind, _, trace = ei
        if kind is None:
            return ""
        places = (f"{f.filename}:{f.lineno} in {f.name}" for f in traceback.extract_tb(trace))
        return "\n  ".join([f"{kind.__module__}.{kind.__qualname__}", *places])
