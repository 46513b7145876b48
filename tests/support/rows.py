"""What rows a store has."""

from bot.store import drafts, letters
from bot.store.database import Database, Session
from bot.store.encrypted import COLUMNS
from bot.store.letter_cells import words_of
from bot.store.vault import Cell
from bot.text import Words


async def count(database: Database, table: str) -> int:
    """Return the number of a table's rows."""
    [row] = await database.reader.all(f"SELECT count(*) AS number FROM {table}")  # noqa: S608 - a name of ours
    return int(row["number"])


async def kept_words(database: Database) -> Words | None:
    """Return the words of the only letter in the making; None where there is none."""
    rows = await database.reader.all("SELECT person_id FROM drafts")
    if not rows:
        return None
    [row] = rows
    draft = await drafts.draft_of(database.reader, row["person_id"])
    return draft.words if draft else None


async def sealed_words(database: Database) -> list[Words]:
    """Return the words of all sealed letters, in the order of sealing."""
    rows = await database.reader.all("SELECT chat_id, message_id FROM letters ORDER BY id")
    found = [await letters.sealed_from(database.reader, *row) for row in rows]
    return [each.letter.words for each in found if each]


async def letter_texts(database: Database) -> list[str]:
    """Return the text of every letter, in the order of sealing; an empty one once it is erased."""
    rows = await database.reader.all("SELECT * FROM letters ORDER BY id")
    return [words_of(row["id"], row, database.reader.vault).text for row in rows]


async def contents(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, decrypted, to compare a store with another.

    Left out is what chance gave: tokens, keys.
    """
    tables = await session.all(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        " ORDER BY name"
    )
    return {table["name"]: await _rows(session, table["name"]) for table in tables}


async def _rows(session: Session, table: str) -> list[tuple[object, ...]]:
    encrypted = {each.name: each for each in COLUMNS if each.table == table}
    cells = "".join(f", {each.row} AS cell_{name}" for name, each in encrypted.items())
    rows = await session.all(f"SELECT *{cells} FROM {table} ORDER BY 1")  # noqa: S608 - a name of ours
    return [
        tuple(
            session.vault.decrypt_some(Cell(table, name, row[f"cell_{name}"]), row[name])
            if name in encrypted
            else row[name]
            for name in row.keys()  # noqa: SIM118 - a row's own iterator gives its values
            if name not in _RANDOM and not name.startswith("cell_")
        )
        for row in rows
    ]


_RANDOM = {
    *("token", "exact_key", "mailbox_key", "legacy_key", "wide_key", "domain_key", "person_key"),
    *("key_id", "store_id"),
}
