"""The store's transactions, and what the lanes make of a store that fails at any one of its writes.

Whatever fails: nothing leaves that isn't noted first, and what left and couldn't be settled is
settled before anything else is claimed.
"""

import asyncio
import itertools
import operator
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.app import DATABASE
from bot.delivery.lane import LaneSettings
from bot.delivery.lane_runner import LaneRunner
from bot.letters import Channel
from bot.store import claims, meta
from bot.store.database import Database
from bot.store.deliveries import Delivery
from bot.store.group_commit import GroupCommit
from bot.store.meta import MetaKey
from tests.support.clock import ManualClock
from tests.support.failing_store import FailingWriter
from tests.support.new_store import put_store
from tests.support.scripted_transport import Answer, ScriptedTransport, lane_of
from tests.support.sealed_letters import seal_letters
from tests.support.watched import Gate

DAY_7 = timedelta(days=7)


# ---- Transactions ----


async def test_a_transaction_that_raises_leaves_nothing_behind(database: Database) -> None:
    async def think_better_of_it() -> None:
        async with database.transaction() as tx:
            await meta.remember(tx, MetaKey.BOT_USERNAME, "half")
            raise ValueError("thought better")

    with pytest.raises(ValueError, match="thought better"):
        await think_better_of_it()
    assert await meta.recall(database.reader, MetaKey.BOT_USERNAME) is None
    async with database.transaction() as tx:
        await meta.remember(tx, MetaKey.BOT_USERNAME, "whole")
    assert await meta.recall(database.reader, MetaKey.BOT_USERNAME) == "whole"


async def test_transactions_of_many_tasks_follow_one_another(database: Database) -> None:
    async def add_one() -> None:
        async with database.transaction() as tx:
            before = await meta.recall(tx, MetaKey.BOT_USERNAME) or "0"
            await asyncio.sleep(0)
            await meta.remember(tx, MetaKey.BOT_USERNAME, str(int(before) + 1))

    await asyncio.gather(*(add_one() for _ in range(50)))
    assert await meta.recall(database.reader, MetaKey.BOT_USERNAME) == "50"


async def test_a_reader_sees_nothing_before_the_commit(database: Database) -> None:
    async with database.transaction() as tx:
        await meta.remember(tx, MetaKey.BOT_USERNAME, "not yet")
        assert await meta.recall(tx, MetaKey.BOT_USERNAME) == "not yet"
        assert await meta.recall(database.reader, MetaKey.BOT_USERNAME) is None
    assert await meta.recall(database.reader, MetaKey.BOT_USERNAME) == "not yet"


async def test_a_reader_can_change_nothing(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await database.reader.run("DELETE FROM facts")


async def test_closing_waits_for_the_transaction_under_way(database: Database) -> None:
    async with database.transaction() as tx:
        closing = asyncio.create_task(database.close())
        await asyncio.sleep(0)
        await meta.remember(tx, MetaKey.BOT_USERNAME, "last words")
        assert not closing.done()
    await closing


async def test_a_commit_that_fails_is_taken_back(database: Database) -> None:
    writer = FailingWriter(database)
    writer.fails = lambda _: writer.asked[-1] == "COMMIT"
    with pytest.raises(sqlite3.OperationalError):
        await _remember(database, "lost")
    writer.heal()
    assert not database._writer.in_transaction
    assert await meta.recall(database.reader, MetaKey.BOT_USERNAME) is None


# ---- The lanes on a failing store ----


async def test_a_write_that_fails_once_anywhere_loses_and_doubles_nothing(tmp_path: Path) -> None:
    for number in itertools.count(1):
        async with _post(tmp_path / str(number)) as post:
            post.writer.fails = partial(operator.eq, number)
            await post.sweep()
            if len(post.writer.asked) < number:
                break
            post.writer.heal()
            await post.sweep()
            await post.assert_each_sent_once()
    assert number > 12


async def test_a_store_that_fails_from_any_write_on_holds_all_back_until_it_is_mended(
    tmp_path: Path,
) -> None:
    for number in itertools.count(1):
        async with _post(tmp_path / str(number)) as post:
            post.writer.fails = partial(operator.le, number)
            await post.sweep()
            if len(post.writer.asked) < number:
                break
            left = len(post.transport.attempts)
            unsettled = await post.unsettled()
            for _ in range(3):
                await post.sweep()
            assert len(post.transport.attempts) == left
            post.writer.heal()
            await post.sweep()
            assert post.settles_before_next_claim() == unsettled
            await post.assert_each_sent_once()
    assert number > 12


async def test_after_a_settle_that_fails_nobody_claims_more_until_it_is_made_up_for(
    tmp_path: Path,
) -> None:
    async with _post(tmp_path / "data", letters=4, workers=2) as post:
        gate = Gate()
        post.transport.answers.extend([Answer(gate=gate)] * 2)
        post.writer.fails = lambda _: (
            sum(map(_is_settle, post.writer.asked)) == 1 and _is_settle(post.writer.asked[-1])
        )
        post.lane_runner.wake()
        await gate.reached(2)
        gate.release()
        await post.lane_runner.idle()
        assert len(post.transport.attempts) == 2
        assert await post.unsettled() == 2  # they were to share a commit

        post.writer.heal()
        await post.sweep()
        assert post.settles_before_next_claim() == 2
        await post.assert_each_sent_once()


async def test_a_take_off_that_never_succeeds_keeps_no_lane_spinning(tmp_path: Path) -> None:
    async with _post(tmp_path / "data", workers=1) as post:
        post.writer.fails = lambda _: _is_take_off(post.writer.asked[-1])
        for sweeps in range(1, 4):
            await post.sweep()
            assert sum(map(_is_take_off, post.writer.asked)) == sweeps
        assert not post.transport.arrived
        rows = await post.database.reader.all(
            "SELECT state, failures, doubts FROM deliveries WHERE reason = 'store'"
        )
        assert [tuple(row) for row in rows] == [("retry", 0, 0)]
        post.writer.heal()
        await post.sweep()
        await post.assert_each_sent_once()


# ---- Helpers ----


async def _remember(database: Database, value: str) -> None:
    async with database.transaction() as tx:
        await meta.remember(tx, MetaKey.BOT_USERNAME, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Post:
    """One lane on a store that can be made to fail, with a few reminders due."""

    database: Database
    writer: FailingWriter
    transport: ScriptedTransport
    lane_runner: LaneRunner
    letters: int

    async def sweep(self) -> None:
        self.lane_runner.wake()
        await self.lane_runner.idle()

    async def unsettled(self) -> int:
        """Count what the store takes to be somebody's, though nobody is at work."""
        rows = await self.database.reader.all(
            "SELECT id FROM deliveries WHERE state IN ('claimed', 'in_flight')"
        )
        return len(rows)

    def settles_before_next_claim(self) -> int:
        """Count the settles asked for since the store was mended, before anything was claimed."""
        asked = itertools.takewhile(lambda sql: sql not in _CLAIMS, self.writer.asked)
        return sum(map(_is_settle, asked))

    async def assert_each_sent_once(self) -> None:
        rows = await self.database.reader.all(
            "SELECT id, state, doubts, failures FROM deliveries WHERE channel = 'email' AND day = 7"
        )
        assert [tuple(row)[1:] for row in rows] == [("sent", 0, 0)] * self.letters
        arrived = [delivery.id for delivery in self.transport.arrived]
        assert sorted(arrived) == [row["id"] for row in rows]


@asynccontextmanager
async def _post(folder: Path, *, letters: int = 2, workers: int = 2) -> AsyncIterator[_Post]:
    path, clock = _new_store(folder), ManualClock()
    database = await Database.open(path)
    database._turns = GroupCommit(database._writer, clock)
    await seal_letters(database, clock, letters)
    clock.advance(DAY_7)
    writer = FailingWriter(database)
    transport = ScriptedTransport(Channel.EMAIL)
    transport.on_departure = partial(_assert_noted, path)
    settings = LaneSettings(attempts=workers)
    lane_runner = LaneRunner([lane_of(transport, database, clock, settings=settings)])
    try:
        yield _Post(
            database=database,
            writer=writer,
            transport=transport,
            lane_runner=lane_runner,
            letters=letters,
        )
    finally:
        await lane_runner.stop(grace=1)
        await database.close()


def _new_store(folder: Path) -> Path:
    folder.mkdir()
    put_store(folder)
    return folder / DATABASE


def _assert_noted(path: Path, delivery: Delivery) -> None:
    """Show that the file says, to whoever opens it, that this attempt is under way."""
    with closing(sqlite3.connect(path)) as onlooker:
        found = onlooker.execute(
            "SELECT state, attempt FROM deliveries WHERE id = ?", (delivery.id,)
        ).fetchone()
    assert found == ("in_flight", delivery.attempt)


_CLAIMS = {claims.CLAIM, claims.CLAIM_OTHERS}


def _is_settle(sql: str) -> bool:
    return sql == claims.SETTLE


def _is_take_off(sql: str) -> bool:
    return sql == claims.MARK
