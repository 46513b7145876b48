"""Steps on a connection that must come to their end, whoever asks to stop meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def to_its_end(step: Callable[[], Awaitable[T]]) -> T:
    """Await a step to its end even when the caller is cancelled meanwhile; then be cancelled."""
    task = asyncio.ensure_future(step())
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as request:
            cancelled = request
    if cancelled is not None and task.exception() is None:
        raise cancelled
    return task.result()
