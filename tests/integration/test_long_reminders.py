"""A reminder too long for one chat message: its parts go out in order, none of them twice."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from telegram import Bot
from telegram.error import NetworkError, TimedOut
from telegram.request import RequestData

from bot.botapi.budget import CallBudget, Rates
from bot.delivery.chat import ChatTransport
from bot.delivery.lane import Lane
from bot.local.request import LocalRequest
from bot.local.telegram import Telegram
from bot.store.database import Database
from tests.support.clock import ManualClock
from tests.support.languages import ENGLISH
from tests.support.scripted_transport import lane_of
from tests.support.sealed_letters import seal_letter

TEXT = "".join(f"{number:03}🙂" for number in range(1000))  # 4,000 characters, 5,000 code units


class _BrokenLine(LocalRequest):
    """Breaks before, or right after, the second message to a person is sent."""

    def __init__(self, telegram: Telegram, fault: NetworkError, *, arrives: bool) -> None:
        super().__init__(telegram)
        self._fault = fault
        self._arrives = arrives
        self._messages = 0

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *_: object,
        **__: object,
    ) -> tuple[int, bytes]:
        self._messages += url.endswith("sendMessage")
        breaks = self._messages == 2 and url.endswith("sendMessage")
        if breaks and not self._arrives:
            raise self._fault
        answer = await super().do_request(url, method, request_data)
        if breaks:
            raise self._fault
        return answer


@asynccontextmanager
async def _lane(path: Path, clock: ManualClock, request: LocalRequest) -> AsyncIterator[Lane]:
    database = await Database.open(path)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        bot = Bot("1:test", request=request, get_updates_request=request)
        await stack.enter_async_context(bot)
        budget = CallBudget(clock, Rates(overall=math.inf, per_chat=math.inf))
        transport = ChatTransport(bot, clock=clock, language=ENGLISH, budget=budget)
        async with database.transaction() as tx:
            await seal_letter(tx, clock, text=TEXT)
        clock.advance(timedelta(days=7))
        yield lane_of(transport, database, clock)


async def _drained(lane: Lane, clock: ManualClock) -> None:
    """Let the lane do what it can, and ten minutes pass."""
    drain = asyncio.create_task(lane.drain())
    pause = asyncio.create_task(clock.asleep())
    await asyncio.wait([drain, pause], return_when=asyncio.FIRST_COMPLETED)
    clock.advance(timedelta(minutes=10))
    await drain
    pause.cancel()


def _fault(kind: type[NetworkError], cause: httpx.TransportError) -> NetworkError:
    fault = kind("broken")
    fault.__cause__ = cause
    return fault


@pytest.mark.parametrize(
    ("fault", "arrives", "copies"),
    [
        (_fault(NetworkError, httpx.ConnectError("refused")), False, 1),
        (_fault(TimedOut, httpx.PoolTimeout("busy")), False, 1),
        (_fault(TimedOut, httpx.ReadTimeout("silent")), False, 1),
        (_fault(TimedOut, httpx.ReadTimeout("silent")), True, 2),
    ],
    ids=["unreachable", "busy", "silence before", "silence after"],
)
async def test_a_reminder_broken_off_between_its_parts_goes_on_with_the_second(
    fault: NetworkError,
    copies: int,
    tmp_path: Path,
    clock: ManualClock,
    telegram: Telegram,
    *,
    arrives: bool,
) -> None:
    request = _BrokenLine(telegram, fault, arrives=arrives)
    async with _lane(tmp_path / "bot.db", clock, request) as lane:
        for _ in range(3):
            await _drained(lane, clock)
    first, *rest = [message.text for message in telegram.messages]
    assert len(rest) == copies
    assert "000🙂" in first
    assert all(part.startswith(rest[0][:20]) for part in rest)
    said = first + rest[-1]
    assert TEXT in said
