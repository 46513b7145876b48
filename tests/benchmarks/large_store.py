"""A store with as many letters as a row wants, sealed over the last sixty days, one a person.

All can be read: each letter has its own words and key, each person their own address and key, and
the keys are wrapped. What was due has been sent, or one time in fifty has failed; one address in
five was never confirmed; one letter in four was answered. Nobody sealed on the sixth day back, nor
on the twenty-ninth, so that nothing falls due for a day: meanwhile the store can be used again.
"""

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from bot.answers import Answer
from bot.app import DATABASE
from bot.store import addresses, answers
from bot.store.database import Database, to_text
from bot.store.ledger_file import LEDGER, LedgerFile
from bot.store.letter_cells import words_kept
from bot.store.letter_keys import Keys
from bot.store.vault import Vault
from bot.text import Words
from tests.support.sealed_letters import DAYS, seal

LETTER_KEY = "c2xvdy1tYWlsYm94LWJlbmNobWFyay1rZXktMzJieXQ="
KEYS = Keys.of([LETTER_KEY])
FRESH_FOR = timedelta(hours=20)
"""How long after a store was built it is one of which nothing is due."""

_KOREAN = "매일 아침 여섯 시에 일어나 강변을 달리고, 돌아와서 찬물로 씻고 책을 열 쪽 읽는다. "
LENGTH = 300  # characters
_BATCH = 20_000  # letters
_SPAN = timedelta(days=58)  # and the two days on which nobody sealed

_AGE = "((:all - n) * :span / :all)"
_MOMENT = "strftime('%Y-%m-%dT%H:%M:%S.000000+00:00', :now, {0})"
_AGO = f"{_AGE} + 86400 * ({_AGE} >= 6 * 86400) + 86400 * ({_AGE} >= 28 * 86400)"
_SEALED = _MOMENT.format(f"'-' || ({_AGO}) || ' seconds'")
_DUE = _MOMENT.format(f"(day * 86400 - ({_AGO})) || ' seconds'")
_UNCONFIRMED = "n % 5 = 0"
_HASH = "lower(hex(randomblob(16)))"
_OF_THE_LAST_DAYS = "(:all - n) * :span / :all < 3 * 86400"

_COPIED: Mapping[str, Mapping[str, str]] = {
    "people": {"id": "n"},
    "person_keys": {"person_id": "n", "key_id": "person_key(n)"},
    "addresses": {
        "id": "n",
        "person_id": "n",
        "address": "address(n)",
        "exact_key": "lower(hex(randomblob(32)))",
        **{f"{name}_key": _HASH for name in ("mailbox", "legacy", "wide")},
        "domain_key": "printf('%032x', iif(n % 4, n % 3, n % 1000))",
        "used_at": _SEALED,
        "confirmed_at": f"iif({_UNCONFIRMED}, NULL, {_SEALED})",
        "accepted_at": f"iif({_UNCONFIRMED}, NULL, {_SEALED})",
    },
    "letters": {
        **dict.fromkeys(("id", "person_id", "chat_id", "message_id", "update_id"), "n"),
        "key_id": "letter_key(n)",
        "text": "text(n)",
        "entities": "entities(n)",
        "address_id": "n",
        "sealed_at": _SEALED,
        "under_way_until": _SEALED,
        "parts": "NULL",
    },
    "letter_messages": {"chat_id": "n", "message_id": "n", "letter_id": "n"},
    "deliveries": {
        "id": "n * 4 + id",
        "key": "replace(key, ':1:', ':' || n || ':')",
        "person_id": "n",
        "letter_id": "n",
        "due_at": _DUE,
        "next_at": _DUE,
        "token": _HASH,
        "state": f"iif({_DUE} > :now, iif({_UNCONFIRMED} AND channel = 'email', 'held', 'due'),"
        " iif(n % 50 = 0, 'failed', 'sent'))",
        "attempt": f"{_DUE} <= :now",
        "sent_at": f"iif({_DUE} > :now OR n % 50 = 0, NULL, {_DUE})",
        "failed_at": f"iif({_DUE} <= :now AND n % 50 = 0, {_DUE}, NULL)",
        "reason": f"iif({_DUE} <= :now AND n % 50 = 0, 'blocked', NULL)",
    },
    "updates": {"id": "n", "handled": "1", "payload": "NULL", "received_at": _SEALED},
}
"""How a copy differs from its original, by table and column; `n` is its number."""

_ORIGINALS = {
    "person_keys": "o.person_id = 1",
    "letter_messages": "letter_id = 1",
    "deliveries": "letter_id = 1",
    "updates": f"o.id = 1 AND {_OF_THE_LAST_DAYS}",
}
_FOLLOWING = (
    """
    INSERT INTO reminder_messages (chat_id, message_id, letter_id, day)
    SELECT person_id, 100 + day, letter_id, day FROM deliveries
    WHERE letter_id BETWEEN :first AND :last AND channel = 'chat' AND state = 'sent'
    """,
    """
    INSERT INTO answers (letter_id, day, person_id, answer, said_at)
    SELECT letter_id, day, person_id, answer(letter_id, day), sent_at FROM deliveries
    WHERE letter_id BETWEEN :first AND :last AND channel = 'chat' AND state = 'sent'
    AND letter_id % 4 = 0
    """,
)


async def build(folder: Path, letters: int, now: datetime) -> None:
    """Make a store of so many letters, as one that has run for sixty days until `now`."""
    database = await Database.open(folder / DATABASE, KEYS)
    try:
        async with database.transaction() as tx:
            words = Words(_words(1))
            await seal(tx, 1, words=words, sealed_at=now, days=DAYS, number=1)
            await tx.run(
                "INSERT INTO updates (id, handled, received_at) VALUES (1, 1, :now)",
                now=to_text(now),
            )
    finally:
        await database.close()
    await asyncio.to_thread(_add, folder, letters, now)


def _add(folder: Path, letters: int, now: datetime) -> None:
    """Add all but the first."""
    with (
        closing(LedgerFile(folder / LEDGER, KEYS)) as ledger,
        closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -200000")
        given: dict[str, int | str] = {
            "all": letters,
            "span": int(_SPAN.total_seconds()),
            "now": to_text(now),
        }
        for first in range(2, letters + 1, _BATCH):
            last = min(first + _BATCH - 1, letters)
            made = ledger.make(2 * (last - first + 1))
            _Values(ledger.reader.vault(), made[0] - 2 * first).tell(connection)
            connection.execute("BEGIN")
            for table in _COPIED:
                _copy(connection, table, {**given, "first": first, "last": last})
            for sql in _FOLLOWING:
                connection.execute(sql, {"first": first, "last": last})
            connection.execute("COMMIT")


def _copy(connection: sqlite3.Connection, table: str, given: Mapping[str, int | str]) -> None:
    changed = _COPIED[table]
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(changed.get(name, f"o.{name}") for name in columns)
    connection.execute(
        "WITH RECURSIVE numbers (n) AS"  # noqa: S608 - names of ours
        " (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)"
        f" INSERT INTO {table} ({', '.join(columns)}) SELECT {values}"
        f" FROM numbers JOIN {table} o ON {_ORIGINALS.get(table, 'o.id = 1')}",
        given,
    )


class _Values:
    """What is encrypted in each letter, as functions of SQL; the keys have numbers in a row."""

    def __init__(self, vault: Vault, before: int) -> None:
        self._vault = vault
        self._before = before

    def tell(self, connection: sqlite3.Connection) -> None:
        """Let SQL call them."""
        for function in (self.letter_key, self.person_key, self.text, self.entities, self.address):
            connection.create_function(function.__name__, 1, function)
        connection.create_function("answer", 2, self.answer)

    def letter_key(self, n: int) -> int:
        return self._before + 2 * n

    def person_key(self, n: int) -> int:
        return self._before + 2 * n + 1

    def text(self, n: int) -> str:
        return self._kept(n)["text"]

    def entities(self, n: int) -> str:
        return self._kept(n)["entities"]

    def address(self, n: int) -> str:
        return self._vault.encrypt(
            self.person_key(n), addresses.cell_of(n, n), f"person{n}@example.com"
        )

    def answer(self, n: int, day: int) -> str:
        return self._vault.encrypt(
            self.letter_key(n), answers.cell_of("answer", n, day), Answer.KEEPING
        )

    def _kept(self, n: int) -> dict[str, str]:
        return words_kept(self._vault, self.letter_key(n), (n, n), Words(_words(n)))


def _words(n: int) -> str:
    return f"{n}. {_KOREAN * (LENGTH // len(_KOREAN) + 1)}"[:LENGTH]
