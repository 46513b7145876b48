"""Cancels a piece of work at one chosen place where it waits, so that each can have its turn."""

import asyncio
from collections.abc import Coroutine, Generator
from enum import StrEnum
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class When(StrEnum):
    """On which side of what is waited for the cancellation comes."""

    BEFORE = "before it has happened"
    AFTER = "after it has happened"


class CancelledAt(Generic[T]):
    """Awaits a coroutine, and has the task it runs in cancelled at the `number`th wait.

    `waits` counts how often the coroutine waited; where it stays below `number`, nothing was
    cancelled. With `again`, every later wait is cancelled as well.
    """

    def __init__(
        self, work: Coroutine[Any, Any, T], number: int, when: When, *, again: bool = False
    ) -> None:
        self.waits = 0
        self._work = work
        self._number = number
        self._when = when
        self._again = again

    async def run(self) -> T | None:
        """Run to the end, in a task of its own; None where the cancellation ended it."""
        task = asyncio.create_task(self._awaited())
        await asyncio.wait([task])
        return None if task.cancelled() else task.result()

    async def _awaited(self) -> T:
        return await self

    def __await__(self) -> Generator[Any, Any, T]:
        steps = self._work.__await__()
        fault: BaseException | None = None
        while True:
            try:
                awaited = steps.throw(fault) if fault else next(steps)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]  # a StopIteration's value is untyped
            self.waits += 1
            if self.waits == self._number or (self._again and self.waits > self._number):
                self._cancel(awaited)
            fault = None
            try:
                yield awaited
            except BaseException as thrown:  # noqa: BLE001 - handed on to the work itself
                fault = thrown

    def _cancel(self, awaited: asyncio.Future[object] | None) -> None:
        task = asyncio.current_task()
        assert task is not None
        if self._when is When.AFTER and awaited is not None:
            awaited.add_done_callback(lambda _: task.cancel())
        else:
            task.cancel()
