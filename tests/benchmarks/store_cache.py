"""Large stores, built once and copied for each repeat: a million letters take minutes.

They lie in the system's folder for temporary files, one of each size, until they are a day old.
"""

import asyncio
import hashlib
import os
import shutil
import time
from datetime import datetime
from pathlib import Path
from tempfile import gettempdir

from bot.app import DATABASE
from bot.store.ledger_file import LEDGER
from tests.benchmarks import large_store
from tests.support.forks import REPOSITORY

FROM = 50_000
"""Letters from which on a store is worth keeping."""

_KEPT = Path(gettempdir()) / "slow-mailbox-benchmarks"
_SCHEMA = ("bot/store/migrations", "bot/store/ledger_migrations")


async def plant(path: Path, letters: int, now: datetime) -> None:
    """Put a store of so many letters into the folder of `path`, as it was within the last hours.

    See `large_store`: nothing of it falls due meanwhile.
    """
    if letters < FROM:
        await large_store.build(path.parent, letters, now)
    else:
        await asyncio.to_thread(_copy, await _kept(letters, now), path.parent)


async def _kept(letters: int, now: datetime) -> Path:
    """Return the folder of a store that can be copied."""
    folder = _KEPT / f"{letters}-{await asyncio.to_thread(_version)}"
    if not await asyncio.to_thread(_is_fresh, folder):
        building = await asyncio.to_thread(_empty, folder.with_suffix(".building"), letters)
        await large_store.build(building, letters, now)
        await asyncio.to_thread(building.rename, folder)
    return folder


def _empty(folder: Path, letters: int) -> Path:
    """Return a new folder in the place of all that have a store of that size."""
    for older in _KEPT.glob(f"{letters}-*"):
        shutil.rmtree(older)
    folder.mkdir(mode=0o700, parents=True)
    return folder


def _is_fresh(folder: Path) -> bool:
    age = time.time() - folder.stat().st_mtime if folder.exists() else float("inf")
    return age < large_store.FRESH_FOR.total_seconds()


def _version() -> str:
    """Return what differs when a store would be built otherwise."""
    files = [Path(large_store.__file__)]
    for folder in _SCHEMA:
        files += sorted((REPOSITORY / folder).glob("*.sql"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def _copy(folder: Path, to: Path) -> None:
    for name in (DATABASE, LEDGER):
        shutil.copyfile(folder / name, to / name)
        with (to / name).open("rb+") as copy:
            os.fsync(copy.fileno())  # or the program's first would write it all to the disk
