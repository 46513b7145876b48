"""The fork server starts a module as `python -m` does, and tells how it ended."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fork_server import Order
from tests.support.forks import Fork, ForkServer
from tests.support.pipes import Pipes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are for Linux")


@pytest.fixture(scope="module")
def forks() -> Iterator[ForkServer]:
    server = ForkServer("json.decoder")
    yield server
    server.close()


async def started(forks: ForkServer, folder: Path, *arguments: str) -> tuple[Fork, Pipes]:
    order = Order(module="json.tool", arguments=arguments, folder=str(folder), environ={})
    async with Pipes.opened() as (pipes, theirs):
        return await forks.fork(order, *theirs), pipes


async def test_a_child_has_its_own_streams_and_arguments(forks: ForkServer, tmp_path: Path) -> None:
    child, pipes = await started(forks, tmp_path, "--compact")
    pipes.stdin.write(b'{"a": 1}')
    pipes.stdin.close()
    assert await pipes.stdout.read() == b'{"a":1}\n'
    assert await pipes.stderr.read() == b""
    assert await child.wait() == child.returncode == 0


async def test_a_child_stands_in_its_own_folder(forks: ForkServer, tmp_path: Path) -> None:
    (tmp_path / "some.json").write_text("{}")
    child, pipes = await started(forks, tmp_path, "some.json")
    pipes.stdin.close()
    assert await pipes.stdout.read() == b"{}\n"
    assert await child.wait() == 0
    assert await pipes.stderr.read() == b""


async def test_children_run_side_by_side_and_end_each_in_its_way(
    forks: ForkServer, tmp_path: Path
) -> None:
    (killed, its_pipes), (misused, other_pipes) = [
        await started(forks, tmp_path, *arguments) for arguments in ((), ("--no-such-option",))
    ]
    assert await misused.wait() == 2
    assert b"--no-such-option" in await other_pipes.stderr.read()
    assert killed.returncode is None
    killed.send_signal(signal.SIGKILL)
    assert await killed.wait() == -signal.SIGKILL
    for pipes in (its_pipes, other_pipes):
        pipes.stdin.close()
        assert await pipes.stdout.read() == b""
