"""The suppressions in the ledger: written before those in `bot.db`, and right where they differ."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.store.database import to_text
from bot.store.ledger_file import LedgerFile

_NEXT = "(SELECT coalesce(max(seq), 0) + 1 FROM suppressions)"
_ENTRIES = "SELECT mailbox_key, suppressed_at, lifted_at, seq FROM suppressions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is known of a mailbox that is suppressed, or was; moments are as the store keeps them.

    `suppressed_at` is None where it isn't known when, `lifted_at` while it is suppressed. `seq` is
    the place of the last change of it in the order of all changes.
    """

    key: str
    suppressed_at: str | None
    lifted_at: str | None
    seq: int = field(default=0, compare=False)


def suppress(file: LedgerFile, keys: Sequence[str], now: datetime) -> list[Entry]:
    """Suppress mailboxes, all or none, but for those that are; returns how each is known then."""
    with file.transaction():
        for key in keys:
            file.rows(
                "INSERT INTO suppressions (mailbox_key, seq, suppressed_at)"
                f" VALUES (?, {_NEXT}, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq,"
                " suppressed_at = excluded.suppressed_at, lifted_at = NULL"
                " WHERE lifted_at IS NOT NULL",
                key,
                to_text(now),
            )
        return [entry for key in keys for entry in _known(file, key)]


def lift(file: LedgerFile, key: str, now: datetime) -> Entry:
    """Lift a suppression that isn't lifted already; returns how the mailbox is known then."""
    with file.transaction():
        file.rows(
            "INSERT INTO suppressions (mailbox_key, seq, lifted_at)"
            f" VALUES (?, {_NEXT}, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq,"
            " lifted_at = excluded.lifted_at WHERE lifted_at IS NULL",
            key,
            to_text(now),
        )
        [entry] = _known(file, key)
        return entry


def take_over(file: LedgerFile, entries: Iterable[Entry], above: int, *, right: bool) -> None:
    """Take over what is known elsewhere, all or nothing, as changes behind the place `above`.

    `right`: also of mailboxes that the ledger knows.
    """
    with file.transaction():
        seq = max(above, last(file))
        for entry in entries:
            if right or not _known(file, entry.key):
                seq += 1
                file.rows(
                    "INSERT OR REPLACE INTO suppressions"
                    " (mailbox_key, seq, suppressed_at, lifted_at) VALUES (?, ?, ?, ?)",
                    entry.key,
                    seq,
                    entry.suppressed_at,
                    entry.lifted_at,
                )


def last(file: LedgerFile) -> int:
    """Return the place of the last change in their order; 0 for none."""
    [(seq,)] = file.rows("SELECT coalesce(max(seq), 0) FROM suppressions")
    return int(seq)


def after(file: LedgerFile, seq: int, most: int) -> list[Entry]:
    """Return the mailboxes that were changed next behind that place, in order."""
    rows = file.rows(f"{_ENTRIES} WHERE seq > ? ORDER BY seq LIMIT ?", seq, most)
    return [_entry(*row) for row in rows]


def _known(file: LedgerFile, key: str) -> list[Entry]:
    """Return what is known of a mailbox, or nothing."""
    return [_entry(*row) for row in file.rows(f"{_ENTRIES} WHERE mailbox_key = ?", key)]


def _entry(key: str, suppressed_at: str | None, lifted_at: str | None, seq: int) -> Entry:
    return Entry(key=key, suppressed_at=suppressed_at, lifted_at=lifted_at, seq=seq)
