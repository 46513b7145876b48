"""How many rows a store has."""

from bot.store.database import Database


async def count(database: Database, table: str) -> int:
    """Return the number of a table's rows."""
    [row] = await database.reader.all(f"SELECT count(*) AS number FROM {table}")  # noqa: S608 - a name of ours
    return int(row["number"])
