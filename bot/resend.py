"""The operator's way to owe again what failed wrongly, once the fault is mended."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.app import DATABASE
from bot.store import failures
from bot.store.failures import Failures, Owed
from bot.store.letter_keys import Keys
from bot.store.lock import opened_alone

EVER = datetime.min.replace(tzinfo=UTC)

_SPAN = re.compile(r"(\d{1,5})([dhm])")
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


class BadMoment(ValueError):
    """A text is no moment of the past."""


def since(text: str, *, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment that a text means: ISO 8601, in that zone unless it says so, or a span.

    A span back from now is a number and `d`, `h` or `m`. Raises BadMoment.
    """
    if span := _SPAN.fullmatch(text):
        return now - int(span[1]) * _UNITS[span[2]]
    try:
        given = datetime.fromisoformat(text)
        moment = (given if given.tzinfo else given.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadMoment from None
    if moment > now:
        raise BadMoment
    return moment


async def by_reason(folder: Path, keys: Keys, reason: str, since: datetime) -> list[Failures]:
    """Return what could be owed again of what failed, by reason; nothing is changed.

    `reason` is the beginning of one, or empty. Raises NoStore, FolderInUse, StoreError,
    NewerDatabase, LostKey.
    """
    async with opened_alone(folder / DATABASE, keys) as database:
        return await failures.by_reason(database.reader, reason, since)


async def owe_again(folder: Path, keys: Keys, reason: str, since: datetime, now: datetime) -> Owed:
    """Owe again what failed for that reason; returns how much. Raises as `by_reason`."""
    async with opened_alone(folder / DATABASE, keys) as database, database.transaction() as tx:
        return await failures.owe_again(tx, reason, since, now)
