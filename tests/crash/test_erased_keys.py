"""What the campaign sees of keys that should be gone."""

from pathlib import Path

import pytest

from bot.clock import SystemClock
from tests.crash.erased_keys import ErasedKeys
from tests.crash.reconciliation import Reconciliation
from tests.crash.snapshot import Snapshot
from tests.crash.uptime import Uptime

ERASED, OTHER = 1, 2
KEYS = {ERASED: {b"first key", b"second key"}, OTHER: {b"another key"}}


@pytest.fixture
def books() -> Reconciliation:
    return Reconciliation(Uptime(SystemClock()))


@pytest.fixture
def erased_keys(books: Reconciliation) -> ErasedKeys:
    """Return what has seen everybody's keys, before one of them was told that all is erased."""
    erased_keys = ErasedKeys(books)
    erased_keys.check(Snapshot(intact=True, keys=KEYS))
    books.erased(ERASED)
    return erased_keys


def test_a_key_of_somebody_erased_that_the_ledger_still_has_is_a_breach(
    books: Reconciliation, erased_keys: ErasedKeys
) -> None:
    erased_keys.check(Snapshot(intact=True, keys={OTHER: KEYS[OTHER]}))
    assert books.breaches == []
    erased_keys.check(Snapshot(intact=True, keys={ERASED: {b"second key"}, **KEYS}))
    assert books.breaches == ["1 is erased and a key of theirs is still there"]


def test_a_key_of_somebody_erased_that_a_file_still_has_is_a_breach(
    books: Reconciliation, erased_keys: ErasedKeys, tmp_path: Path
) -> None:
    (tmp_path / "ledger.db").write_bytes(b"... another key ...")
    assert erased_keys.check_files(tmp_path) == 2
    assert books.breaches == []
    (tmp_path / "ledger.db-wal").write_bytes(b"... first key ...")
    erased_keys.check_files(tmp_path)
    assert books.breaches == ["1 is erased and a key of theirs is in ledger.db-wal"]
