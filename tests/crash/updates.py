"""The updates that Telegram was given, until each is handled."""

from tests.crash.reconciliation import Reconciliation
from tests.crash.snapshot import Snapshot


class OpenUpdates:
    """Sees that what the program confirmed to Telegram is handled, or kept."""

    def __init__(self, books: Reconciliation) -> None:
        self._books = books
        self._open: set[int] = set()
        self._confirmed = 0

    def add(self, update_id: int) -> None:
        """Note an update that Telegram has received."""
        self._open.add(update_id)

    def confirm(self, offset: object) -> None:
        """Note the offset of a `getUpdates`: whatever lies before it was received."""
        self._confirmed = max(self._confirmed, int(str(offset or 0)))

    def check(self, found: Snapshot) -> None:
        """Compare with the store."""
        for number in sorted(self._open):
            if found.updates.get(number):
                self._open.discard(number)
            elif number < self._confirmed and number not in found.updates:
                self._books.breach(f"update {number} was confirmed, and is gone")

    def check_ends(self) -> None:
        """See that none is left."""
        for number in sorted(self._open):
            self._books.breach(f"update {number} was never handled")
