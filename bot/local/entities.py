"""Checks formatting as the Bot API does (https://core.telegram.org/bots/api#messageentity)."""

import re
from collections.abc import Iterator, Sequence

from bot.local.messages import Wire
from bot.local.parameters import ApiError

QUOTES = {"blockquote", "expandable_blockquote"}
DATE_TIME_FORMAT = re.compile(r"r|w?[dD]?[tT]?")
_LAST_OF_ONE_UNIT = "\uffff"


def checked(text: str, entities: Sequence[Wire]) -> list[Wire]:
    """Return the entities that stay with a text: a quote within a quote doesn't.

    Raises ApiError for one that doesn't lie on whole characters of the text, or is incomplete.
    """
    edges = _edges(text)
    for entity in entities:
        _check_place(entity, edges)
        _check_date_time(entity)
    return list(_without_nested_quotes(entities))


def _edges(text: str) -> set[int]:
    """Return where characters begin and end, in UTF-16 code units."""
    edges, at = {0}, 0
    for character in text:
        at += 2 if character > _LAST_OF_ONE_UNIT else 1
        edges.add(at)
    return edges


def _check_place(entity: Wire, edges: set[int]) -> None:
    start, end = entity["offset"], entity["offset"] + entity["length"]
    size = max(edges)
    if start < 0 or end <= start:
        raise ApiError(f"Bad Request: receive an entity with incorrect offset {start}")
    if start >= size:
        raise ApiError(
            f"Bad Request: entity begins after the end of the text at UTF-16 offset {start}"
        )
    if start not in edges:
        raise ApiError("Bad Request: entity begins in a middle of a UTF-16 symbol")
    beginning = f"Bad Request: entity beginning at UTF-16 offset {start}"
    if end > size:
        raise ApiError(f"{beginning} ends after the end of the text at UTF-16 offset {end}")
    if end not in edges:
        raise ApiError(f"{beginning} ends in a middle of a UTF-16 symbol")


def _check_date_time(entity: Wire) -> None:
    if entity["type"] != "date_time":
        return
    known = isinstance(entity.get("unix_time"), int)
    if not known or DATE_TIME_FORMAT.fullmatch(entity.get("date_time_format") or "") is None:
        raise ApiError("Bad Request: can't parse entities: invalid date_time entity")


def _without_nested_quotes(entities: Sequence[Wire]) -> Iterator[Wire]:
    quote_end = 0
    for entity in sorted(entities, key=lambda each: (each["offset"], -each["length"])):
        if entity["type"] in QUOTES:
            if entity["offset"] < quote_end:
                continue
            quote_end = entity["offset"] + entity["length"]
        yield entity
