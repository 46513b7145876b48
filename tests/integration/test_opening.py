"""Each day the letters due within a week are opened: what can't be read is told in time."""

import logging
from datetime import timedelta

import pytest

from bot.app import App
from bot.store import opening
from tests.support.app import Harness
from tests.support.delivery_side import ADMIN
from tests.support.rows import count
from tests.support.sealed_letters import seal_letters
from tests.support.talk import told

DAY = timedelta(days=1)


@pytest.fixture
def harness(harness: Harness) -> Harness:
    """Return a harness whose operator is told of faults."""
    harness.environ = {"ADMIN_CHAT_ID": str(ADMIN)}
    return harness


def notes(harness: Harness) -> list[str]:
    return [each.text for each in harness.telegram.messages if each.chat_id == ADMIN]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE letters SET text = substr(text, 1, 30) WHERE id IN (1, 3)",
        "UPDATE letters SET zone = 'Nowhere/Atall' WHERE id IN (1, 3)",
        "UPDATE addresses SET address = '*2:AAAA' WHERE id IN (1, 3)",
    ],
)
async def test_letters_that_cannot_be_read_are_counted_a_week_ahead_and_told_of_once_a_day(
    harness: Harness, app: App, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    caplog.set_level(logging.ERROR)
    await seal_letters(app.database, harness.clock, 3)
    async with app.database.transaction() as tx:
        await tx.run(damage)
    for _ in range(2):
        await app.jobs.opener.open_coming()
    await app.lane_runner.idle()
    assert notes(harness) == [told("letters-unreadable", letters="2")]
    assert "letters=1,3" in caplog.text or any(
        getattr(each, "letters", None) == "1,3" for each in caplog.records
    )
    harness.clock.advance(DAY)
    await app.jobs.opener.open_coming()
    await app.lane_runner.idle()
    assert len(notes(harness)) == 2


async def test_a_letter_whose_key_is_lost_is_among_them(harness: Harness, app: App) -> None:
    await seal_letters(app.database, harness.clock, 2)
    [row, _] = await app.database.reader.all("SELECT key_id FROM letters ORDER BY id")
    await app.database.ledger.destroy([row["key_id"]])
    found = await opening.unreadable(app.database.reader, harness.clock.now() + 7 * DAY)
    assert found == {1}


async def test_where_all_can_be_read_nobody_is_told_anything(harness: Harness, app: App) -> None:
    await seal_letters(app.database, harness.clock, 2)
    before = await count(app.database, "deliveries")
    await app.jobs.opener.open_coming()
    assert await count(app.database, "deliveries") == before


async def test_what_comes_later_is_looked_at_later(harness: Harness, app: App) -> None:
    await seal_letters(app.database, harness.clock, 1)
    async with app.database.transaction() as tx:
        await tx.run("UPDATE letters SET text = ''")
    now = harness.clock.now()
    assert await opening.unreadable(app.database.reader, now + 6 * DAY) == set()
    assert await opening.unreadable(app.database.reader, now + 7 * DAY) == {1}


async def test_more_letters_than_are_read_at_once_are_all_opened(
    harness: Harness, app: App
) -> None:
    number = opening.BATCH * 2 + 1
    await seal_letters(app.database, harness.clock, number)
    async with app.database.transaction() as tx:
        await tx.run("UPDATE letters SET text = ''")
    until = harness.clock.now() + 7 * DAY
    assert await opening.unreadable(app.database.reader, until) == set(range(1, number + 1))
    rows = await app.database.reader.all(
        "EXPLAIN QUERY PLAN " + opening.COMING, since="", after=0, until=""
    )
    assert any("deliveries_waiting (channel=? AND next_at>" in row["detail"] for row in rows)
