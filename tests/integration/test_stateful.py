"""The store and the lanes, led through whatever may happen, in any order, by hypothesis.

Letters are sealed, both far ends answer in every way they can, the clock runs and jumps both ways,
writes fail, the program is killed and started again. After each step and at the end, when all is
mended, every delivery must stand as it was promised.

The default is small and always the same. `STATEFUL_EXAMPLES=2000` in the environment runs so many
new ones, each failure with what reproduces it.
"""

import asyncio
import operator
import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bot.delivery.lane import LaneSettings
from bot.delivery.lane_runner import LaneRunner
from bot.delivery.outcome import Blame, Clarity, LaneFault, Later, Refused
from bot.delivery.report import Figures, figures
from bot.letters import Channel, State
from bot.messages.address_wanted import AddressRefused
from bot.messages.kinds import KINDS
from bot.messages.mail_failed import MailGivenUp, MailInDoubt
from bot.messages.message import Note
from bot.messages.reminder import ReminderMessage
from bot.store import leases
from bot.store.claims import Settlement
from bot.store.database import Database, from_text
from bot.store.deliveries import Delivery
from tests.support import one_claim
from tests.support.clock import A_MORNING, ManualClock
from tests.support.failing_store import FailingWriter
from tests.support.scripted_transport import Answer, Attempt, ScriptedTransport, lane_of
from tests.support.sealed_letters import seal_letter
from tests.support.watched import Gate

T = TypeVar("T")

EXAMPLES = int(os.environ.get("STATEFUL_EXAMPLES", "0"))
PROFILE = settings(
    max_examples=EXAMPLES or 20,
    stateful_step_count=25,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    print_blob=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LONG_AGO = A_MORNING - 1000 * DAY
ENDED = {State.SENT, State.FAILED}
LANES = LaneSettings(attempts=2)

PASSING = st.sampled_from([MINUTE, 20 * MINUTE, 5 * HOUR, DAY, 7 * DAY, 23 * DAY])
JUMPS = st.sampled_from([-40 * DAY, -2 * DAY, -HOUR, HOUR, 2 * DAY, 40 * DAY])
WAITS = st.sampled_from([None, timedelta(seconds=3), 2 * MINUTE, 6 * HOUR])


def answers(channel: Channel) -> st.SearchStrategy[Answer]:
    """Return every answer of a far end that doesn't lie."""
    blames = [Blame.ADDRESS if channel is Channel.EMAIL else Blame.PERSON, Blame.CONTENT]
    no = partial(st.builds, Answer, arrives=st.none().map(bool), comes_to_send=st.booleans())
    unclear = partial(st.builds, Answer, arrives=st.booleans())
    return st.one_of(
        st.builds(Answer),
        unclear(outcome=st.just(Later(reason="doubt", doubt=True))),
        unclear(outcome=st.just(RuntimeError("a fault of ours"))),
        no(outcome=st.builds(Later, reason=st.just("later"), after=WAITS)),
        no(
            outcome=st.builds(
                Refused,
                reason=st.sampled_from(["no", "never"]),
                blame=st.sampled_from(blames),
                clarity=st.sampled_from(Clarity),
            )
        ),
        no(outcome=st.builds(LaneFault, reason=st.just("lane"), urgent=st.booleans())),
    )


class Post(RuleBasedStateMachine):
    """The posting side, and the world around it."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "bot.db"
        self.clock = ManualClock()
        self.far_ends = {channel: ScriptedTransport(channel) for channel in Channel}
        self.letters = 0
        self.seen: dict[int, sqlite3.Row] = {}
        self.killed_in_flight: Counter[int] = Counter()
        self.too_early: list[int] = []
        for far_end in self.far_ends.values():
            far_end.on_departure = self._note_departure

    # ---- What may happen ----

    @initialize()
    def begin(self) -> None:
        self._run(self._open())
        self.seal(person_id=1)

    @rule(person_id=st.integers(1, 3))
    def seal(self, person_id: int) -> None:
        self.letters += 1
        self._run(self._seal(person_id))

    @rule(answers=st.lists(answers(Channel.EMAIL), min_size=1, max_size=4))
    def mail_answers(self, answers: list[Answer]) -> None:
        self.far_ends[Channel.EMAIL].answers.extend(answers)

    @rule(answers=st.lists(answers(Channel.CHAT), min_size=1, max_size=4))
    def telegram_answers(self, answers: list[Answer]) -> None:
        self.far_ends[Channel.CHAT].answers.extend(answers)

    @rule(by=PASSING)
    def time_passes(self, by: timedelta) -> None:
        self.clock.advance(by)
        self._run(self._work())

    @rule(by=JUMPS)
    def the_clock_jumps(self, by: timedelta) -> None:
        self.clock.set(self.clock.now() + by)
        self._run(self._work())

    @rule(channel=st.sampled_from(Channel), by=JUMPS, passing=PASSING, data=st.data())
    def the_clock_jumps_during_a_send(
        self, channel: Channel, by: timedelta, passing: timedelta, data: st.DataObject
    ) -> None:
        self.clock.advance(passing)
        self._run(self._jump_during_a_send(channel, data.draw(answers(channel)), by))

    @rule()
    def the_program_is_killed(self) -> None:
        self._run(self._kill())

    @rule(channel=st.sampled_from(Channel), passing=PASSING, arrives=st.booleans())
    def the_program_is_killed_during_a_send(
        self, channel: Channel, passing: timedelta, *, arrives: bool
    ) -> None:
        self.clock.advance(passing)
        self._run(self._kill_during_a_send(channel, arrives=arrives))

    @rule(write=st.integers(1, 40), passing=PASSING, lasts=st.booleans(), kill=st.booleans())
    def a_write_fails(self, write: int, passing: timedelta, *, lasts: bool, kill: bool) -> None:
        self.clock.advance(passing)
        self._run(self._fail_a_write(write, lasts=lasts, kill=kill))

    @rule(number=st.integers(0, 99), state=st.sampled_from([State.SENT, State.RETRY]))
    def a_stale_worker_settles(self, number: int, state: State) -> None:
        attempts = [each for far_end in self.far_ends.values() for each in far_end.attempts]
        if attempts:
            self._run(self._settle_again(attempts[number % len(attempts)].delivery, state))

    # ---- What must hold ----

    @invariant()
    def all_is_as_promised(self) -> None:
        rows = self._run(self._rows())
        for row in rows:
            note(f"{self.clock.now():%m-%d %H:%M} {tuple(row)}")
            self._assert_goes_forward(row)
            self._assert_copies(row)
            self._assert_told(row, rows)
        assert not self.too_early
        self.seen = {row["id"]: row for row in rows}
        failed = sum(row["state"] == State.FAILED for row in rows)
        assert self._run(self._figures()).failed == failed

    def teardown(self) -> None:
        try:
            self._run(self._mend_and_finish())
            self.all_is_as_promised()
            assert {row["state"] for row in self.seen.values()} <= ENDED
            assert sum(row["kind"] == ReminderMessage.kind for row in self.seen.values()) == (
                self.letters * 4
            )
        finally:
            self._run(self._close())
            self.loop.close()
            self.folder.cleanup()

    def _assert_goes_forward(self, row: sqlite3.Row) -> None:
        """Show that nothing once noted is taken back."""
        assert row["next_at"] >= row["due_at"]
        if before := self.seen.get(row["id"]):
            for counter in ("attempt", "failures", "doubts", "parts_sent"):
                assert row[counter] >= before[counter]
            for lasting in ("key", "kind", "channel", "due_at", "token"):
                assert row[lasting] == before[lasting]
            if before["state"] in ENDED:
                assert tuple(row) == tuple(before)

    def _assert_copies(self, row: sqlite3.Row) -> None:
        """Show that there are no copies but for doubt, and none of it went unnoticed.

        A note that a kill cut off is said again each time.
        """
        arrived = sum(each.arrived for each in self._attempts(row))
        doubts = sum(map(_left_in_doubt, self._attempts(row)))
        again = self.killed_in_flight[row["id"]]
        if not issubclass(KINDS[row["kind"]], Note):
            doubts, again = doubts + again, 0
        assert arrived <= min(2, 1 + doubts) + again
        assert row["doubts"] <= min(2, doubts)
        if row["state"] == State.SENT:
            assert arrived
        elif row["state"] in {State.DUE, State.RETRY, State.CLAIMED}:
            assert arrived <= row["doubts"] + again + self._unsettled(row["id"])

    def _assert_told(self, row: sqlite3.Row, rows: Sequence[sqlite3.Row]) -> None:
        """Show that whoever's mail failed is told so in the chat; the chat's own is counted."""
        if row["state"] != State.FAILED:
            return
        assert row["reason"]
        if row["channel"] == Channel.EMAIL:
            assert any(_tells_of(row, each) for each in rows)

    # ---- How it is done ----

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(work)

    async def _open(self) -> None:
        self.database = await Database.open(self.path)
        async with self.database.transaction() as tx:
            await leases.expire_leases(tx, self.clock.now())
        self.writer = FailingWriter(self.database)
        self.lanes = [
            lane_of(far_end, self.database, self.clock, settings=LANES, wake=self._wake)
            for far_end in self.far_ends.values()
        ]
        self.lane_runner = LaneRunner(self.lanes)

    def _wake(self) -> None:
        self.lane_runner.wake()

    async def _seal(self, person_id: int) -> None:
        async with self.database.transaction() as tx:
            await seal_letter(tx, self.clock, number=self.letters, person_id=person_id)

    async def _work(self, until: Gate | None = None) -> bool:
        """Sweep, and wait till all is quiet; False if a send came to the gate first."""
        self.database.on_due = self._wake
        self.lane_runner.wake()
        idle = asyncio.create_task(self.lane_runner.idle())
        reached = asyncio.create_task((until or Gate()).reached())
        try:
            while not idle.done() and not reached.done():
                nap = asyncio.create_task(self.clock.asleep())
                await asyncio.wait({idle, reached, nap}, return_when=asyncio.FIRST_COMPLETED)
                if nap.done():
                    self.clock.advance(MINUTE)
                    await asyncio.sleep(0)
                await _ended(nap)
            return not reached.done()
        finally:
            await _ended(idle)
            await _ended(reached)

    async def _jump_during_a_send(self, channel: Channel, answer: Answer, by: timedelta) -> None:
        async with self._held(channel, answer) as came:
            if came:
                self.clock.set(self.clock.now() + by)
        await self._work()

    async def _kill_during_a_send(self, channel: Channel, *, arrives: bool) -> None:
        async with self._held(channel, Answer(arrives=arrives)):
            await self._kill()
        await self._work()

    @asynccontextmanager
    async def _held(self, channel: Channel, answer: Answer) -> AsyncIterator[bool]:
        """Sweep, and hold the next send before it is answered; False where nothing was due."""
        held = replace(answer, gate=Gate())
        waiting = self.far_ends[channel].answers
        waiting.appendleft(held)
        yield not await self._work(held.gate)
        if held in waiting:
            waiting.remove(held)
        if held.gate:
            held.gate.release()

    async def _kill(self) -> None:
        """End the program without a word: what only its memory held is gone."""
        self.writer.heal()
        for each in self.lane_runner._lane_tasks:
            if each.task:
                await _ended(each.task)
        await self.database.close()
        await self._open()
        for row in await self._rows():
            self.killed_in_flight[row["id"]] += row["state"] == State.IN_FLIGHT

    async def _fail_a_write(self, write: int, *, lasts: bool, kill: bool) -> None:
        self.writer.heal()
        self.writer.fails = partial(operator.le if lasts else operator.eq, write)
        await self._work()
        if kill:
            await self._kill()
        self.writer.heal()

    async def _settle_again(self, stale: Delivery, state: State) -> None:
        before = await self._rows()
        [row] = [each for each in before if each["id"] == stale.id]
        if row["state"] in {State.CLAIMED, State.IN_FLIGHT} and row["attempt"] == stale.attempt:
            return
        now = self.clock.now()
        settlement = Settlement(state=state, at=now, next_at=now, failures=9, doubts=9)
        async with self.database.transaction() as tx:
            assert not await one_claim.settle(tx, stale, settlement)
        assert list(map(tuple, await self._rows())) == list(map(tuple, before))

    async def _mend_and_finish(self) -> None:
        """Let everything work, and time pass until nothing is left to do."""
        self.writer.heal()
        for far_end in self.far_ends.values():
            far_end.answers.clear()
        for _ in range(400):
            await self._work()
            waiting = [row for row in await self._rows() if row["state"] not in ENDED]
            if not waiting:
                return
            self.clock.advance(max(15 * MINUTE, _first(waiting) - self.clock.now()))

    async def _close(self) -> None:
        await self.lane_runner.stop(grace=1)
        await self.database.close()

    async def _rows(self) -> list[sqlite3.Row]:
        return await self.database.reader.all("SELECT * FROM deliveries ORDER BY id")

    async def _figures(self) -> Figures:
        now = self.clock.now()
        return await figures(self.database.reader, since=LONG_AGO, now=now)

    def _attempts(self, row: sqlite3.Row) -> list[Attempt]:
        far_end = self.far_ends[Channel(row["channel"])]
        return [each for each in far_end.attempts if each.delivery.id == row["id"]]

    def _unsettled(self, delivery_id: int) -> bool:
        return any(delivery_id in lane._attempts._recorder.leftovers for lane in self.lanes)

    def _note_departure(self, delivery: Delivery) -> None:
        """Note what was claimed before its time; the clock may be put back after the claim."""
        with closing(sqlite3.connect(self.path)) as onlooker:
            [[lease_until]] = onlooker.execute(
                "SELECT lease_until FROM deliveries WHERE id = ?", (delivery.id,)
            )
        if from_text(lease_until) - LANES.lease < delivery.due_at:
            self.too_early.append(delivery.id)


def _left_in_doubt(attempt: Attempt) -> bool:
    outcome = attempt.answer.outcome
    unclear = isinstance(outcome, Exception) or (isinstance(outcome, Later) and outcome.doubt)
    return attempt.departed and unclear


def _tells_of(failed: sqlite3.Row, told: sqlite3.Row) -> bool:
    if told["channel"] != Channel.CHAT or told["person_id"] != failed["person_id"]:
        return False
    return told["kind"] in {AddressRefused.kind, MailGivenUp.kind, MailInDoubt.kind}


def _first(rows: Sequence[sqlite3.Row]) -> datetime:
    return min(from_text(row["next_at"]) for row in rows)


async def _ended(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait till it has ended."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_whatever_happens_every_delivery_ends_as_promised() -> None:
    run_state_machine_as_test(Post, settings=PROFILE)
