"""Quotes as a terminal shows them: each of their lines behind a bar."""

from dataclasses import replace

from bot.text import Entity, Words, utf16_length

QUOTES = frozenset({"blockquote", "expandable_blockquote"})
BAR = "│ "


def barred(words: Words) -> Words:
    """Return the words with every quote on lines of its own, each behind a bar."""
    quotes = [entity for entity in words.entities if entity.type in QUOTES]
    inserted = _insertions(words.text, quotes)
    text, at = "", 0
    for character in words.text:
        text += inserted.get(at, "") + character
        at += utf16_length(character)
    sizes = {place: utf16_length(each) for place, each in inserted.items()}
    return Words(text, tuple(_stretched(entity, sizes) for entity in words.entities))


def _insertions(text: str, quotes: list[Entity]) -> dict[int, str]:
    """Return what goes in before which UTF-16 code unit."""
    starts, ends = {quote.offset for quote in quotes}, {quote.end for quote in quotes}
    inserted: dict[int, str] = {}
    at, inside, line_begins = 0, False, True
    for character in text:
        turns = at in starts or at in ends
        inside = at in starts or (inside and at not in ends)
        needed = "\n" if turns and not line_begins and character != "\n" else ""
        if inside and (line_begins or needed):
            needed += BAR
        if needed:
            inserted[at] = needed
        line_begins = character == "\n"
        at += utf16_length(character)
    return inserted


def _stretched(entity: Entity, inserted: dict[int, int]) -> Entity:
    """Return the entity on the same words; of the bars, a quote has all its own."""
    at_start = 0 if entity.type in QUOTES else inserted.get(entity.offset, 0)
    before = sum(size for place, size in inserted.items() if place < entity.offset) + at_start
    up_to_end = sum(size for place, size in inserted.items() if place < entity.end)
    return replace(entity, offset=entity.offset + before, length=entity.length + up_to_end - before)
