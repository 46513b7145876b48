"""The program as the campaign runs it: `python -m bot run` on a shifted clock, under watch.

Started as `python -m tests.crash.child` this is the fork server. It has imported the program and
forks it for every Plan it reads, a line each; it answers with the child's pid and, later, its exit
code.
Nothing of the program is replaced: what the campaign wants to know is taken down around its calls.
"""

import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar
from unittest.mock import patch

from bot import app, cli, modes
from bot.app import House, Tuning
from bot.clock import MovableClock
from bot.delivery.chat import ChatTransport
from bot.delivery.email import EmailTransport
from bot.delivery.outcome import Outcome, Sent
from bot.delivery.pace import Rates
from bot.delivery.transport import TakeOff
from bot.letters import Delivery, State
from bot.store import inbox, letters, outbox
from bot.store.database import Database, Transaction

P = ParamSpec("P")
T = TypeVar("T")

TRACE = "trace"
"""The file in the data folder that outlives the child; see `Trace`."""

UNHURRIED = Tuning(rates=Rates(overall=10_000, per_chat=10_000))
STDIN = 0


class Step(StrEnum):
    """When the child dies."""

    MOMENT = "moment"
    """Whenever the campaign says so."""
    ACCEPTED = "accepted"
    """A server has taken deliveries and its yes isn't written yet; the campaign sees to it."""
    CLAIMED = "claimed"
    IN_FLIGHT = "in flight"
    SETTLED = "settled"
    MID_COMMIT = "mid-commit"
    RECEIVED = "received"
    """An update is kept, and neither handled nor confirmed to Telegram."""
    SEALED = "sealed"
    """A letter is sealed, and its person isn't told yet."""


class Trace(StrEnum):
    """What the child takes down, each with the token of the delivery it is about."""

    LEAVING = "leaving"
    """In flight, committed: the bytes leave next."""
    SEEN = "seen"
    """The server's yes was read."""
    RECORDED = "recorded"
    """The yes is on disk."""
    COMMIT_BEGUN = "commit-begun"
    COMMIT_ENDED = "commit-ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One life of the program.

    `ahead`: seconds its clock is in front. It dies at the `count`th time it comes to `step`; amid
    a commit, `delay` seconds after its begin. `until_idle`: it leaves by itself, in good order.
    """

    folder: str
    environ: Mapping[str, str]
    ahead: float
    step: Step = Step.MOMENT
    count: int = 1
    delay: float = 0.0
    until_idle: bool = False

    def to_line(self) -> bytes:
        """Give the plan as a line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Give the plan that `to_line` wrote."""
        kept = json.loads(line)
        return cls(**kept | {"step": Step(kept["step"])})


def serve_forks() -> None:
    """Bring up one child after another until the campaign hangs up."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            sys.exit(live(Plan.from_line(line)))
        _report(pid)
        _report(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def live(plan: Plan) -> int:
    """Be the program, with the setting, the time and the end that the plan wants."""
    os.chdir(plan.folder)
    os.environ.update(plan.environ)
    Witness(plan).watch()
    clock = MovableClock(timedelta(seconds=plan.ahead))
    with (
        patch.object(modes, "SystemClock", lambda: clock),
        patch.object(app, "Tuning", lambda: UNHURRIED),
    ):
        return cli.main(["run"])


class Witness:
    """Takes down what the program does, and ends it where the plan says."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._trace = os.open(Path(plan.folder) / TRACE, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._times = 0
        self._written: list[_Written] = []
        self._dying_commit: list[_Written] | None = None

    def watch(self) -> None:
        """Stand at every place of interest."""
        for module, name, step in (
            (outbox, "claim", Step.CLAIMED),
            (outbox, "mark_in_flight", Step.IN_FLIGHT),
            (outbox, "settle", Step.SETTLED),
            (inbox, "receive", Step.RECEIVED),
            (letters, "seal", Step.SEALED),
        ):
            patch.object(module, name, self._writing(step, getattr(module, name))).start()
        for transport in (EmailTransport, ChatTransport):
            patch.object(transport, "send", self._sending(transport.send)).start()
        patch.object(Database, "transaction", self._committing(Database.transaction)).start()
        patch.object(House, "start", self._starting(House.start)).start()

    def _writing(
        self, step: Step, write: Callable[Concatenate[Transaction, P], Awaitable[T]]
    ) -> Callable[Concatenate[Transaction, P], Awaitable[T]]:
        """Remember, until the commit, that a step was written."""

        async def writing(tx: Transaction, /, *args: P.args, **kwargs: P.kwargs) -> T:
            result = await write(tx, *args, **kwargs)
            if result or step is Step.SEALED:
                self._written.append(_Written(step=step, trace=_trace_of(step, args)))
            return result

        return writing

    def _committing(
        self,
        transaction: Callable[Concatenate[Database, P], AbstractAsyncContextManager[Transaction]],
    ) -> Callable[Concatenate[Database, P], AbstractAsyncContextManager[Transaction]]:
        @asynccontextmanager
        async def committing(
            database: Database, /, *args: P.args, **kwargs: P.kwargs
        ) -> AsyncIterator[Transaction]:
            async with transaction(database, *args, **kwargs) as tx:
                written = self._written = []
                yield tx
                self._commit_begins(written)
            self._commit_ended(written)

        return committing

    def _commit_begins(self, written: list["_Written"]) -> None:
        if written and self._dies_at(Step.MID_COMMIT):
            self._dying_commit = written
            self._take_down(Trace.COMMIT_BEGUN)
            threading.Timer(self._plan.delay, _die).start()

    def _commit_ended(self, written: list["_Written"]) -> None:
        if self._dying_commit is written:
            self._take_down(Trace.COMMIT_ENDED)
        for each in written:
            if each.trace:
                self._take_down(*each.trace)
        if any(self._dies_at(each.step) for each in written):
            _die()

    def _dies_at(self, step: Step) -> bool:
        if step is not self._plan.step:
            return False
        self._times += 1
        return self._times == self._plan.count

    def _sending(
        self, send: Callable[[T, Delivery, TakeOff], Awaitable[Outcome]]
    ) -> Callable[[T, Delivery, TakeOff], Awaitable[Outcome]]:
        async def sending(transport: T, delivery: Delivery, take_off: TakeOff) -> Outcome:
            outcome = await send(transport, delivery, take_off)
            if isinstance(outcome, Sent):
                self._take_down(Trace.SEEN, delivery.token)
            return outcome

        return sending

    def _starting(
        self, start: Callable[[House], Awaitable[None]]
    ) -> Callable[[House], Awaitable[None]]:
        async def starting(house: House) -> None:
            # The campaign never writes to a child: its pipe becomes readable when it is gone.
            asyncio.get_running_loop().add_reader(STDIN, os._exit, cli.FAILED)
            await start(house)
            if self._plan.until_idle:
                await house.settle()
                os.kill(os.getpid(), signal.SIGTERM)

        return starting

    def _take_down(self, trace: Trace, token: str = "") -> None:
        """Write a line that a kill right behind it can't take back."""
        os.write(self._trace, f"{trace} {token}\n".encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    step: Step
    trace: tuple[Trace, str] | None


def _trace_of(step: Step, args: tuple[Any, ...]) -> tuple[Trace, str] | None:
    match step, args:
        case Step.IN_FLIGHT, (Delivery() as delivery,):
            return Trace.LEAVING, delivery.token
        case Step.SETTLED, (Delivery() as delivery, outbox.Settlement(state=State.SENT)):
            return Trace.RECORDED, delivery.token
    return None


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _report(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve_forks()
