"""The store as a kill left it, looked at in a copy: the next child does the recovery itself."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Self

from bot.app import DATABASE
from bot.letters import Channel, State
from bot.messages.reminder import ReminderMessage
from bot.store.database import to_text
from bot.store.ledger_file import LEDGER
from tests.crash.deliveries import End, Key, usual

_WAL = "-wal"
_UNMAILED = """
SELECT person_id FROM deliveries d WHERE state = 'failed' AND reason = 'unconfirmed'
AND id = (SELECT max(id) FROM deliveries WHERE kind = 'confirmation' AND person_id = d.person_id)
"""
_KEYS = """
SELECT person_id, key FROM person_keys JOIN ledger.keys k ON k.id = key_id
UNION ALL SELECT person_id, key FROM letters JOIN ledger.keys k ON k.id = key_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What the campaign wants to know after each kill.

    `due` counts what could go out at once, `leased` what is claimed or in flight, `in_flight` what
    may come twice. `updates` tells
    of each that is kept whether it is handled; `sealed` counts the letters of each person, `rows`
    everything of theirs, by table. `unmailed`: whose newest confirmation mail is given up in doubt.
    `keys` are each person's, as the ledger keeps them.
    """

    intact: bool
    due: Counter[Channel] = field(default_factory=Counter)
    leased: int = 0
    in_flight: Counter[Channel] = field(default_factory=Counter)
    updates: dict[int, bool] = field(default_factory=dict)
    sealed: Counter[int] = field(default_factory=Counter)
    rows: dict[str, Counter[int]] = field(default_factory=dict)
    unmailed: frozenset[int] = frozenset()
    keys: dict[int, set[bytes]] = field(default_factory=dict)

    @classmethod
    def take(cls, folder: Path, scratch: Path, now: datetime) -> Self:
        """Look at the data folder of a program that isn't running."""
        with _copied(folder, scratch) as copy:
            intact = all(
                copy.execute(f"PRAGMA {name}.integrity_check").fetchall() == [("ok",)]
                for name in ("main", "ledger")
            )
            if not _is_paired(copy):
                return cls(intact=intact)
            loose = copy.execute("PRAGMA foreign_key_check").fetchall()
            due = copy.execute(
                "SELECT channel, count(*) FROM deliveries WHERE state <> 'held'"
                " AND state NOT IN ('sent', 'failed') AND next_at <= ? GROUP BY channel",
                (to_text(now),),
            )
            [[leased]] = copy.execute(
                "SELECT count(*) FROM deliveries WHERE state IN ('claimed', 'in_flight')"
            )
            in_flight = copy.execute(
                "SELECT channel, count(*) FROM deliveries WHERE state = 'in_flight' GROUP BY 1"
            )
            rows = {table: _rows(copy, table, column) for table, column in _owned(copy)}
            return cls(
                intact=intact and not loose and not _keyless(copy) and not _ahead(copy),
                due=Counter({Channel(channel): count for channel, count in due}),
                leased=leased,
                in_flight=Counter({Channel(channel): count for channel, count in in_flight}),
                updates={
                    number: bool(handled)
                    for number, handled in copy.execute("SELECT id, handled FROM updates")
                },
                sealed=rows["letters"],
                rows=rows,
                unmailed=frozenset(person for (person,) in copy.execute(_UNMAILED)),
                keys=_keys(copy),
            )

    def tables_with(self, person_id: int) -> list[str]:
        """Return the tables that hold something of a person's."""
        return [table for table, counts in self.rows.items() if counts[person_id]]


def _is_paired(copy: sqlite3.Connection) -> bool:
    """Return whether the first start came so far that both files are there."""
    made = copy.execute("SELECT 1 FROM sqlite_schema WHERE name = 'pairing'").fetchall()
    return bool(made) and bool(copy.execute("SELECT 1 FROM pairing").fetchall())


def _keyless(copy: sqlite3.Connection) -> int:
    """Return how many letters and people have no key that would open what they wrote."""
    [[number]] = copy.execute(
        "SELECT count(*) FROM (SELECT key_id FROM letters WHERE key_id IS NOT NULL"
        " UNION ALL SELECT key_id FROM person_keys) WHERE key_id NOT IN"
        " (SELECT id FROM ledger.keys)"
    )
    return int(number)


def _ahead(copy: sqlite3.Connection) -> int:
    """Return in how many suppressions the store has what the ledger hasn't, or has it already."""
    [[number]] = copy.execute(
        "SELECT count(*) FROM main.suppressions s LEFT JOIN ledger.suppressions l"
        " USING (mailbox_key) WHERE l.mailbox_key IS NULL"
        " OR (l.seq <= (SELECT suppressed_to FROM pairing) AND"
        " (s.suppressed_at, s.lifted_at) IS NOT (l.suppressed_at, l.lifted_at))"
    )
    return int(number)


def _keys(copy: sqlite3.Connection) -> dict[int, set[bytes]]:
    found: dict[int, set[bytes]] = {}
    for person_id, key in copy.execute(_KEYS):
        found.setdefault(person_id, set()).add(key)
    return found


def ends(folder: Path, scratch: Path) -> dict[Key, End]:
    """Return how every reminder ended, or where it stands."""
    with _copied(folder, scratch) as copy:
        rows = copy.execute(
            "SELECT person_id, day, channel, state, reason, token FROM deliveries WHERE kind = ?",
            (ReminderMessage.kind,),
        )
        return {
            Key(person, usual(day), Channel(channel)): End(
                state=State(state), reason=reason, token=token
            )
            for person, day, channel, state, reason, token in rows
        }


def _owned(copy: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Yield each table that names the person it belongs to, and the column that does."""
    yield "people", "id"
    yield from copy.execute(
        "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c"
        " WHERE t.type = 'table' AND c.name = 'person_id'"
    ).fetchall()


def _rows(copy: sqlite3.Connection, table: str, column: str) -> Counter[int]:
    counts = copy.execute(f"SELECT {column}, count(*) FROM {table} GROUP BY 1")  # noqa: S608 - names of the schema's
    return Counter(dict(counts.fetchall()))


@contextmanager
def _copied(folder: Path, scratch: Path) -> Iterator[sqlite3.Connection]:
    for name in (DATABASE, LEDGER):
        for end in ("", _WAL):
            original, copy = folder / f"{name}{end}", scratch / f"{name}{end}"
            copy.unlink(missing_ok=True)
            if original.exists():
                shutil.copyfile(original, copy)
        (scratch / f"{name}-shm").unlink(missing_ok=True)
    with closing(sqlite3.connect(scratch / DATABASE)) as connection:
        connection.execute("ATTACH ? AS ledger", (str(scratch / LEDGER),))
        yield connection
