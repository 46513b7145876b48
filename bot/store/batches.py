"""Writes that gather while one is under way, and then are made together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from copy import copy
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

MOST = 64
"""Items of a write: so that no write keeps the others from the store for long."""


class Batches(Generic[T, R]):
    """Takes items one by one and writes them many at once.

    `write` is given what has gathered since its last call and returns a result for each, in their
    order. An item is written to its end even when who submitted it is cancelled.
    """

    def __init__(self, write: Callable[[Sequence[T]], Awaitable[Sequence[R]]]) -> None:
        self._write = write
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def submit(self, item: T) -> R:
        """Return what came of an item once it is written. Raises what `write` does."""
        came: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, came))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all(), name="batches")
        return await came

    async def idle(self) -> None:
        """Return once nothing is being written."""
        while self._writer is not None:
            await asyncio.wait([self._writer])

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._write_batch(batch)
        finally:
            self._writer = None

    async def _write_batch(self, batch: Sequence[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            results = await self._write([item for item, _ in batch])
        except BaseException as error:
            for _, came in batch:
                _fail(came, error)
            if not isinstance(error, Exception):
                raise
        else:
            for (_, came), result in zip(batch, results, strict=True):
                if not came.done():
                    came.set_result(result)


def _fail(came: asyncio.Future[R], error: BaseException) -> None:
    if came.done():
        return
    if isinstance(error, Exception):
        came.set_exception(copy(error))  # each its own: a traceback grows as it is raised
    else:
        came.cancel()
