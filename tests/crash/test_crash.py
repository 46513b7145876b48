"""The program killed with SIGKILL, again and again: `pytest -m crash --kills 1000 --seed 1`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.campaign import Campaign

HOURS = 3 * 3600


@pytest.mark.crash
@pytest.mark.timeout(HOURS)
async def test_no_kill_loses_a_letter_or_a_reply_or_brings_it_more_than_twice(
    tmp_path: Path, tell_figures: Callable[[str], None], kills: int, seed: int
) -> None:
    figures = await Campaign(tmp_path, seed).run(kills)
    line = f"crash seed={seed} {figures}"
    tell_figures(line)
    assert figures.kills.total() == kills
    assert figures.breaches == (), "\n".join((line, *figures.breaches))
    assert figures.integrity_failures == 0, line
    assert figures.lost == 0, line
    assert figures.sent > 0
