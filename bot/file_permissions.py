"""Whether other users of this machine can get at what is the operator's alone (chmod(1))."""

import stat
from collections.abc import Iterator
from pathlib import Path

_ANYBODY_ELSE = stat.S_IRWXG | stat.S_IRWXO


def warnings(*, env_file: Path, folder: Path) -> Iterator[str]:
    """Return a line for each of the two that others can read or change."""
    if _is_open(env_file):
        yield f"others on this machine can get at {env_file}: run `chmod 600 {env_file}`"
    if _is_open(folder):
        yield f"others on this machine can get at {folder}: run `chmod 700 {folder}`"


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & _ANYBODY_ELSE)
    except OSError:
        return False
