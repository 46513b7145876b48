"""The lock at the writer: the urgent first, one at a time, whoever gives up."""

import asyncio

import pytest

from bot.store.priority_lock import PriorityLock


class Queue:
    """People waiting for one turn, and the order in which they got it."""

    def __init__(self) -> None:
        self.lock = PriorityLock()
        self.served: list[str] = []
        self.inside = 0

    def join(self, name: str, *, urgent: bool = False) -> asyncio.Task[None]:
        return asyncio.create_task(self._take(name, urgent=urgent))

    async def _take(self, name: str, *, urgent: bool) -> None:
        async with self.lock.hold(urgent=urgent):
            self.inside += 1
            assert self.inside == 1
            self.served.append(name)
            await asyncio.sleep(0)
            self.inside -= 1


@pytest.fixture
def queue() -> Queue:
    return Queue()


async def joined() -> None:
    """Let those just created come to their place."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_the_urgent_come_before_all_others_and_each_kind_in_its_order(queue: Queue) -> None:
    async with queue.lock.hold():
        tasks = [queue.join(name, urgent=name.isupper()) for name in "abCdE"]
        await joined()
        assert queue.served == []
    await asyncio.gather(*tasks)
    assert queue.served == list("CEabd")


async def test_a_free_turn_is_taken_at_once(queue: Queue) -> None:
    for name in "ab":
        await queue.join(name)
    assert queue.served == ["a", "b"]


@pytest.mark.parametrize("when", ["while waiting", "as the turn comes"])
async def test_who_gives_up_holds_nobody_up(queue: Queue, when: str) -> None:
    async with queue.lock.hold():
        first, second = queue.join("a"), queue.join("b")
        await joined()
        if when == "while waiting":
            first.cancel()
    if when == "as the turn comes":
        first.cancel()
    await second
    assert first.cancelled()
    assert queue.served == ["b"]


async def test_a_failure_inside_passes_the_turn_on(queue: Queue) -> None:
    async with queue.lock.hold():
        waiting = queue.join("a")
        await joined()
    with pytest.raises(ZeroDivisionError):
        async with queue.lock.hold():
            raise ZeroDivisionError
    await waiting
    assert queue.served == ["a"]
