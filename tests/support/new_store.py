"""A new store without the time that its schema's many steps take."""

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from bot.app import DATABASE
from bot.store.migrations import steps

# Most tests speak English under Seoul's time, and aren't about what is offered to who does that.
_OFFERED = """
CREATE TRIGGER zone_is_offered AFTER INSERT ON people
BEGIN UPDATE people SET zone_offered = 1 WHERE id = new.id; END;
"""


def put_store(folder: Path, *, offers_zone: bool = False) -> None:
    """Put a store without rows into a folder; one that holds anything is left as it is.

    `offers_zone`: whoever is met there may be offered to choose their zone.
    """
    if not any(folder.iterdir()):
        (folder / DATABASE).write_bytes(_content(offers_zone=offers_zone))


@cache
def _content(*, offers_zone: bool) -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        for number, sql in steps():
            connection.executescript(sql)
            connection.execute(f"PRAGMA user_version = {number}")
        if not offers_zone:
            connection.executescript(_OFFERED)
        return connection.serialize()
