"""Kills the program again and again, and looks each time at what is left.

The servers live here and outlive every child. What is chosen is chosen by the seed: the steps, the
counts, the delays. How far a child gets within a delay is the machine's affair.
"""

import asyncio
import logging
import os
import random
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.clock import MovableClock, SystemClock
from bot.delivery.chat import ChatTransport
from bot.delivery.lane import LaneSettings
from bot.letters import Channel
from bot.local.messages import Change, Changed, Said
from bot.local.telegram import Telegram
from bot.settings import CONNECTIONS
from tests.crash.crowd import Crowd
from tests.crash.due_letters import DueLetters
from tests.crash.erased_keys import ErasedKeys
from tests.crash.figures import Figures
from tests.crash.plan import Step
from tests.crash.program import Program
from tests.crash.reconciliation import Reconciliation
from tests.crash.servers import Servers
from tests.crash.snapshot import Snapshot
from tests.crash.updates import OpenUpdates
from tests.crash.uptime import Uptime
from tests.support.smtp import Phase

logger = logging.getLogger(__name__)

FRESH = 2  # kills of a program that finds no database, or one just being made
ROUND = (*Step, Step.MOMENT, Step.MOMENT)
COLD_EVERY = 6  # kills: one of so many children is a process of its own from the start
FEWEST_DUE = 24  # deliveries on each channel, when a child starts
DUE_AT_ONCE = 30  # letters
INTRODUCED = 20  # people at a time
RETURNING = 10  # people at a time, whose letter is due for the first time
LONGEST_LIFE = 0.6  # seconds until a kill at a random moment
LONGEST_HOLD = 0.1  # seconds for which a server keeps back its yes until a kill
LONGEST_COLD_START = 1.2  # seconds more, for a child that is started cold
LONGEST_COMMIT = 0.001  # seconds
LONGEST_SKIP = timedelta(hours=4)
BEYOND_LEASE = LaneSettings().lease + timedelta(minutes=1)
LEGS = (timedelta(), timedelta(days=7, hours=1), timedelta(days=23))
MOST_IN_FLIGHT = {Channel.EMAIL: CONNECTIONS, Channel.CHAT: ChatTransport.at_once}
LOOK_EVERY = 100.0  # seconds, while the last stories end: more than a lane stands still at a time
MOST_STARTS = 8  # until a leg of the drain must have brought all out


class Campaign:
    """One campaign of kills on one data folder."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - chosen again for the same seed
        self._clock = MovableClock()
        self._uptime = Uptime(SystemClock())
        self.books = Reconciliation(self._uptime)
        self._updates = OpenUpdates(self.books)
        self._erased_keys = ErasedKeys(self.books)
        self._telegram = Telegram(clock=self._clock)
        self._servers = Servers(self._telegram)
        self._program = Program(
            folder,
            servers=self._servers,
            clock=self._clock,
            uptime=self._uptime,
            chance=self._chance,
        )
        self._due_letters = DueLetters(self._program.database, self._chance)
        self._crowd = Crowd(
            telegram=self._telegram,
            books=self.books,
            uptime=self._uptime,
            clock=self._clock,
            chance=self._chance,
            on_update=self._updates.add,
            refuse=self._servers.refuse,
        )
        self._telegram.on_said = self._telegram.on_changed = self._hear
        self._servers.smtp.on_taken = self._crowd.receive
        self._deadly_reply: str | None = None

    async def run(self, kills: int) -> Figures:
        """Kill so often, let all the rest come out, and compare. Raises UnexpectedEnd."""
        began = SystemClock().monotonic()
        async with self._servers, self._program.ready():
            for number, step in enumerate(self._steps(kills)):
                fresh, cold = number < FRESH, number % COLD_EVERY == COLD_EVERY - 1
                await self._prepare(step, fresh=fresh)
                await self._kill_at(step, fresh=fresh, cold=cold)
                self.books.kills[step] += 1
            await self._drain()
            self._updates.check_ends()
            self.books.erased_keys = self._erased_keys.check_files(self._program.folder)
            heard = self._crowd.close(self._program.snapshot())
        seconds = SystemClock().monotonic() - began
        return self.books.close(self._program.ends(), self._program.trace, seconds, heard)

    def _steps(self, kills: int) -> Iterator[Step]:
        """Yield each step about as often as another, in an order of chance."""
        dealt = [Step.MOMENT] * min(kills, FRESH)
        while len(dealt) < kills:
            dealt += self._chance.sample(ROUND, len(ROUND))
        yield from dealt[:kills]

    # ---- Before a kill ----

    async def _prepare(self, step: Step, *, fresh: bool) -> None:
        """See to it that there is something to kill."""
        if fresh:
            return
        self._move_clock(LONGEST_SKIP * self._chance.random())
        due = self._program.snapshot().due
        if min(due[channel] for channel in Channel) < FEWEST_DUE or self._crowd.is_short:
            await self._make_due()
        self._crowd.begin_for(step)

    def _move_clock(self, by: timedelta) -> None:
        """Move on, but no further than somebody in the middle of something can bear."""
        haste = self._crowd.haste
        self._clock.ahead += by if haste is None else min(by, haste)

    async def _make_due(self) -> None:
        """Have letters due, and people at hand who may come to talk."""
        known = self._crowd.introduce(INTRODUCED)
        keys, now = self._program.keys.keys, self._clock.now()
        halfway = self._crowd.await_letters(RETURNING)
        due = await self._due_letters.seal(DUE_AT_ONCE, known, halfway=halfway, keys=keys, now=now)
        for promise in (*halfway, *due):
            self.books.promise(promise)
            self.books.consent(promise.address)

    # ---- The kill ----

    async def _kill_at(self, step: Step, *, fresh: bool, cold: bool) -> None:
        logger.info("%s%s", step, ", started cold" if cold else "")
        match step:
            case Step.MOMENT:
                longest = LONGEST_LIFE * (0.2 if fresh else 1) + LONGEST_COLD_START * cold
                await self._kill_after(longest, cold=cold)
            case Step.ACCEPTED:
                await self._kill_accepted(cold=cold)
            case Step.SAID:
                await self._kill_at_reply(cold=cold)
            case Step.OUTLIVED:
                await self._outlive_leases(cold=cold)
            case Step.ROTATION:
                await self._kill_rotation(cold=cold)
            case _:
                delay = LONGEST_COMMIT * self._chance.random()
                await self._program.dies(replace(self._program.plan(step), delay=delay), cold=cold)
        await self._inspect()

    async def _kill_after(self, longest: float, *, cold: bool) -> None:
        child = await self._program.start(self._program.plan(), cold=cold)
        await child.lives_through(asyncio.sleep(longest * self._chance.random()))
        await child.kill()

    async def _kill_accepted(self, *, cold: bool) -> None:
        """Let some deliveries pass, then keep back the yes to others, and kill.

        To how many, a moment decides: a lane at a stand tries but one.
        """
        child = await self._program.start(self._program.plan(), cold=cold)
        channel = self._chance.choice(list(Channel))
        passed, moment = self._chance.randint(0, 6), LONGEST_HOLD * self._chance.random()
        smtp, api = self._servers.smtp, self._servers.api
        if channel is Channel.EMAIL:
            await child.lives_through(smtp.wait_for_messages(self._servers.mails + passed))
            gate = smtp.hold(Phase.ACCEPTED)
        else:
            said = self._servers.messages + passed
            await child.lives_through(api.wait_for_handled("sendMessage", said))
            gate = api.hold_reply("sendMessage")
        await child.lives_through(gate.reached())
        await child.lives_through(asyncio.sleep(moment))
        await child.kill()
        await self._servers.hung_up()
        gate.release()

    async def _kill_at_reply(self, *, cold: bool) -> None:
        """Kill at the moment at which Telegram has taken a reply that tells of something stored."""
        self._deadly_reply = self._crowd.begin_for_reply()
        await self._program.dies(self._program.plan(), cold=cold)

    def _hear(self, event: Said | Changed) -> None:
        if isinstance(event, Changed) and event.how is not Change.EDITED:
            return
        name = self._crowd.hear(event.message, edited=isinstance(event, Changed))
        child = self._program.child
        if name == self._deadly_reply and name is not None and child is not None:
            self._deadly_reply = None
            os.kill(child.pid, signal.SIGKILL)

    async def _outlive_leases(self, *, cold: bool) -> None:
        """Kill where leases are left, and let a child live on until they have ended by time."""
        step = self._chance.choice((Step.CLAIMED, Step.IN_FLIGHT))
        await self._program.dies(self._program.plan(step), cold=cold)
        await self._inspect()
        haste = self._crowd.haste
        if haste is not None and haste < BEYOND_LEASE:
            return
        jump = BEYOND_LEASE.total_seconds()
        plan = replace(self._program.plan(), until_idle=True, keeps_leases=True, jump=jump)
        child = await self._program.start(plan)
        await child.ends(0)
        self._clock.ahead += BEYOND_LEASE
        if leased := self._program.snapshot().leased:
            self.books.breach(f"{leased} deliveries were left when their lease had ended")

    async def _kill_rotation(self, *, cold: bool) -> None:
        """Kill a change of keys; the next child starts amid it or, as often, behind its end."""
        await self._program.kill_rotation(cold=cold)
        if self._chance.random() < 0.5:
            await self._program.finish_rotation()

    # ---- After it ----

    async def _inspect(self) -> None:
        """Look at what the program left."""
        await self._program.fall_silent()
        for offset in self._servers.take_offsets():
            self._updates.confirm(offset)
        found = self._program.snapshot()
        self.books.integrity_failures += not found.intact
        self._check_in_flight(found)
        self._updates.check(found)
        self._crowd.check(found)
        self._erased_keys.check(found)

    def _check_in_flight(self, found: Snapshot) -> None:
        """See that no more may come twice than there are connections, and calls at once."""
        for channel, most in MOST_IN_FLIGHT.items():
            if found.in_flight[channel] > most:
                self.books.breach(f"a kill left {found.in_flight[channel]} in flight by {channel}")
        self.books.in_flight += found.in_flight.total()

    async def _drain(self) -> None:
        """Let everyone come to the end of their story, and everything come out."""
        if self._program.keys.environ:
            await self._program.finish_rotation()
        while self._crowd.is_talking:
            await self._let_talk()
        for leg in LEGS:
            self._clock.ahead += leg
            await self._bring_all_out()

    async def _let_talk(self) -> None:
        """Have a child live for a while, or until every story ends; see who waits in vain."""
        child = await self._program.start(self._program.plan())
        ended = asyncio.wait_for(self._crowd.ended(), LOOK_EVERY)
        with suppress(TimeoutError):
            await child.lives_through(ended)
        await child.kill(signal.SIGTERM)
        await self._inspect()

    async def _bring_all_out(self) -> None:
        for _ in range(MOST_STARTS):
            child = await self._program.start(replace(self._program.plan(), until_idle=True))
            await child.ends(0)
            await self._inspect()
            if not self._program.snapshot().due.total():
                return
        self.books.breach(f"something is still due after {MOST_STARTS} starts")
