"""The store as a kill left it, looked at in a copy: the next child does the recovery itself."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from bot.app import DATABASE
from bot.letters import Channel, Kind, State
from bot.store.database import to_text
from tests.crash.reconciliation import End, Key

_COPY = "copy.db"
_WAL = "-wal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What the campaign wants to know after each kill.

    `due` counts what could go out at once. `updates` tells of each that is kept whether it is
    handled; `sealed` counts the letters of each person.
    """

    intact: bool
    due: Counter[Channel]
    updates: dict[int, bool]
    sealed: Counter[int]

    @classmethod
    def take(cls, folder: Path, scratch: Path, now: datetime) -> Self:
        """Look at the data folder of a program that isn't running."""
        with _copied(folder, scratch) as copy:
            rows = copy.execute("PRAGMA integrity_check").fetchall()
            if not copy.execute("SELECT 1 FROM sqlite_schema WHERE name = 'updates'").fetchall():
                return cls(intact=rows == [("ok",)], due=Counter(), updates={}, sealed=Counter())
            loose = copy.execute("PRAGMA foreign_key_check").fetchall()
            due = copy.execute(
                "SELECT channel, count(*) FROM deliveries WHERE state <> 'held'"
                " AND state NOT IN ('sent', 'failed') AND next_at <= ? GROUP BY channel",
                (to_text(now),),
            )
            updates = copy.execute("SELECT id, handled FROM updates")
            sealed = copy.execute("SELECT person_id, count(*) FROM letters GROUP BY person_id")
            return cls(
                intact=rows == [("ok",)] and not loose,
                due=Counter({Channel(channel): count for channel, count in due}),
                updates={number: bool(handled) for number, handled in updates},
                sealed=Counter(dict(sealed)),
            )


def ends(folder: Path, scratch: Path) -> dict[Key, End]:
    """Give how every reminder ended, or where it stands."""
    with _copied(folder, scratch) as copy:
        rows = copy.execute(
            "SELECT person_id, day, channel, state, reason, token FROM deliveries WHERE kind = ?",
            (Kind.REMINDER,),
        )
        return {
            Key(person, day, Channel(channel)): End(state=State(state), reason=reason, token=token)
            for person, day, channel, state, reason, token in rows
        }


@contextmanager
def _copied(folder: Path, scratch: Path) -> Iterator[sqlite3.Connection]:
    for end in ("", _WAL):
        original, copy = folder / f"{DATABASE}{end}", scratch / f"{_COPY}{end}"
        copy.unlink(missing_ok=True)
        if original.exists():
            shutil.copyfile(original, copy)
    (scratch / f"{_COPY}-shm").unlink(missing_ok=True)
    with closing(sqlite3.connect(scratch / _COPY)) as connection:
        yield connection
