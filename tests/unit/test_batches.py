"""What is handed in while a write is under way is written together in the next one."""

import asyncio
import sqlite3
from collections.abc import Sequence

import pytest

from bot.store.batches import MOST, Batches
from tests.support.watched import Gate


class Writer:
    """Writes numbers, doubled; the write of one waits at the gate if there is one."""

    def __init__(self) -> None:
        self.written: list[list[int]] = []
        self.gate: Gate | None = None
        self.fails_on: int | None = None
        self.batches = Batches(self._write)

    async def _write(self, numbers: Sequence[int]) -> list[int]:
        if self.gate is not None:
            await self.gate.pass_through()
        if self.fails_on in numbers:
            raise sqlite3.OperationalError("the disk is full")
        self.written.append(list(numbers))
        return [2 * number for number in numbers]


@pytest.fixture
def writer() -> Writer:
    return Writer()


async def test_what_gathers_amid_a_write_is_written_together_and_each_has_its_own_result(
    writer: Writer,
) -> None:
    writer.gate = Gate()
    first = asyncio.create_task(writer.batches.submit(1))
    await writer.gate.reached()
    others = [asyncio.create_task(writer.batches.submit(number)) for number in (2, 3, 4)]
    await asyncio.sleep(0)
    writer.gate.release()
    assert await asyncio.gather(first, *others) == [2, 4, 6, 8]
    assert writer.written == [[1], [2, 3, 4]]


async def test_no_write_has_more_than_the_most(writer: Writer) -> None:
    await asyncio.gather(*(writer.batches.submit(number) for number in range(MOST + 1)))
    assert [len(batch) for batch in writer.written] == [MOST, 1]


async def test_a_write_that_fails_fails_those_in_it_and_no_later_one(writer: Writer) -> None:
    writer.fails_on = 2
    together = [writer.batches.submit(number) for number in (1, 2)]
    results = await asyncio.gather(*together, return_exceptions=True)
    assert [type(each) for each in results] == [sqlite3.OperationalError] * 2
    assert results[0] is not results[1]
    assert await writer.batches.submit(3) == 6


async def test_who_is_cut_off_has_what_they_handed_in_written_all_the_same(writer: Writer) -> None:
    writer.gate = Gate()
    tasks = [asyncio.create_task(writer.batches.submit(number)) for number in (1, 2)]
    await writer.gate.reached()
    tasks[0].cancel()
    writer.gate.release()
    assert await tasks[1] == 4
    await writer.batches.idle()
    assert writer.written == [[1, 2]]
    assert tasks[0].cancelled()
