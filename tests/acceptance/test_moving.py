"""Somebody moves from Seoul to New York between two letters, typed in the local mode."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.support.program import run
from tests.support.talk import told

SEOUL, NEW_YORK = ZoneInfo("Asia/Seoul"), ZoneInfo("America/New_York")


def walls(folder: Path) -> tuple[datetime, list[tuple[int, datetime, str]]]:
    """Return when the only letter was sealed, and each reminder's day, due time and state."""
    with closing(sqlite3.connect(folder / "data" / "local" / "bot.db")) as store:
        [(sealed,)] = store.execute("SELECT sealed_at FROM letters").fetchall()
        rows = store.execute(
            "SELECT day, due_at, state FROM deliveries WHERE kind = 'reminder' ORDER BY day, id"
        ).fetchall()
    due = [(day, datetime.fromisoformat(at).astimezone(UTC), state) for day, at, state in rows]
    return datetime.fromisoformat(sealed), due


async def test_who_moves_gets_the_letter_at_the_same_time_of_day_there(tmp_path: Path) -> None:
    lines = (
        *("/write", "Run every morning", "me@example.com", ":open"),
        *("/settings", ":press Time zone", "nowhere land", "New York"),
        *(":skip 7d", ":skip 1d", ":skip 23d", ":skip 1d", "/settings", ":quit"),
    )
    ended = await run("local", folder=tmp_path, text="".join(f"{line}\n" for line in lines))
    assert ended.code == 0
    assert "Traceback" not in ended.err
    assert "Time: Seoul, " in ended.out
    assert told("zone-unknown") in ended.out
    assert "Time: New York, " in ended.out
    assert len(re.findall(r"Letters on their way are moved as well", ended.out)) == 1
    assert [len(re.findall(rf"📮 {day} days ago", ended.out)) for day in (7, 30)] == [1, 1]
    sealed_at, due = walls(tmp_path)
    sealed = sealed_at.astimezone(SEOUL)
    for day, moment, state in due:
        there = moment.astimezone(NEW_YORK)
        assert there.date() == sealed.date() + timedelta(days=day)
        assert there.time() == sealed.time()
        assert state == "sent"
    assert len(due) == 4
