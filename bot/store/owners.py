"""Whose key a value is encrypted with: its letter's, its person's, or the store's own.

All that goes when a letter is erased has the letter's key, all else that a person gave has theirs.
"""

import json
from collections.abc import Iterable

from bot.store.database import Session, Transaction
from bot.store.key_reader import STORE_KEY
from bot.store.vault import Undecipherable


async def key_of_letter(session: Session, letter_id: int) -> int:
    """Return a letter's key. Raises Undecipherable where its words are erased."""
    row = await session.one("SELECT key_id FROM letters WHERE id = :id", id=letter_id)
    if row is None or row["key_id"] is None:
        raise Undecipherable
    return int(row["key_id"])


async def key_of_person(tx: Transaction, person_id: int) -> int:
    """Return a person's key, which is theirs from now on if they had none."""
    row = await tx.one("SELECT key_id FROM person_keys WHERE person_id = :id", id=person_id)
    if row is not None:
        return int(row["key_id"])
    key_id = await tx.ledger.take()
    await tx.run(
        "INSERT INTO person_keys (person_id, key_id) VALUES (:person, :key)",
        person=person_id,
        key=key_id,
    )
    return key_id


async def key_of_chat(session: Session, chat_id: int) -> int:
    """Return the key of a chat's person, or the store's where there is no such person.

    There isn't yet when they first speak, and no more when the last word says that they are erased.
    """
    row = await session.one("SELECT key_id FROM person_keys WHERE person_id = :id", id=chat_id)
    return STORE_KEY if row is None else int(row["key_id"])


async def keys_of_everything(session: Session, person_id: int) -> list[int]:
    """Return the keys of a person and of all their letters."""
    rows = await session.all(
        "SELECT key_id FROM person_keys WHERE person_id = :id UNION ALL"
        " SELECT key_id FROM letters WHERE person_id = :id AND key_id IS NOT NULL",
        id=person_id,
    )
    return [row["key_id"] for row in rows]


async def person_with(session: Session, key_id: int) -> int | None:
    """Return the person whose key that is."""
    row = await session.one("SELECT person_id FROM person_keys WHERE key_id = :key", key=key_id)
    return int(row["person_id"]) if row else None


async def letters_with(session: Session, key_id: int) -> Iterable[int]:
    """Return the letter whose key that is, if any."""
    rows = await session.all("SELECT id FROM letters WHERE key_id = :key", key=key_id)
    return [row["id"] for row in rows]


async def doom(tx: Transaction, key_ids: Iterable[int]) -> None:
    """Let keys be destroyed once the transaction is committed, before anybody is told of it."""
    for key_id in key_ids:
        await tx.run("INSERT INTO doomed_keys VALUES (:key) ON CONFLICT DO NOTHING", key=key_id)
        tx.doomed.append(key_id)


async def doomed(session: Session, *, most: int) -> list[int]:
    """Return keys that are, or were lately, to be destroyed; so many at most."""
    rows = await session.all("SELECT key_id FROM doomed_keys LIMIT :most", most=most)
    return [row["key_id"] for row in rows]


async def forget_doomed(tx: Transaction, key_ids: Iterable[int]) -> None:
    """Forget keys that were to be destroyed, and are."""
    await tx.run(
        "DELETE FROM doomed_keys WHERE key_id IN (SELECT value FROM json_each(:keys))",
        keys=json.dumps(list(key_ids)),
    )


async def next_number(tx: Transaction, table: str) -> int:
    """Return the number that a table's next row is to have, by which its values are bound."""
    row = await tx.row(
        f"SELECT max(coalesce((SELECT max(id) FROM {table}), 0), coalesce("
        "(SELECT seq FROM sqlite_sequence WHERE name = :name), 0)) + 1 AS number",
        name=table,
    )
    return int(row["number"])
