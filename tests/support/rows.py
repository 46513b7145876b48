"""What rows a store has."""

from bot.store import drafts, letters
from bot.store.database import Database, Session
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


async def contents(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, but for random tokens, to compare a store with another."""
    tables = await session.all(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        " ORDER BY name"
    )
    return {table["name"]: await _rows(session, table["name"]) for table in tables}


async def _rows(session: Session, table: str) -> list[tuple[object, ...]]:
    rows = await session.all(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - a name of ours
    kept = [dict(row) for row in rows if row[0] != "pepper"]
    return [tuple(value for key, value in row.items() if key not in _RANDOM) for row in kept]


_RANDOM = {
    *("token", "exact_key", "mailbox_key", "legacy_key", "wide_key", "domain_key", "person_key"),
}
