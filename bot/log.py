"""What the operator reads: one line an event, and nothing that people wrote or that opens a door.

A line is logfmt, `time= level= logger= event=` and what the event is about, as its logger gave it
by `extra`. Only this program's own loggers follow LOG_LEVEL. Of an exception its type and place are
told, never its text: a mail server's words may quote an address, an HTTP client's the bot's token.
What others' loggers say is told without its values, for the same reason.
"""

import json
import logging
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from types import TracebackType

logger = logging.getLogger(__name__)

_OURS = "bot"
_NO_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


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
    """Writes an event as one line, secrets blotted out, exceptions' texts left out."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = " ".join(f"{name}={_value(value)}" for name, value in _fields(record))
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return line


def _fields(record: logging.LogRecord) -> Iterator[tuple[str, object]]:
    moment = datetime.fromtimestamp(record.created, UTC)
    yield "time", moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    yield "level", record.levelname.lower()
    yield "logger", record.name
    if record.name.partition(".")[0] == _OURS:
        yield "event", record.getMessage()
        yield from ((name, value) for name, value in vars(record).items() if name not in _NO_FIELDS)
    else:
        yield "event", str(record.msg).partition("\n")[0]
    if record.exc_info and record.exc_info[0] is not None:
        kind, _, trace = record.exc_info
        yield "error", f"{kind.__module__}.{kind.__qualname__}"
        yield "at", _places(trace)


def _value(value: object) -> str:
    text = str(value)
    plain = text.isprintable() and not set(text) & set(' "=')
    return text if text and plain else json.dumps(text)


def _places(trace: TracebackType | None) -> str:
    """Return where an exception came by, the place that raised it last."""
    return " > ".join(f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace))


def _tell(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    lost = (kind, error or BaseException(), trace)
    logger.critical("an exception was caught by nobody", exc_info=lost)
