"""Transactions that share a commit: each keeps its own success, and none its own excuse."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from bot.store import group_commit
from bot.store.database import Database, StoreError, Transaction
from bot.store.group_commit import GroupCommit, NestedTransaction
from tests.support.cancelling import CancelledAt, When
from tests.support.clock import ManualClock
from tests.support.failing_store import FailingWriter
from tests.support.watched import Gate

ADD = "INSERT INTO rows VALUES (:row, zeroblob(:size))"


class Refused(Exception):
    """What a body raises of its own."""


@pytest.fixture
async def database(database: Database) -> Database:
    database._turns = GroupCommit(database._writer, ManualClock())
    await database._writer.execute("CREATE TABLE rows (row TEXT PRIMARY KEY, filling BLOB) STRICT")
    return database


@pytest.fixture
def writer(database: Database) -> FailingWriter:
    return FailingWriter(database)


# ---- Who holds it already ----


@pytest.mark.parametrize("name", ["transaction", "close"])
async def test_a_task_that_asks_for_what_it_holds_is_told_at_once(
    name: str, database: Database
) -> None:
    async def enter() -> None:
        async with database.transaction():
            pass

    asked: dict[str, Callable[[], Awaitable[object]]] = {
        "transaction": enter,
        "close": database.close,
    }
    async with asyncio.timeout(60), database.transaction() as tx:
        await _add(tx, "outer")
        with pytest.raises(NestedTransaction):
            await asked[name]()
    assert await _kept(database) == {"outer"}


async def test_a_task_made_inside_a_transaction_may_open_its_own(database: Database) -> None:
    async with asyncio.timeout(60):
        async with database.transaction() as tx:
            await _add(tx, "outer")
            made = asyncio.create_task(_member(database, "inner"))
            await asyncio.sleep(0)
        await made
    assert await _kept(database) == {"outer", "inner"}


# ---- One commit ----


async def test_those_that_wait_share_a_commit(database: Database, writer: FailingWriter) -> None:
    await asyncio.gather(*(_member(database, str(number)) for number in range(20)))
    assert writer.asked.count("COMMIT") == 1
    assert len(await _kept(database)) == 20


async def test_a_group_takes_so_many_and_no_more(database: Database, writer: FailingWriter) -> None:
    most = group_commit.MOST_MEMBERS
    await asyncio.gather(*(_member(database, str(number)) for number in range(2 * most + 1)))
    assert writer.asked.count("COMMIT") == 3


async def test_a_group_takes_nobody_more_once_it_has_lasted(database: Database) -> None:
    writer = FailingWriter(database)
    ticks = iter(range(1000))
    clock = ManualClock()
    clock.monotonic = lambda: next(ticks) * group_commit.LONGEST / 4  # type: ignore[method-assign]
    database._turns._clock = clock
    await asyncio.gather(*(_member(database, str(number)) for number in range(12)))
    assert writer.asked.count("COMMIT") == 3


async def test_one_alone_asks_for_no_more_than_begin_and_commit(
    database: Database, writer: FailingWriter
) -> None:
    await _member(database, "alone")
    assert writer.asked == ["BEGIN IMMEDIATE", ADD, "COMMIT"]


async def test_nobody_leaves_before_the_commit_is_on_the_disk(
    database: Database, writer: FailingWriter
) -> None:
    gate = _gate_before_commit(writer)
    members = [asyncio.create_task(_member(database, name)) for name in "abc"]
    await gate.reached()
    assert await _kept(database) == set()
    assert not any(member.done() for member in members)
    gate.release()
    await asyncio.gather(*members)
    assert await _kept(database) == set("abc")


async def test_what_must_have_the_file_alone_comes_between_groups(database: Database) -> None:
    async def check() -> None:
        async with database._turns.alone():
            await database._writer.execute_fetchall("VACUUM")  # fails within a transaction

    members = [asyncio.create_task(_member(database, "a"))]
    checking = asyncio.create_task(check())
    members += [asyncio.create_task(_member(database, name)) for name in "bc"]
    async with asyncio.timeout(60):
        await asyncio.gather(checking, *members)
    assert await _kept(database) == set("abc")


# ---- Each its own success ----


@pytest.mark.parametrize("refusing", ["a", "b", "c", "ab", "bc"])
async def test_one_that_raises_takes_back_its_own_alone(
    refusing: str, database: Database, writer: FailingWriter
) -> None:
    members = (_member(database, name, _refuse if name in refusing else None) for name in "abc")
    ends = await asyncio.gather(*members, return_exceptions=True)
    assert [isinstance(end, Refused) for end in ends] == [name in refusing for name in "abc"]
    assert await _kept(database) == set("abc") - set(refusing)
    assert writer.asked.count("COMMIT") == 1


async def test_a_commit_that_fails_fails_all_of_the_group(
    database: Database, writer: FailingWriter
) -> None:
    writer.fails = lambda _: writer.asked[-1] == "COMMIT"
    ends = await asyncio.gather(*(_member(database, n) for n in "abc"), return_exceptions=True)
    assert all(isinstance(end, StoreError) for end in ends)
    assert len({id(end) for end in ends}) == 3
    writer.heal()
    assert not writer.in_transaction
    await _member(database, "d")
    assert await _kept(database) == {"d"}


@pytest.mark.parametrize("refused", ["SAVEPOINT member", "ROLLBACK TO member"])
async def test_a_savepoint_that_fails_leaves_nobody_in_the_dark(
    refused: str, database: Database, writer: FailingWriter
) -> None:
    writer.fails = lambda _: writer.asked[-1] == refused
    ends = await asyncio.gather(
        _member(database, "a"), _member(database, "b", _refuse), return_exceptions=True
    )
    told = {name for name, end in zip("ab", ends, strict=True) if end is None}
    assert await _kept(database) == told
    assert ("a" in told) == (refused == "SAVEPOINT member")


async def test_what_sqlite_rolls_back_by_itself_fails_those_before_and_none_behind(
    database: Database,
) -> None:
    went_on = False

    async def be_rolled_back(tx: Transaction) -> None:
        nonlocal went_on
        await tx._connection.execute("ROLLBACK")
        with suppress(StoreError):
            await _add(tx, "outside")
            went_on = True

    ends = await asyncio.gather(
        _member(database, "a"),
        _member(database, "b", be_rolled_back),
        _member(database, "c"),
        return_exceptions=True,
    )
    assert [isinstance(end, StoreError) for end in ends] == [True, True, False]
    assert not went_on
    assert await _kept(database) == {"c"}


# ---- Cancelled ----


async def test_one_cancelled_within_its_body_takes_back_its_own_alone(database: Database) -> None:
    inside = Gate()
    first = asyncio.create_task(_member(database, "a"))
    second = asyncio.create_task(_member(database, "b", lambda _: inside.pass_through()))
    third = asyncio.create_task(_member(database, "c"))
    await inside.reached()
    second.cancel()
    await asyncio.wait([first, second, third])
    assert second.cancelled()
    assert await _kept(database) == {"a", "c"}


async def test_one_cancelled_while_it_waits_for_the_commit_is_so_once_it_has_ended(
    database: Database, writer: FailingWriter
) -> None:
    gate = _gate_before_commit(writer)
    members = [asyncio.create_task(_member(database, name)) for name in "ab"]
    await gate.reached()
    for member in members:
        member.cancel()
    await asyncio.sleep(0)
    assert not any(member.done() for member in members)
    gate.release()
    await asyncio.wait(members)
    assert all(member.cancelled() for member in members)
    assert await _kept(database) == set("ab")


async def test_a_group_is_committed_though_the_next_is_cancelled_as_its_turn_comes(
    database: Database,
) -> None:
    inside = Gate()
    first = asyncio.create_task(_member(database, "a", lambda _: inside.pass_through()))
    await inside.reached()
    second = asyncio.create_task(_member(database, "b"))
    await asyncio.sleep(0)
    inside.release()
    while not first.done():
        if database._turns._group is not None:
            second.cancel()
        await asyncio.sleep(0)
    assert second.cancelled()
    assert await _kept(database) == {"a"}


# ---- All at once ----


@pytest.mark.parametrize("seed", range(40))
async def test_the_file_holds_what_the_successful_wrote_whatever_befell_the_others(
    seed: int, database: Database
) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    [[pages]] = await database._writer.execute_fetchall("PRAGMA page_count")
    room = chance.choice([5, 20, 60, 1000])
    await database._writer.execute_fetchall(f"PRAGMA max_page_count = {pages + room}")
    writer = FailingWriter(database)
    faults = {chance.randrange(1, 150) for _ in range(chance.choice([0, 0, 1, 3]))}
    writer.fails = lambda number: number in faults
    members = [_RandomMember(chance, str(number)) for number in range(40)]
    async with asyncio.timeout(60):
        await asyncio.gather(*(member.live(database) for member in members))
    assert not writer.in_transaction
    writer.heal()
    kept = await _kept(database)
    assert kept == await _kept_in_file(database)
    for member in members:
        own = {row for row in kept if row.partition(".")[0] == member.name}
        allowed = [member.wrote] if member.succeeded else [set()]
        if member.cancelled:
            allowed = [set(), member.wrote]
        assert own in allowed, f"{seed=} {member}"
    await writer.execute_fetchall(f"PRAGMA max_page_count = {2**30}", {})
    await _member(database, "after all")


@dataclass
class _RandomMember:
    chance: random.Random = field(repr=False)
    name: str
    wrote: set[str] = field(default_factory=set)
    succeeded: bool = False
    cancelled: bool = False

    async def live(self, database: Database) -> None:
        for _ in range(self.chance.randrange(4)):
            await asyncio.sleep(0)
        work = self._work(database, self.chance.choice(["write", "write", "refuse", "stubborn"]))
        if self.chance.random() < 0.25:
            when = self.chance.choice(list(When))
            await CancelledAt(work, self.chance.randrange(1, 12), when).run()
        else:
            await work

    async def _work(self, database: Database, kind: str) -> None:
        try:
            async with database.transaction(urgent=self.chance.random() < 0.2) as tx:
                for part in "12":
                    await self._write(tx, f"{self.name}.{part}", stubborn=kind == "stubborn")
                if kind == "refuse":
                    await _refuse(tx)
            self.succeeded = True
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        except (Refused, StoreError):
            pass

    async def _write(self, tx: Transaction, row: str, *, stubborn: bool) -> None:
        try:
            await _add(tx, row, size=self.chance.choice([10, 3000, 9000]))
        except StoreError:
            if not stubborn:
                raise
        else:
            self.wrote.add(row)


# ---- Helpers ----


async def _refuse(_: Transaction) -> None:
    raise Refused


async def _member(
    database: Database,
    name: str,
    then: Callable[[Transaction], Awaitable[None]] | None = None,
) -> None:
    async with database.transaction() as tx:
        await _add(tx, name)
        if then is not None:
            await then(tx)


async def _add(tx: Transaction, row: str, *, size: int = 10) -> None:
    await tx.run(ADD, row=row, size=size)


async def _kept(database: Database) -> set[str]:
    return {row["row"] for row in await database.reader.all("SELECT row FROM rows")}


async def _kept_in_file(database: Database) -> set[str]:
    rows = await database._writer.execute_fetchall("SELECT row FROM rows", {})
    return {row["row"] for row in rows}


def _gate_before_commit(writer: FailingWriter) -> Gate:
    gate, commit = Gate(), writer.commit

    async def held() -> None:
        await gate.pass_through()
        await commit()

    writer.commit = held  # type: ignore[method-assign]
    return gate
