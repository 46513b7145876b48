"""What rows a store has."""

from bot.store.database import Database, Session


async def count(database: Database, table: str) -> int:
    """Return the number of a table's rows."""
    [row] = await database.reader.all(f"SELECT count(*) AS number FROM {table}")  # noqa: S608 - a name of ours
    return int(row["number"])


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
