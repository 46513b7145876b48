"""The disk is full at one write after another, and gives way page by page.

Nothing is said to be sealed that isn't stored, nothing leaves that can't be noted, the program
stays up, and all that is due goes out, once, when there is room again.
"""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from tests.support.app import Harness
from tests.support.full_disk import FewPages, Outcome, live_through
from tests.support.log_lines import log_lines
from tests.support.smtpd import ScriptedSmtp

ROOT = Path(__file__).parents[2]


async def test_a_letter_gets_through_a_database_that_may_not_grow(
    harness: Harness, smtp_server: ScriptedSmtp, caplog: pytest.LogCaptureFixture
) -> None:
    outcome = await live_through(FewPages(), harness, smtp_server)
    assert 'event="updates wait at Telegram" error=SQLITE_FULL' in log_lines(caplog)
    assert outcome.error == "SQLITE_FULL"
    assert outcome.updates_refused + outcome.told_to_repeat >= 2
    _assert_kept_its_word(outcome)


async def test_a_letter_gets_through_files_that_may_not_grow(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.full_disk",
        str(tmp_path),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complaints = await child.communicate()
    assert child.returncode == 0, complaints.decode()
    outcome = Outcome(**json.loads(said))
    assert outcome.error == "SQLITE_IOERR_WRITE"
    assert outcome.updates_refused >= 3
    assert outcome.told_to_repeat >= 3
    assert outcome.sweeps_held_up >= 3
    assert outcome.replies_held_up >= 1
    _assert_kept_its_word(outcome)


def _assert_kept_its_word(outcome: Outcome) -> None:
    assert outcome.sealed_said == outcome.sealed_kept == 1
    assert outcome.unnoted == 0
    assert outcome.drained
    assert (outcome.mails, outcome.reminders, outcome.doubts) == (3, 2, 0)
