"""The benchmark itself: small, by ratios, with slack for a busy machine."""

import asyncio
import json
import socket
import sys
import time
from asyncio.subprocess import DEVNULL
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from telegram import Bot

from bot.app import DATABASE
from bot.clock import SystemClock
from bot.store import opening, outbox
from bot.store.database import Database
from bot.store.exporting import export
from tests.benchmarks import large_store
from tests.benchmarks.bot_api import MOST_UPDATES, BotApi
from tests.benchmarks.http import Connection, Request
from tests.benchmarks.measures import most_in_a_second, percentile, steady_rate
from tests.benchmarks.people import Crowd
from tests.benchmarks.row import Goal
from tests.benchmarks.stamps import StampingListener, arrival
from tests.support.bot_api import TOKEN
from tests.support.forks import REPOSITORY, surroundings
from tests.support.loopback import HOST

DAY = timedelta(days=1)
FORM = "Content-Type: application/x-www-form-urlencoded"


async def test_a_quick_run_measures_the_program_and_writes_its_figures(tmp_path: Path) -> None:
    figures = await _quick_run(tmp_path, "sealed-20")
    assert figures["sealed-20"]["letters/s"] > 0
    assert figures["sealed-20"]["benchmark's CPU, % of a core"] < 50


async def test_a_crowd_is_answered_side_by_side(tmp_path: Path) -> None:
    figures = await _quick_run(tmp_path, "crowd-40")
    one_after_another, slack = 40, 2
    assert figures["crowd-40"]["last answer, calls"] < one_after_another / slack


async def test_a_drain_over_a_long_way_is_many_times_as_fast_as_one_connection_a_mail(
    tmp_path: Path,
) -> None:
    figures = await _quick_run(tmp_path, "drain-50ms")
    goal, slack = 30, 2
    assert figures["drain-50ms"]["times the old way"] > goal / slack


async def test_what_a_drain_takes_of_memory_does_not_grow_with_what_is_due(
    tmp_path: Path,
) -> None:
    few, many, slack = 500, 10_000, 1.25
    most = {
        size: (await _quick_run(tmp_path, "drain-large", "--size", str(size)))["drain-large"]
        for size in (few, many)
    }
    assert most[many]["memory at most, MB"] < slack * most[few]["memory at most, MB"]


async def test_a_large_store_can_be_read_and_nothing_of_it_is_due(tmp_path: Path) -> None:
    now = SystemClock().now()
    await large_store.build(tmp_path, 100, now)
    database = await Database.open(tmp_path / DATABASE, large_store.KEYS)
    try:
        person_id = 60  # whose letter came back once, and was answered
        exported = await export(database.reader, person_id, now)
        due = await outbox.next_due(database.reader)
        lost = await opening.unreadable(database.reader, now + 60 * DAY)
    finally:
        await database.close()
    assert exported is not None
    [letter] = json.loads(exported)["letters"]
    assert letter["text"].startswith("60. 매일")
    assert letter["address"] == "person60@example.com"
    assert [answer["answer"] for answer in letter["answers"]] == ["keeping"]
    assert due is not None
    assert due > now + large_store.FRESH_FOR
    assert lost == set()


async def test_updates_come_a_hundred_at_most_until_the_next_offset_confirms_them() -> None:
    async with BotApi() as api, _bot(api) as bot:
        for number in range(MOST_UPDATES + 1):
            api.say(7, f"line {number}")
        first = await bot.get_updates()
        assert len(first) == MOST_UPDATES
        assert await bot.get_updates() == first
        [last] = await bot.get_updates(offset=first[-1].update_id + 1)
        assert last.message is not None
        assert last.message.text == "line 100"


async def test_a_reply_is_heard_when_its_call_is_answered_and_not_before() -> None:
    async with BotApi() as api, _bot(api) as bot:
        loop, person = asyncio.get_running_loop(), Crowd(api).newcomer()
        came = person.ask("/help")
        [update] = await bot.get_updates(timeout=5)
        assert update.effective_user is not None
        api.latency = 0.05
        message = await bot.send_message(update.effective_user.id, "Here is help & more\n도움말")
        assert message.text == api.sent[0].text == "Here is help & more\n도움말"
        assert came.result() >= api.sent[0].arrived + api.latency
        assert came.result() <= loop.time()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's stamps are Linux's")
def test_bytes_have_come_when_they_came_and_not_when_they_are_read() -> None:
    with StampingListener(HOST) as listener:
        listener.listen()
        with socket.create_connection(listener.getsockname()) as client:
            connection, _ = listener.accept()
            with connection:
                before = time.monotonic()
                client.sendall(b"here")
                after = time.monotonic()
                while time.monotonic() < after + 1:
                    """Busy with something else."""
                assert connection.recv(10) == b"here"
                assert before - 0.5 < arrival(connection.fileno()) < after + 0.5


@pytest.mark.parametrize("piece", [1, 40, 1000])
def test_requests_are_served_whole_however_they_are_cut(piece: int) -> None:
    body = urlencode({"chat_id": 5, "text": "a letter\n& more"}).encode()
    head = f"POST /bot{TOKEN}/sendMessage HTTP/1.1\r\nContent-Length: {len(body)}\r\n{FORM}\r\n\r\n"
    requests = 2 * (head.encode() + body)
    served: list[Request] = []
    connection = Connection(lambda _, request: served.append(request))
    for start in range(0, len(requests), piece):
        connection.data_received(requests[start : start + piece])
    parameters = {"chat_id": "5", "text": "a letter\n& more"}
    assert served == 2 * [Request(method="sendMessage", parameters=parameters)]


def test_the_most_in_a_second_is_found_wherever_the_second_begins() -> None:
    assert most_in_a_second([0.0, 0.5, 0.9, 1.0, 1.3, 1.49, 3.0]) == 5
    assert most_in_a_second([2.0, 0.0, 1.0]) == 1


def test_a_steady_rate_leaves_the_first_and_last_moments_out() -> None:
    moments = [number / 10 for number in range(100)]
    assert steady_rate([0.0] * 50 + moments + [9.9] * 50) == pytest.approx(10)


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (0.991, 100), (0, 1)])
def test_a_percentile_is_the_nearest_rank(share: float, value: float) -> None:
    assert percentile(range(100, 0, -1), share) == value


def test_a_goal_for_always_is_held_against_the_worst_repeat() -> None:
    repeats = [{"most": 28.0}, {"most": 28.0}, {"most": 29.0}]
    assert Goal(figure="most", at_most=28).met(repeats)
    assert not Goal(figure="most", at_most=28, always=True).met(repeats)
    assert not Goal(figure="most", at_least=29, always=True).met(repeats)


async def _quick_run(folder: Path, row: str, *options: str) -> dict[str, dict[str, float]]:
    """Run the benchmark as a person would; return each row's figures."""
    file = folder / "figures.json"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.benchmarks", "--quick", row, *options, "--json", str(file)),
        cwd=REPOSITORY,
        env=surroundings(folder, {}),
        stdout=DEVNULL,
    )
    await process.wait()
    return {each["name"]: each["figures"] for each in json.loads(file.read_text())["rows"]}


def _bot(api: BotApi) -> Bot:
    return Bot(TOKEN, base_url=f"{api.origin}/bot")
