"""What reads much keeps nobody waiting, and is broken off when the program stops."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from bot.app import App
from bot.store import letters, report_counts
from tests.support.app import FakeUser, Harness
from tests.support.endless import ENDLESS, endless
from tests.support.watched import Gate


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Return a gate at which the report and an export stand once they read without an end."""
    gate = Gate()
    gate.release()
    monkeypatch.setattr(report_counts, "counts", endless(gate))
    monkeypatch.setattr(letters, "rows_of", endless(gate))
    return gate


async def report(app: App, _: FakeUser) -> None:
    await app.jobs.reporter.report()


async def export(_: App, user: FakeUser) -> None:
    await user.say("/export")


@pytest.mark.parametrize("read", [report, export])
async def test_others_are_answered_during_a_long_read_and_closing_breaks_it_off(
    harness: Harness, reading: Gate, read: Callable[[App, FakeUser], Coroutine[None, None, None]]
) -> None:
    async with harness.app() as app:
        user, other = harness.user(app), harness.user(app, "other")
        await user.say("/start")
        under_way = asyncio.create_task(read(app, user))
        await reading.reached()
        update = other.telegram.say(other.person, "/letters")
        await other.telegram.confirmed(update)
        while not other.heard:
            await app.database.reader.one("SELECT 1")
    under_way.cancel()
    await asyncio.wait([under_way])


async def test_a_read_that_is_given_up_ends(harness: Harness) -> None:
    async with harness.app() as app:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1), app.database.long_reader() as session:
                await session.all(ENDLESS)
        assert not app.database._long_readers._open
