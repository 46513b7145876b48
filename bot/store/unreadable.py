"""What can't be read back: a row was damaged, or its key destroyed."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.store.vault import Undecipherable


class Unreadable(Exception):
    """A row holds something that can't be read back."""


@contextmanager
def reading() -> Iterator[None]:
    """Raise Unreadable for what reading a damaged row raises."""
    try:
        yield
    except (Undecipherable, ValueError, LookupError, TypeError):
        raise Unreadable from None
