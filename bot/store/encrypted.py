"""Every column that the vault keeps: what its values are bound to, and whose key they have."""

from dataclasses import dataclass

from bot.store.key_reader import STORE_KEY

_PERSONS = "(SELECT k.key_id FROM person_keys k WHERE k.person_id = {0})"
_LETTERS = "(SELECT l.key_id FROM letters l WHERE l.id = letter_id)"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `row` and `key` are expressions for a value's row and its key's number."""

    table: str
    name: str
    row: str
    key: str


def _of_letter(name: str) -> Column:
    key = f"coalesce(key_id, {_PERSONS.format('letters.person_id')})"
    return Column("letters", name, "id || '/' || person_id", key)


def _of_person(table: str, name: str, row: str, person: str = "person_id") -> Column:
    return Column(table, name, row, _PERSONS.format(f"{table}.{person}"))


COLUMNS = (
    _of_letter("text"),
    _of_letter("entities"),
    _of_letter("parts"),
    Column("postscripts", "text", "letter_id || '/' || message_id", _LETTERS),
    Column("postscripts", "entities", "letter_id || '/' || message_id", _LETTERS),
    Column("answers", "answer", "letter_id || '/' || day", _LETTERS),
    Column("answers", "note", "letter_id || '/' || day", _LETTERS),
    _of_person("addresses", "address", "id || '/' || person_id"),
    _of_person("deliveries", "params", "token || '/' || person_id"),
    _of_person("drafts", "parts", "person_id"),
    _of_person("drafts", "candidate", "person_id"),
    _of_person("drafts", "suggestion", "person_id"),
    Column("updates", "payload", "id", str(STORE_KEY)),
    _of_person("replies", "payload", "id || '/' || chat_id", "chat_id"),
    Column("facts", "value", "name", str(STORE_KEY)),
)
"""Updates of an older version have the store's key: whose they are stands in them."""

ENCRYPTED_COLUMNS = tuple((column.table, column.name) for column in COLUMNS)
