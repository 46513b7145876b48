"""The keys of people who were told that everything of theirs is erased: they must be gone."""

from pathlib import Path

from tests.crash.reconciliation import Reconciliation
from tests.crash.snapshot import Snapshot
from tests.support.at_rest import files_with


class ErasedKeys:
    """Remembers which keys each person had, as the ledger kept them, until they were erased."""

    def __init__(self, books: Reconciliation) -> None:
        self._books = books
        self._keys: dict[int, set[bytes]] = {}

    def check(self, found: Snapshot) -> None:
        """See that the ledger has none of them, whenever the program was killed."""
        for person_id, keys in found.keys.items():
            if not self._books.is_erased(person_id):
                self._keys.setdefault(person_id, set()).update(keys)
        there = set().union(*found.keys.values())
        for person_id, keys in self._of_the_erased().items():
            if keys & there:
                self._books.breach(f"{person_id} is erased and a key of theirs is still there")

    def check_files(self, folder: Path) -> int:
        """See that no file below the folder has one anywhere; return how many were looked for.

        The program must have come to rest since: within a minute the ledger is written anew.
        """
        erased = self._of_the_erased()
        for person_id, keys in erased.items():
            for key in keys:
                for name in files_with(folder, key):
                    self._books.breach(f"{person_id} is erased and a key of theirs is in {name}")
        return sum(map(len, erased.values()))

    def _of_the_erased(self) -> dict[int, set[bytes]]:
        erased = self._books.is_erased
        return {person: keys for person, keys in self._keys.items() if erased(person)}
