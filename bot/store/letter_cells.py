"""Where a letter's words stand, and what they are there."""

import sqlite3

from bot.store.vault import Cell, Vault
from bot.text import Words


def cell_of(column: str, letter_id: int, person_id: int) -> Cell:
    """Return where a column of a person's letter stands."""
    return Cell("letters", column, f"{letter_id}/{person_id}")


def words_kept(vault: Vault, key_id: int, place: tuple[int, int], words: Words) -> dict[str, str]:
    """Return the columns in which a letter's words are kept; `place` is the letter, its person."""
    return {
        "text": vault.encrypt(key_id, cell_of("text", *place), words.text),
        "entities": vault.encrypt(key_id, cell_of("entities", *place), words.entities_to_json()),
    }


def words_of(letter_id: int, row: sqlite3.Row, vault: Vault) -> Words:
    """Return the words of a row with a letter's columns and its person's. Raises Undecipherable."""
    text, entities = (
        vault.decrypt(cell_of(column, letter_id, row["person_id"]), row[column])
        for column in ("text", "entities")
    )
    return Words.from_json(text, entities)
