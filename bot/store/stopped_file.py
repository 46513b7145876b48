"""`stopped.txt`, in which versions before kept the suppressions that no copy of `bot.db` undoes.

Keyed hashes, one a line, the last word on each; `-` before one lifts it. A line that a full disk or
a power cut left unfinished is passed over.
"""

import re
from pathlib import Path

STOPPED = "stopped.txt"
_READ_IN = "stopped.txt.read-in"
_LINE = re.compile(rb"^(-?)([0-9a-f]{32})$", re.MULTILINE)


def read(folder: Path) -> dict[str, bool]:
    """Return all mailboxes once suppressed, with whether they still are. Raises OSError."""
    path = folder / STOPPED
    if not path.exists():
        return {}
    return {key.decode(): not lifted for lifted, key in _LINE.findall(path.read_bytes())}


def put_aside(folder: Path) -> None:
    """Rename it, once all of it is kept elsewhere. Raises OSError."""
    path = folder / STOPPED
    if path.exists():
        path.replace(folder / _READ_IN)
