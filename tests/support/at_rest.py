"""What lies in the files: whether a text can be read there by whoever has them without the keys."""

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from bot.store.encrypted import COLUMNS, ENCRYPTED_COLUMNS
from bot.store.key_reader import KeyReader
from bot.store.ledger_file import LEDGER
from bot.store.letter_keys import Keys
from bot.store.vault import Cell

_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
_SHORTEST = 4
"""Characters of a part that is looked for; shorter ones turn up by chance."""


def legible(folder: Path, *texts: str) -> set[tuple[str, str]]:
    """Return which files below `folder` hold which of the texts or a part of one, in any encoding.

    A part is a run of letters and digits; JSON's escapes count as an encoding.
    """
    wanted = {part: set(_forms(part)) for text in texts for part in _parts(text)}
    return {
        (file.name, part)
        for file in folder.rglob("*")
        if file.is_file()
        for part, forms in wanted.items()
        if any(form in file.read_bytes() for form in forms)
    }


def kept(path: Path, keys: Keys) -> list[tuple[str, str, str]]:
    """Return every encrypted column, decrypted; the values of two stores may be compared."""
    reader = KeyReader(path.with_name(LEDGER), keys)
    connection = sqlite3.connect(path)
    try:
        vault = reader.vault()
        return sorted(
            (each.table, each.name, vault.decrypt(Cell(each.table, each.name, row), value))
            for each in COLUMNS
            for row, value in connection.execute(
                f"SELECT {each.row}, {each.name} FROM {each.table} WHERE {each.name} IS NOT NULL"  # noqa: S608 - names of ours
            )
        )
    finally:
        connection.close()
        reader.close()


def encrypted_values(path: Path) -> list[tuple[str, str, str]]:
    """Return every value of the encrypted columns as it is kept, with its table and column."""
    connection = sqlite3.connect(path)
    try:
        return [
            (table, column, value)
            for table, column in ENCRYPTED_COLUMNS
            for (value,) in connection.execute(
                f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608 - names of ours
            )
        ]
    finally:
        connection.close()


def keys_kept(folder: Path) -> dict[int, bytes]:
    """Return every key of the ledger in a folder, by its number, as it is kept."""
    connection = sqlite3.connect(folder / LEDGER)
    try:
        return dict(connection.execute("SELECT id, key FROM keys").fetchall())
    finally:
        connection.close()


def suppressions_kept(folder: Path) -> dict[str, tuple[int, str | None, str | None]]:
    """Return the suppressions of the ledger in a folder, by their mailboxes' keys.

    Each is its place in their order, since when it is one, and since when it is none any more.
    """
    connection = sqlite3.connect(folder / LEDGER)
    try:
        rows = connection.execute(
            "SELECT mailbox_key, seq, suppressed_at, lifted_at FROM suppressions ORDER BY seq"
        )
        return {key: (seq, since, until) for key, seq, since, until in rows}
    finally:
        connection.close()


def files_with(folder: Path, content: bytes) -> set[str]:
    """Return which files below `folder` hold some bytes anywhere."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {file.name for file in files if content in file.read_bytes()}


def integrity(path: Path) -> str:
    """Return what SQLite finds wrong with a file: "ok" for nothing."""
    connection = sqlite3.connect(path)
    try:
        [(word,)] = connection.execute("PRAGMA integrity_check").fetchall()
        return str(word)
    finally:
        connection.close()


def _parts(text: str) -> Iterator[str]:
    yield text
    yield from (part for part in re.findall(r"\w+", text) if len(part) >= _SHORTEST)


def _forms(part: str) -> Iterator[bytes]:
    yield from (part.encode(encoding) for encoding in _ENCODINGS)
    yield json.dumps(part)[1:-1].encode()
