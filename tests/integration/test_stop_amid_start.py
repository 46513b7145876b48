"""Told to stop while it starts, the program stops, and leaves the store to the next start."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from bot import run
from bot.store import database, erasures, leases, suppression_changes
from bot.store.lock import FolderLock
from tests.support.app import Harness
from tests.support.watched import Gate

SOON = 5  # seconds

STEPS: list[tuple[Any, str]] = [
    (database, "migrate"),
    (database, "pair"),
    (database, "reencrypt"),
    (erasures, "catch_up"),
    (leases, "expire_leases"),
    (suppression_changes, "agree"),
]


def gated(act: Callable[..., Any], gate: Gate) -> Callable[..., Any]:
    """Return what does as `act` once the gate is open."""

    async def pass_through(*arguments: Any, **named: Any) -> Any:
        await gate.pass_through()
        return await act(*arguments, **named)

    return pass_through


@pytest.mark.parametrize(("owner", "step"), STEPS, ids=[step for _, step in STEPS])
async def test_a_signal_ends_a_start_wherever_it_is(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, owner: Any, step: str
) -> None:
    threads, gate = set(threading.enumerate()), Gate()
    with monkeypatch.context() as patched:
        patched.setattr(owner, step, gated(getattr(owner, step), gate))
        starting = asyncio.create_task(started(harness))
        await gate.reached()
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(SOON):
            await starting
    await asyncio.to_thread(all_ended, threads)
    with FolderLock(harness.settings.data_dir):
        async with harness.app() as app:
            await harness.user(app).seal("Run", "me@example.com")


def all_ended(but: set[threading.Thread]) -> None:
    """Return once there are no threads but those and asyncio's own, which end with the loop."""
    for thread in set(threading.enumerate()) - but:
        if not thread.name.startswith("asyncio"):
            thread.join(SOON)
            assert not thread.is_alive()


async def started(harness: Harness) -> None:
    settings = harness.settings
    assert settings.telegram is not None
    assert settings.smtp is not None
    await run.on_telegram(settings, settings.telegram, settings.smtp)
