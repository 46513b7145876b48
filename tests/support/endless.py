"""Reads without an end, for tests of who waits for one and of what breaks it off."""

import sqlite3
from collections.abc import Callable, Coroutine
from typing import Any

from bot.store.database import Session
from tests.support.watched import Gate

ENDLESS = """
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number)
SELECT count(*) FROM number
"""

Read = Callable[..., Coroutine[Any, Any, list[sqlite3.Row]]]


def endless(gate: Gate) -> Read:
    """Return what reads from a session without an end, once it has passed the gate."""

    async def read(session: Session, *_: object, **__: object) -> list[sqlite3.Row]:
        await gate.pass_through()
        return await session.all(ENDLESS)

    return read
