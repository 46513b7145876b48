"""Watches the program from inside, and ends it where the plan says.

Every name of the program's that is patched stands in the tables at the top. Nothing of it is
replaced but its clock, its rates and, if the plan says so, the ending of leases at its start.
"""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from unittest.mock import patch
from weakref import WeakKeyDictionary

from bot import app, cli, run
from bot.app import App
from bot.botapi.budget import Rates
from bot.clock import MovableClock
from bot.delivery.chat import ChatTransport
from bot.delivery.email import EmailTransport
from bot.delivery.outcome import Outcome, Sent
from bot.delivery.transport import BeforeSend
from bot.letters import State
from bot.store import (
    addresses,
    answers,
    claims,
    erase_person,
    inbox,
    leases,
    ledger_suppressions,
    reminders,
    sealing,
    suppressions,
)
from bot.store.database import Database, Transaction
from bot.store.deliveries import Delivery, Fence
from bot.store.ledger import Ledger
from bot.store.ledger_file import LedgerFile
from bot.tuning import Tuning
from tests.crash.plan import Plan, Step
from tests.crash.trace import TRACE, Trace

P = ParamSpec("P")
T = TypeVar("T")

WRITES: tuple[tuple[Any, str, Step], ...] = (
    (claims, "claim", Step.CLAIMED),
    (claims, "probe", Step.CLAIMED),
    (claims, "mark_in_flight", Step.IN_FLIGHT),
    (claims, "settle", Step.SETTLED),
    (inbox, "receive", Step.RECEIVED),
    (sealing, "seal", Step.SEALED),
    (addresses, "note_confirmed", Step.CONFIRMED),
    (reminders, "redirect", Step.REPLACED),
    (suppressions, "suppress", Step.SUPPRESSED),
    (suppressions, "lift", Step.LIFTED),
    (answers, "take", Step.ANSWERED),
    (answers, "keep_note", Step.NOTED),
    (erase_person, "erase", Step.DELETED),
)
"""Functions that write in a transaction; the child dies right after its commit."""

ANSWERING = {Step.CLAIMED, Step.IN_FLIGHT, Step.SETTLED, Step.RECEIVED}
"""Those that return nothing, or False, when they wrote nothing."""

LEDGER_WRITES: tuple[tuple[Any, str, Step], ...] = (
    (ledger_suppressions, "suppress", Step.SUPPRESSION_LISTED),
    (ledger_suppressions, "lift", Step.LIFT_LISTED),
)
"""Functions that write in the ledger; the child dies right after its commit."""

ROTATION_STEPS = ("_rewrap_batch", "_keep", "rewrite")
"""What a rotation does with the ledger; the child dies within it."""
TRANSPORTS: tuple[Any, ...] = (EmailTransport, ChatTransport)
APP = App  # started by `start`, done with all there is to do when `settle` returns
CLOCK = (run, "SystemClock")
TUNING = (app, "Tuning", Tuning(rates=Rates(overall=10_000, per_chat=10_000)))
EXPIRE_LEASES = (leases, "expire_leases")

STDIN = 0


@contextmanager
def tuned(plan: Plan, clock: MovableClock) -> Iterator[None]:
    """Let the program run on this clock, unhurried by rates, with the leases the plan wants."""
    module, name, tuning = TUNING
    with ExitStack() as stack:
        stack.enter_context(patch.object(*CLOCK, lambda: clock))
        stack.enter_context(patch.object(module, name, lambda: tuning))
        if plan.keeps_leases:
            stack.enter_context(patch.object(*EXPIRE_LEASES, _leave_leases))
        yield


@dataclass(slots=True)
class _Written:
    """What one transaction has written so far."""

    steps: list[Step] = field(default_factory=list)
    traces: list[tuple[Trace, str]] = field(default_factory=list)


class Witness:
    """Writes down what the program does, and kills it where the plan says."""

    def __init__(self, plan: Plan, clock: MovableClock) -> None:
        self._plan = plan
        self._clock = clock
        self._trace = os.open(Path(plan.folder) / TRACE, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._times = 0
        self._open: WeakKeyDictionary[Transaction, _Written] = WeakKeyDictionary()
        self._dying_commit: _Written | None = None

    def watch(self) -> None:
        """Wrap every function in the tables."""
        for module, name, step in WRITES:
            patch.object(module, name, self._writing(step, getattr(module, name))).start()
        for module, name, step in LEDGER_WRITES:
            patch.object(module, name, self._writing_ledger(step, getattr(module, name))).start()
        for transport in TRANSPORTS:
            patch.object(transport, "send", self._sending(transport.send)).start()
        for name in ROTATION_STEPS:
            patch.object(LedgerFile, name, self._rotating(getattr(LedgerFile, name))).start()
        patch.object(Ledger, "destroy", self._destroying(Ledger.destroy)).start()
        patch.object(Database, "transaction", self._committing(Database.transaction)).start()
        patch.object(APP, "start", self._starting(APP.start)).start()

    def at_end(self) -> None:
        """Die at the end, at the latest, if a rotation was to be killed."""
        if self._plan.step is Step.ROTATION:
            _die()

    def _writing(
        self, step: Step, write: Callable[Concatenate[Transaction, P], Awaitable[T]]
    ) -> Callable[Concatenate[Transaction, P], Awaitable[T]]:
        """Remember, until the commit, that a step was written."""

        async def writing(tx: Transaction, /, *args: P.args, **kwargs: P.kwargs) -> T:
            result = await write(tx, *args, **kwargs)
            if result or step not in ANSWERING:
                written = self._open.setdefault(tx, _Written())
                written.steps.append(step)
                written.traces += _traces_of(args, result)
            return result

        return writing

    def _writing_ledger(self, step: Step, write: Callable[P, T]) -> Callable[P, T]:
        def writing(*args: P.args, **kwargs: P.kwargs) -> T:
            result = write(*args, **kwargs)
            if self._dies_at(step):
                _die()
            return result

        return writing

    def _rotating(
        self, step: Callable[Concatenate[LedgerFile, P], T]
    ) -> Callable[Concatenate[LedgerFile, P], T]:
        def rotating(file: LedgerFile, /, *args: P.args, **kwargs: P.kwargs) -> T:
            if self._dies_at(Step.ROTATION):
                threading.Timer(self._plan.delay, _die).start()
            return step(file, *args, **kwargs)

        return rotating

    def _destroying(
        self, destroy: Callable[[Ledger, Sequence[int]], Awaitable[None]]
    ) -> Callable[[Ledger, Sequence[int]], Awaitable[None]]:
        async def destroying(ledger: Ledger, key_ids: Sequence[int]) -> None:
            if self._dies_at(Step.KEYS_DOOMED):
                _die()
            await destroy(ledger, key_ids)

        return destroying

    def _committing(
        self,
        transaction: Callable[Concatenate[Database, P], AbstractAsyncContextManager[Transaction]],
    ) -> Callable[Concatenate[Database, P], AbstractAsyncContextManager[Transaction]]:
        @asynccontextmanager
        async def committing(
            database: Database, /, *args: P.args, **kwargs: P.kwargs
        ) -> AsyncIterator[Transaction]:
            async with transaction(database, *args, **kwargs) as tx:
                written = self._open.setdefault(tx, _Written())
                yield tx
                self._commit_begins(written)
            self._commit_ended(written)

        return committing

    def _commit_begins(self, written: _Written) -> None:
        amid = written.steps and self._dies_at(Step.MID_COMMIT)
        if amid:
            self._dying_commit = written
            self._write_down(Trace.COMMIT_BEGUN)
            threading.Timer(self._plan.delay, _die).start()

    def _commit_ended(self, written: _Written) -> None:
        if self._dying_commit is written:
            self._write_down(Trace.COMMIT_ENDED)
        for trace, token in written.traces:
            self._write_down(trace, token)
        if any(self._dies_at(step) for step in written.steps):
            _die()

    def _dies_at(self, step: Step) -> bool:
        if step is not self._plan.step:
            return False
        self._times += 1
        return self._times == self._plan.count

    def _sending(
        self, send: Callable[[T, Delivery, BeforeSend], Awaitable[Outcome]]
    ) -> Callable[[T, Delivery, BeforeSend], Awaitable[Outcome]]:
        async def sending(transport: T, delivery: Delivery, before_send: BeforeSend) -> Outcome:
            outcome = await send(transport, delivery, before_send)
            if isinstance(outcome, Sent):
                self._write_down(Trace.SEEN, delivery.token)
            return outcome

        return sending

    def _starting(
        self, start: Callable[[App], Awaitable[None]]
    ) -> Callable[[App], Awaitable[None]]:
        async def starting(program: App) -> None:
            # The campaign never writes to a child: its pipe becomes readable when it is gone.
            asyncio.get_running_loop().add_reader(STDIN, os._exit, cli.FAILED)
            await start(program)
            if self._plan.until_idle:
                await program.settle()
                self._clock.ahead += timedelta(seconds=self._plan.jump)
                await program.settle()
                os.kill(os.getpid(), signal.SIGTERM)

        return starting

    def _write_down(self, trace: Trace, token: str = "") -> None:
        """Write a line that a kill right behind it can't take back."""
        os.write(self._trace, f"{trace} {token}\n".encode())


def _traces_of(args: tuple[Any, ...], written: object) -> list[tuple[Trace, str]]:
    """Return what was written of deliveries, `written` being the fences of those it is true of."""
    match args, written:
        case ([*given],), set():
            return [trace for each in given if (trace := _trace_of(each, written))]
    return []


def _trace_of(given: object, written: set[Fence]) -> tuple[Trace, str] | None:
    match given:
        case Delivery() as leaving if leaving.fence in written:
            return Trace.LEAVING, leaving.token
        case (Delivery() as ended, claims.Settlement(state=State.SENT)) if ended.fence in written:
            return Trace.RECORDED, ended.token
    return None


async def _leave_leases(*_: object) -> None:
    """Leave the leases of the child before to end by time."""


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
