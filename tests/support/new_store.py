"""A new store without the time that its schema's many steps take."""

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from bot.app import DATABASE
from bot.store.migrations import steps


def put_store(folder: Path) -> None:
    """Put a store without rows into a folder; one that holds anything is left as it is."""
    if not any(folder.iterdir()):
        (folder / DATABASE).write_bytes(_content())


@cache
def _content() -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        for number, sql in steps():
            connection.executescript(sql)
            connection.execute(f"PRAGMA user_version = {number}")
        return connection.serialize()
