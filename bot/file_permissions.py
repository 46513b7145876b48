"""What this process may do with the operator's files, and what others on this machine may."""

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

_ROOM = 10_000_000  # bytes: with less, a day's letters may not find any
_ANYBODY_ELSE = stat.S_IRWXG | stat.S_IRWXO


def warnings(*, env_file: Path, folder: Path) -> Iterator[str]:
    """Return a line for each of the two, .env and data folder, that others can read or change."""
    if _mode(env_file) & _ANYBODY_ELSE:
        yield f"others on this machine can get at {env_file}: run `chmod 600 {env_file}`"
    if stat.S_ISDIR(_mode(folder)) and _mode(folder) & _ANYBODY_ELSE:
        yield f"others on this machine can get at {folder}: run `chmod 700 {folder}`"


def obstacle(folder: Path, files: Iterable[str]) -> str | None:
    """Return a line on what keeps this process from writing to a folder and its files.

    None if nothing does. Neither has to be there yet. Nothing is changed.
    """
    try:
        return _obstacle(folder, files)
    except OSError as error:
        return f"{folder} can't be used ({error.strerror}); DATA_DIR must be this user's"


def _obstacle(folder: Path, files: Iterable[str]) -> str | None:
    nearest = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not nearest.is_dir():
        return f"{nearest} is in the way; DATA_DIR must be a folder"
    if not os.access(nearest, os.R_OK | os.W_OK | os.X_OK):
        return f"nothing can be written in {nearest}; it must be this user's, on a disk for writing"
    for path in (folder / name for name in files):
        if path.exists() and not path.is_file():
            return f"{path} is in the way; that name is for a file of the bot's"
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            return f"{path} can't be written; it must be this user's"
    if shutil.disk_usage(nearest).free < _ROOM:
        return f"the disk of {nearest} is full; make room, and all goes on"
    return None


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0
