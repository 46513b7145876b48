"""The lane_runner keeps the lanes going: each on its own, whatever befalls it."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.delivery.lane import LaneSettings
from bot.delivery.lane_runner import LaneRunner
from bot.letters import Channel
from bot.store.database import Database
from tests.support.clock import ManualClock
from tests.support.log_lines import log_lines
from tests.support.scripted_transport import Answer, ScriptedTransport, lane_of
from tests.support.sealed_letters import seal_letter
from tests.support.watched import Gate

LETTERS = 3
SOON = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """A lane_runner with a lane for mail and one for the chat, and a few reminders due on both."""

    lane_runner: LaneRunner
    mail: ScriptedTransport
    chat: ScriptedTransport
    database: Database

    async def states(self, channel: Channel) -> list[str]:
        rows = await self.database.reader.all(
            "SELECT state FROM deliveries WHERE channel = :channel AND day = 7 ORDER BY id",
            channel=channel,
        )
        return [row["state"] for row in rows]


@pytest.fixture
async def lanes(database: Database, clock: ManualClock) -> Lanes:
    async with database.transaction() as tx:
        for number in range(LETTERS):
            await seal_letter(tx, clock, number=number)
    clock.advance(timedelta(days=7))
    mail, chat = ScriptedTransport(Channel.EMAIL), ScriptedTransport(Channel.CHAT)
    settings = LaneSettings(attempts=1)
    lanes = [lane_of(end, database, clock, settings=settings) for end in (mail, chat)]
    return Lanes(lane_runner=LaneRunner(lanes), mail=mail, chat=chat, database=database)


async def test_woken_the_lanes_bring_out_all_that_is_due(lanes: Lanes) -> None:
    lanes.lane_runner.wake()
    await lanes.lane_runner.idle()
    for channel in Channel:
        assert await lanes.states(channel) == ["sent"] * LETTERS


async def test_a_sweep_sets_the_lanes_going_and_waits_for_none(lanes: Lanes) -> None:
    gate = lanes.mail.hold()
    await lanes.lane_runner.sweep()
    await gate.reached()
    gate.release()
    await lanes.lane_runner.idle()
    assert await lanes.states(Channel.EMAIL) == ["sent"] * LETTERS


async def test_before_it_is_woken_the_runner_is_idle(lanes: Lanes) -> None:
    async with asyncio.timeout(60):
        await lanes.lane_runner.idle()
    assert lanes.mail.rests == lanes.chat.rests == 0


async def test_a_lane_that_is_held_up_holds_up_no_other(lanes: Lanes) -> None:
    gate, last = Gate(), Gate()
    last.release()
    lanes.mail.answers.append(Answer(gate=gate))
    lanes.chat.answers.extend([Answer(), Answer(), Answer(gate=last)])
    lanes.lane_runner.wake()
    await gate.reached()
    await last.reached()
    assert len(lanes.chat.arrived) == LETTERS
    assert len(lanes.mail.arrived) == 1
    gate.release()
    await lanes.lane_runner.idle()


async def test_a_lane_woken_at_work_looks_once_more_at_its_end(lanes: Lanes) -> None:
    gate = lanes.mail.hold()
    lanes.lane_runner.wake()
    await gate.reached()
    for _ in range(3):
        lanes.lane_runner.wake()
    assert lanes.mail.rests == 1
    gate.release()
    await lanes.lane_runner.idle()
    assert lanes.mail.rests == 2
    assert len(lanes.mail.attempts) == LETTERS


async def test_a_lane_not_woken_again_looks_once(lanes: Lanes) -> None:
    lanes.lane_runner.wake()
    await lanes.lane_runner.idle()
    assert lanes.mail.rests == lanes.chat.rests == 1
    lanes.lane_runner.wake()
    await lanes.lane_runner.idle()
    assert lanes.mail.rests == lanes.chat.rests == 2


async def test_a_lanes_task_bears_its_name(lanes: Lanes) -> None:
    gate = lanes.mail.hold()
    lanes.lane_runner.wake()
    assert _lanes_at_work() == ["lane:chat", "lane:email"]
    gate.release()
    await lanes.lane_runner.idle()


@pytest.mark.parametrize(
    ("error", "level", "message"),
    [
        (
            sqlite3.OperationalError("disk I/O error"),
            logging.WARNING,
            'event="the lane waits for the store" channel=email error=OperationalError',
        ),
        (
            RuntimeError("a slip"),
            logging.ERROR,
            'event="the lane stumbled; the next sweep goes on" channel=email',
        ),
    ],
)
async def test_a_lane_that_stumbles_is_logged_and_goes_on_at_the_next_sweep(
    error: Exception,
    level: int,
    message: str,
    lanes: Lanes,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(lanes.mail, "rest", _raising(error))
    lanes.lane_runner.wake()
    await lanes.lane_runner.idle()
    assert lanes.mail.attempts == []
    assert len(lanes.chat.attempts) == LETTERS
    [record], [line] = caplog.records, log_lines(caplog)
    assert record.levelno == level
    assert line.startswith(message)
    assert (" at=" in line) == (level == logging.ERROR)

    monkeypatch.undo()
    lanes.lane_runner.wake()
    await lanes.lane_runner.idle()
    assert await lanes.states(Channel.EMAIL) == ["sent"] * LETTERS


async def test_told_to_stop_the_lanes_end_what_they_began_and_let_go(lanes: Lanes) -> None:
    gate = lanes.mail.hold()
    lanes.lane_runner.wake()
    await gate.reached()
    stopping = asyncio.create_task(lanes.lane_runner.stop(grace=60))
    await asyncio.sleep(0)
    let_go_early = lanes.mail.closed
    gate.release()
    await stopping
    assert not let_go_early
    assert await lanes.states(Channel.EMAIL) == ["sent", "due", "due"]
    assert lanes.mail.closed
    assert lanes.chat.closed


async def test_what_takes_longer_than_the_grace_is_cut_off_and_found_in_flight(
    lanes: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work: list[list[str]] = []

    async def close() -> None:
        at_work.append(_lanes_at_work())

    monkeypatch.setattr(lanes.mail, "close", close)
    gate = lanes.mail.hold()
    lanes.lane_runner.wake()
    await gate.reached()
    await lanes.lane_runner.stop(grace=SOON)
    assert await lanes.states(Channel.EMAIL) == ["in_flight", "due", "due"]
    assert at_work == [[]]


async def test_a_runner_never_woken_stops_at_once(lanes: Lanes) -> None:
    await lanes.lane_runner.stop(grace=60)
    assert lanes.mail.closed
    assert lanes.chat.closed


async def test_once_stopped_the_lanes_claim_nothing_more(lanes: Lanes) -> None:
    await lanes.lane_runner.stop(grace=60)
    lanes.lane_runner.wake()
    await lanes.lane_runner.idle()
    assert lanes.mail.attempts == lanes.chat.attempts == []


def _lanes_at_work() -> list[str]:
    names = (task.get_name() for task in asyncio.all_tasks())
    return sorted(name for name in names if name.startswith("lane:"))


def _raising(error: Exception) -> Callable[[], Awaitable[None]]:
    async def rest() -> None:
        raise error

    return rest
