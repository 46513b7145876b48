"""A store with as many letters as a row wants, sealed over the last sixty days, one a person.

They are copies of one that was sealed, each with its person, its address and four deliveries. What
was due has been sent, or one time in fifty has failed; one address in five was never confirmed.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from bot.store.database import Database, Transaction, to_text
from bot.text import Words
from tests.support.sealed_letters import DAYS, seal

_KOREAN = "매일 아침 여섯 시에 일어나 강변을 달리고, 돌아와서 찬물로 씻고 책을 열 쪽 읽는다. "
_LENGTH = 300  # characters
_BATCH = 20_000  # letters
_SPAN = timedelta(days=60)

_MOMENT = "strftime('%Y-%m-%dT%H:%M:%S.000000+00:00', {0}, {1})"
_SEALED = _MOMENT.format(":now", "'-' || (n * :span / :all) || ' seconds'")
_DUE = _MOMENT.format(_SEALED, "'+' || day || ' days'")
_UNCONFIRMED = "n % 5 = 0"

_COPIED: Mapping[str, Mapping[str, str]] = {
    "people": {"id": "n"},
    "addresses": {
        "id": "n",
        "person_id": "n",
        **{f"{name}_key": "printf('%032x', n)" for name in ("exact", "mailbox", "legacy", "wide")},
        "domain_key": "printf('%032x', n % 1000)",
        "used_at": _SEALED,
        "confirmed_at": f"iif({_UNCONFIRMED}, NULL, {_SEALED})",
    },
    "letters": {
        **dict.fromkeys(("id", "person_id", "chat_id", "message_id", "update_id"), "n"),
        "address_id": "n",
        "sealed_at": _SEALED,
        "under_way_until": _SEALED,
        "parts": "NULL",
    },
    "letter_messages": {"chat_id": "n", "message_id": "n", "letter_id": "n"},
    "deliveries": {
        "id": "n * 4 + id",
        "key": "key || ':' || n",
        "person_id": "n",
        "letter_id": "n",
        "due_at": _DUE,
        "next_at": _DUE,
        "token": "lower(hex(randomblob(16)))",
        "state": f"iif({_DUE} > :now, iif({_UNCONFIRMED} AND channel = 'email', 'held', 'due'),"
        " iif(n % 50 = 0, 'failed', 'sent'))",
        "sent_at": f"iif({_DUE} > :now OR n % 50 = 0, NULL, {_DUE})",
        "failed_at": f"iif({_DUE} <= :now AND n % 50 = 0, {_DUE}, NULL)",
    },
    "updates": {"id": "n", "handled": "1", "payload": "NULL", "received_at": _SEALED},
}
"""How a copy differs from its original, by table and column; `n` is its number."""

# Copies share their original's key. They can't be read, and nothing here does.
_ORIGINAL = {"letter_messages": "letter_id = 1", "deliveries": "letter_id = 1"}


async def plant(path: Path, letters: int, now: datetime) -> None:
    """Make a store of so many letters, as one that has run for sixty days until `now`."""
    database = await Database.open(path)
    try:
        async with database.transaction() as tx:
            await _seal_one(tx, now)
        for start in range(2, letters + 1, _BATCH):
            numbers = range(start, min(start + _BATCH, letters + 1))
            async with database.transaction() as tx:
                for table in _COPIED:
                    await _copy(tx, table, numbers, letters, now)
    finally:
        await database.close()


async def _seal_one(tx: Transaction, now: datetime) -> None:
    words = Words((_KOREAN * _LENGTH)[:_LENGTH])
    await seal(tx, 1, words=words, sealed_at=now, days=DAYS, number=1)
    await tx.run(
        "INSERT INTO updates (id, handled, received_at) VALUES (1, 1, :now)", now=to_text(now)
    )


async def _copy(tx: Transaction, table: str, numbers: range, letters: int, now: datetime) -> None:
    changed = _COPIED[table]
    columns = [row["name"] for row in await tx.all(f"PRAGMA table_info({table})")]
    values = ", ".join(changed.get(name, f"o.{name}") for name in columns)
    await tx.run(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values}"  # noqa: S608
        " FROM (SELECT value AS n FROM json_each(:numbers))"
        f" JOIN {table} o ON {_ORIGINAL.get(table, 'o.id = 1')}",
        numbers=json.dumps(list(numbers)),
        all=letters,
        span=int(_SPAN.total_seconds()),
        now=to_text(now),
    )
