"""Changes suppressions: in the ledger, which no copy of `bot.db` undoes, and then in `bot.db`.

So where the two differ, the ledger is right, and what `bot.db` lacks is made up for: after a crash,
after a commit that failed, in a copy put back. Only beside an older ledger put back `bot.db` is.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from bot.store import ledger_suppressions, stopped_file, suppressions
from bot.store.database import Database, Transaction, to_text
from bot.store.ledger import Ledger
from bot.store.ledger_suppressions import Entry

BATCH = 200
"""How many changes are made up for in one transaction."""


async def suppress(tx: Transaction, keys: Sequence[str], now: datetime) -> None:
    """Send no mail to mailboxes any more, to all of them or none. Raises StoreError."""
    entries = await tx.ledger.run(lambda file: ledger_suppressions.suppress(file, keys, now))
    await _follow(tx, entries, now)


async def lift(tx: Transaction, key: str, now: datetime) -> None:
    """Allow mail to a mailbox again, once it is confirmed anew. Raises StoreError."""
    entry = await tx.ledger.run(lambda file: ledger_suppressions.lift(file, key, now))
    await _follow(tx, [entry], now)


async def agree(database: Database, folder: Path, now: datetime) -> None:
    """Let both know what either does, and what `stopped.txt` in that folder says, at a start.

    Raises StoreError and OSError.
    """
    listed = await asyncio.to_thread(stopped_file.read, folder)
    done, last = await _places(database)
    if listed or done > last or not last:
        known = await suppressions.known(database.reader)
        entries = _entries(known, listed, now, in_step=done > 0)
        await database.ledger.run(
            lambda file: ledger_suppressions.take_over(file, entries, done, right=done > last)
        )
    await asyncio.to_thread(stopped_file.put_aside, folder)
    await catch_up(database, now)


async def catch_up(database: Database, now: datetime) -> None:
    """Let `bot.db` know what the ledger knows; nobody is mailed about it. Raises StoreError."""
    done, last = await _places(database)
    while done < last:
        async with database.transaction() as tx:
            entries = await _after(tx.ledger, done)
            for entry in entries:
                await suppressions.follow(tx, entry, now)
            done = entries[-1].seq
            await tx.run("UPDATE pairing SET suppressed_to = max(suppressed_to, :done)", done=done)


async def _follow(tx: Transaction, entries: Sequence[Entry], now: datetime) -> None:
    """Change `bot.db` as the ledger was, and note how far it knows that without a gap."""
    for entry in entries:
        await suppressions.follow(tx, entry, now)
        await tx.run(
            "UPDATE pairing SET suppressed_to = :seq WHERE suppressed_to = :seq - 1", seq=entry.seq
        )


async def _places(database: Database) -> tuple[int, int]:
    """Return up to which place `bot.db` knows the ledger's changes, and the last one's."""
    row = await database.reader.row("SELECT suppressed_to FROM pairing WHERE id = 1")
    return int(row["suppressed_to"]), await database.ledger.run(ledger_suppressions.last)


async def _after(ledger: Ledger, seq: int) -> list[Entry]:
    return await ledger.run(lambda file: ledger_suppressions.after(file, seq, BATCH))


def _entries(
    known: Mapping[str, Entry], listed: Mapping[str, bool], now: datetime, *, in_step: bool
) -> list[Entry]:
    """Return what `bot.db` knows and what an older version's list says.

    The list is right where the two differ, unless `bot.db` was in step with the ledger already.
    """
    told = {key: _told(key, known.get(key), now, lifted=not s) for key, s in listed.items()}
    return [*({**told, **known} if in_step else {**known, **told}).values()]


def _told(key: str, known: Entry | None, now: datetime, *, lifted: bool) -> Entry:
    if known is not None and lifted is (known.lifted_at is not None):
        return known
    return Entry(key=key, suppressed_at=None, lifted_at=to_text(now) if lifted else None)
