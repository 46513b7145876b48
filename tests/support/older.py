"""What versions before the ledger kept: values encrypted by the keys of LETTER_KEYS themselves."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import aiosqlite
from cryptography.fernet import Fernet

from bot.app import DATABASE
from bot.store import suppression_links, tokens
from bot.store.ledger_file import LEDGER
from bot.store.letter_keys import name_of
from bot.store.mailboxes import legacy_key
from bot.store.migrations import migrate
from bot.store.stopped_file import STOPPED
from bot.store.suppression_links import StopLink
from bot.store.vault import Vault
from tests.support.at_rest import suppressions_kept


def kept_before(text: str, key: str | None = None) -> str:
    """Return a text as an older version kept it, with that key or none."""
    if key is None:
        return f"={text}"
    return f"~{name_of(key)}:{Fernet(key).encrypt(text.encode()).decode()}"


BEFORE_LEDGERS = 22
"""The last version of the schema without a ledger."""


async def make_older(path: Path, version: int = BEFORE_LEDGERS, letters: int = 1) -> None:
    """Make a store as an older version left it, with something of people's in each column."""
    await asyncio.to_thread(path.unlink, missing_ok=True)
    connection = await aiosqlite.connect(path, isolation_level=None)
    try:
        await migrate(connection, up_to=version)
        for number in range(1, letters + 1):
            for statement in _ROWS:
                await connection.execute(statement, {"n": number})
        await connection.execute("INSERT INTO facts VALUES ('pepper', '=00ff00ff')")
    finally:
        await connection.close()


def undo_suppressions_in_the_ledger(folder: Path) -> str:
    """Make a store that isn't open one of the last version that kept them in `stopped.txt`.

    Returns what is in that.
    """
    kept = suppressions_kept(folder)
    lines = "".join(f"{'' if until is None else '-'}{key}\n" for key, (_, _, until) in kept.items())
    (folder / STOPPED).write_text(lines)
    for name, statements in _UNDOING.items():
        with closing(sqlite3.connect(folder / name)) as connection:
            connection.executescript(statements)
    return lines


def legacy_link(vault: Vault, address: str) -> str:
    """Return the token of a link of an earlier version."""
    key = legacy_key(vault, address)
    token = tokens.signed(vault, "stop", bytes.fromhex(key))
    assert suppression_links.read_stop(vault, token) == StopLink(
        key=key, source=suppression_links.Source.LEGACY
    )
    return token


_UNDOING = {
    LEDGER: "DROP TABLE suppressions; PRAGMA user_version = 1",
    DATABASE: "ALTER TABLE pairing DROP COLUMN suppressed_to; PRAGMA user_version = 24",
}

_ROWS = (
    "INSERT INTO people (id, language, zone, met_at) VALUES (:n, 'en', 'Asia/Seoul', '2026')",
    """INSERT INTO addresses (id, person_id, address, exact_key, legacy_key, used_at)
    VALUES (:n, :n, '=person' || :n || '@example.com', :n, :n, '2026')""",
    """INSERT INTO letters (id, person_id, chat_id, message_id, update_id, text, entities,
    address_id, zone, sealed_at, parts) VALUES (:n, :n, :n, :n, :n, '=Quokka ' || :n, '=[]', :n,
    'Asia/Seoul', '2026-01-01T09:00:00.000000+00:00', '=[]')""",
    """INSERT INTO postscripts (letter_id, message_id, text, entities, added_at)
    VALUES (:n, :n, '=Narwhal ' || :n, '=[]', '2026')""",
    """INSERT INTO answers (letter_id, day, person_id, answer, note, said_at)
    VALUES (:n, 7, :n, '=half', '=[]', '2026')""",
    """INSERT INTO deliveries (key, kind, channel, person_id, params, due_at, token, state,
    next_at) VALUES (:n, 'lane-mended', 'chat', :n, '={"channel": "email"}', '2026', :n, 'sent',
    '2026')""",
    """INSERT INTO drafts (person_id, step, parts, candidate, suggestion, touched_at)
    VALUES (:n, 'words', '=[]', '=axolotl' || :n, '=axolotls', '2026')""",
    "INSERT INTO updates (id, payload, received_at) VALUES (:n, '={}', '2026')",
    "INSERT INTO replies (chat_id, payload) VALUES (:n, '={}')",
)
