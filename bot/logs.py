"""What the operator reads: one line an event, and nothing that people wrote or that opens a door.

Only this program's own loggers follow LOG_LEVEL. Of an exception its type and place are told, never
its text: a mail server's words may quote an address, an HTTP client's the bot's token. What others'
loggers say is told without its values, for the same reason.
"""

import copy
import logging
import sys
import threading
import traceback
from collections.abc import Iterable
from types import TracebackType

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

logger = logging.getLogger(__name__)

_OURS = "bot"


def set_up(level: str, secrets: Iterable[str]) -> None:
    """Send log lines to standard error; `level` is that of the program's own loggers.

    Exceptions that nobody caught are told there too, in place of Python's own way to tell them.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(DiscreetFormatter(secrets))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(_OURS).setLevel(level)
    logging.raiseExceptions = False  # or a line that can't be written is printed with its values
    sys.excepthook = _tell
    sys.unraisablehook = lambda lost: _tell(lost.exc_type, lost.exc_value, lost.exc_traceback)
    threading.excepthook = lambda lost: _tell(lost.exc_type, lost.exc_value, lost.exc_traceback)


class DiscreetFormatter(logging.Formatter):
    """Writes `time level logger message`, secrets blotted out, exceptions' texts left out."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        line = super().format(_told(record))
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


def _told(record: logging.LogRecord) -> logging.LogRecord:
    """Give a record without the values that another's logger put into it."""
    told = copy.copy(record)
    told.exc_text = None
    if record.name.partition(".")[0] != _OURS:
        told.msg, told.args = str(record.msg).partition("\n")[0], ()
    return told


def _tell(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    lost = (kind, error or BaseException(), trace)
    logger.critical("an exception was caught by nobody", exc_info=lost)
