"""The migration killed with SIGKILL at any moment, and begun again: `pytest -m crash --kills 400`.

One kill in `SHARE` of a campaign's is such a one.
"""

import asyncio
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from bot.app import DATABASE
from bot.store.ledger_file import LEDGER
from bot.store.letter_keys import NO_KEYS
from bot.store.stopped_file import STOPPED
from tests.crash.opening import BEGUN, DONE, open_store
from tests.support.at_rest import encrypted_values, integrity, kept, legible, suppressions_kept
from tests.support.forks import REPOSITORY, surroundings
from tests.support.older import make_older

SHARE = 4
LETTERS = 300
STILL, LIFTED = "a" * 32, "b" * 32  # the keys of mailboxes
UNFINISHED = "c" * 7

Contents = tuple[list[tuple[str, str, str]], dict[str, bool]]


@pytest.mark.crash
async def test_a_migration_killed_at_any_moment_is_gone_on_with_and_loses_nothing(
    tmp_path: Path, kills: int, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - chosen again for the same seed
    pristine, whole = tmp_path / "pristine", tmp_path / "whole"
    pristine.mkdir()
    await make_older(pristine / DATABASE, letters=LETTERS)
    (pristine / STOPPED).write_text(f"{STILL}\n{LIFTED}\n-{LIFTED}\n{UNFINISHED}")
    began = time.monotonic()
    shutil.copytree(pristine, whole)
    await open_store(whole)
    longest = time.monotonic() - began
    expected = _contents(whole)
    assert expected[1] == {STILL: True, LIFTED: False}
    folder, killed = tmp_path / "folder", 0
    while killed < max(kills // SHARE, 1):
        if not folder.exists():
            shutil.copytree(pristine, folder)
        if await _is_killed(folder, longest * chance.random()):
            killed += 1
            assert integrity(folder / DATABASE) == "ok"
        else:
            _check(folder, expected)
            shutil.rmtree(folder)
    if folder.exists():
        await open_store(folder)
        _check(folder, expected)


async def _is_killed(folder: Path, after: float) -> bool:
    """Open the store in a process, killed so many seconds on; False if it was done before that."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.crash.opening", str(folder)),
        cwd=REPOSITORY,
        env=surroundings(folder, {}),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == BEGUN
    try:
        async with asyncio.timeout(after):
            said = await process.stdout.readline()
    except TimeoutError:
        process.kill()
        said = await process.stdout.readline()
    code = await process.wait()
    assert code in {0, -signal.SIGKILL}
    return said != DONE


def _check(folder: Path, expected: Contents) -> None:
    """See that all is there as a migration leaves it that nothing breaks off, and no more."""
    assert _contents(folder) == expected
    assert integrity(folder / DATABASE) == integrity(folder / LEDGER) == "ok"
    assert not [value for _, _, value in encrypted_values(folder / DATABASE) if value[0] != "*"]
    assert not legible(folder, "Quokka", "Narwhal", "axolotl")
    assert not (folder / STOPPED).exists()


def _contents(folder: Path) -> Contents:
    suppressed = {key: until is None for key, (_, _, until) in suppressions_kept(folder).items()}
    return kept(folder / DATABASE, NO_KEYS), suppressed
