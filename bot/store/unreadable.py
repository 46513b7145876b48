"""What can't be read back: a row was damaged, or its key is gone."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.store.vault import LostKey


class Unreadable(Exception):
    """A row holds something that can't be read back."""


@contextmanager
def reading() -> Iterator[None]:
    """Raise Unreadable for what reading a damaged row raises."""
    try:
        yield
    except (LostKey, ValueError, LookupError, TypeError):
        raise Unreadable from None
