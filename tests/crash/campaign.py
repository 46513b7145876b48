"""Kills the program again and again, and looks each time at what is left.

The servers live here and outlive every child. What is chosen is chosen by the seed: the steps, the
counts, the delays. How far a child gets within a delay is the machine's affair.
"""

import asyncio
import logging
import random
import signal
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

from bot.app import DATABASE
from bot.clock import MovableClock
from bot.letters import Channel
from bot.local.messages import Said
from bot.local.people import Person
from bot.local.telegram import Telegram
from tests.crash import snapshot
from tests.crash.child import TRACE, Plan, Step
from tests.crash.due_letters import DueLetters
from tests.crash.fake_user import PROMPTS, SEALED, FakeUser
from tests.crash.fork_server import Child, ForkServer
from tests.crash.reconciliation import Figures, Promise, Reconciliation
from tests.crash.snapshot import Snapshot
from tests.support.bot_api import TOKEN, BotApiServer
from tests.support.loopback import HOST
from tests.support.smtp import Phase
from tests.support.smtpd import ScriptedSmtp
from tests.support.watched import Tally

logger = logging.getLogger(__name__)

FRESH = 2  # kills of a program that finds no database, or one just being made
ROUND = (*Step, Step.MOMENT, Step.MOMENT)
FEWEST_DUE = 24  # deliveries on each channel, when a child starts
PLANTED = 50  # letters at a time
NEW_TALKERS = 2  # a kill
NEWCOMERS = 20  # made known at a time, always a multiple of NEW_TALKERS
MOST_TALKERS = 8  # unless a step needs new updates
LONGEST_LIFE = 0.6  # seconds until a kill at a random moment
LONGEST_COMMIT = 0.001  # seconds
LONGEST_SKIP = timedelta(hours=4)
LEGS = (timedelta(), timedelta(days=7, hours=1), timedelta(days=23))
MOST_STARTS = 8  # until a leg of the drain must have brought all out
COUNTS = {
    Step.CLAIMED: 12,
    Step.IN_FLIGHT: 12,
    Step.SETTLED: 12,
    Step.MID_COMMIT: 40,
    Step.RECEIVED: NEW_TALKERS,
    Step.SEALED: 1,
}
"""The most times that a child comes to a step before it dies there."""


class Campaign:
    """One campaign of kills on one data folder."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.books = Reconciliation(replies=frozenset({SEALED, *PROMPTS}))
        self._chance = random.Random(seed)  # noqa: S311 - chosen again for the same seed
        self._data, self._scratch = folder / "data", folder / "scratch"
        self._log = folder / "child.log"
        for each in (self._data, self._scratch):
            each.mkdir(mode=0o700)
        self._due_letters = DueLetters(self._data / DATABASE, self._chance)
        self._clock = MovableClock()
        self._telegram = Telegram(clock=self._clock)
        self._telegram.on_said = self._heard
        self._smtp = ScriptedSmtp()
        self._api = BotApiServer(self._telegram)
        self._taken = {Channel.EMAIL: 0, Channel.CHAT: 0}
        self._numbers = count(1)
        self._newcomers: list[FakeUser] = []
        self._talkers: dict[int, FakeUser] = {}
        self._untold = Tally()
        self._unhandled: set[int] = set()
        self._confirmed = 0

    async def campaign(self, kills: int) -> Figures:
        """Kill so often, let all the rest come out, and compare. Raises UnexpectedEnd."""
        began = self._clock.monotonic()
        async with self._smtp, self._api, ForkServer.open(self._log) as server:
            for number, step in enumerate(self._steps(kills)):
                await self._prepare(step, fresh=number < FRESH)
                await self._kill_once(server, self._plan(step, fresh=number < FRESH))
                self.books.kills[step] += 1
            await self._drain(server)
        self._check_ends()
        ends = snapshot.ends(self._data, self._scratch)
        return self.books.close(ends, self._data / TRACE, self._clock.monotonic() - began)

    def _steps(self, kills: int) -> Iterator[Step]:
        """Give each step about as often as another, in an order of chance."""
        dealt = [Step.MOMENT] * min(kills, FRESH)
        while len(dealt) < kills:
            dealt += self._chance.sample(ROUND, len(ROUND))
        yield from dealt[:kills]

    async def _prepare(self, step: Step, *, fresh: bool) -> None:
        """See to it that there is something to kill."""
        if fresh:
            return
        self._clock.ahead += LONGEST_SKIP * self._chance.random()
        due = Snapshot.take(self._data, self._scratch, self._clock.now()).due
        if min(due[channel] for channel in Channel) < FEWEST_DUE or not self._newcomers:
            await self._plant()
        if step is Step.RECEIVED or self._untold.value < MOST_TALKERS:
            for _ in range(NEW_TALKERS):
                self._begin_talk()

    def _plan(self, step: Step, *, fresh: bool = False) -> Plan:
        longest = LONGEST_COMMIT if step is Step.MID_COMMIT else LONGEST_LIFE
        return Plan(
            folder=str(self._data),
            environ=self._environ(),
            ahead=self._clock.ahead.total_seconds(),
            step=step,
            count=self._chance.randint(1, COUNTS.get(step, 1)),
            delay=longest * self._chance.random() * (0.2 if fresh else 1),
        )

    async def _kill_once(self, server: ForkServer, plan: Plan) -> None:
        logger.info("%s, time %s, after %.4f s", plan.step, plan.count, plan.delay)
        child = await server.bring_up(plan)
        match plan.step:
            case Step.MOMENT:
                await child.lives_through(asyncio.sleep(plan.delay))
                await child.kill()
            case Step.ACCEPTED:
                await self._kill_accepted(child)
            case _:
                await child.ends(-signal.SIGKILL)
        await self._inspect()

    async def _kill_accepted(self, child: Child) -> None:
        """Let some deliveries pass, then keep back the yes to some others, and kill."""
        channel = self._chance.choice(list(Channel))
        passed = self._taken[channel] + self._chance.randint(0, 6)
        kept_back = self._chance.randint(1, 4)
        if channel is Channel.EMAIL:
            await child.lives_through(self._smtp.wait_for_messages(passed))
            gate = self._smtp.hold(Phase.ACCEPTED)
        else:
            await child.lives_through(self._api.wait_for_handled("sendMessage", passed))
            gate = self._api.hold_reply("sendMessage")
        await child.lives_through(gate.reached(kept_back))
        await child.kill()
        await self._hung_up()
        gate.release()

    async def _inspect(self) -> None:
        """Enter what the servers took, and look at what the program left."""
        await self._hung_up()
        for server in (self._smtp, self._api):
            await server.wait_until_idle()
        self._enter_taken()
        found = Snapshot.take(self._data, self._scratch, self._clock.now())
        self.books.integrity_failures += not found.intact
        self._check_updates(found)
        for talker in self._talkers.values():
            self._check_sealed(talker, found.sealed[talker.person.id])

    async def _hung_up(self) -> None:
        for server in (self._smtp, self._api):
            await server.wait_for_hang_ups(server.connections.value)

    def _enter_taken(self) -> None:
        for mail in self._smtp.accepted:
            self.books.take_mail(mail)
        for call in self._api.calls:
            self.books.take_call(call)
            offset = call.parameters.get("offset") if call.method == "getUpdates" else None
            self._confirmed = max(self._confirmed, int(str(offset or 0)))
        self._taken[Channel.EMAIL] += len(self._smtp.accepted)
        said = [call for call in self._api.calls_of("sendMessage") if call.handled]
        self._taken[Channel.CHAT] += len(said)
        self._smtp.accepted.clear()
        self._api.calls.clear()

    def _check_updates(self, found: Snapshot) -> None:
        """See that what Telegram was told is received is handled, or kept."""
        for number in sorted(self._unhandled):
            if found.updates.get(number):
                self._unhandled.discard(number)
            elif number < self._confirmed and number not in found.updates:
                self.books.breach(f"update {number} was confirmed, and is gone")

    def _check_sealed(self, talker: FakeUser, count: int) -> None:
        if count > 1:
            self.books.breach(f"{talker.person.name} sealed {count} letters with one message")
        if talker.told and count == 0:
            self.books.breach(f"{talker.person.name} was told of a letter that isn't stored")

    async def _drain(self, server: ForkServer) -> None:
        """Let everyone come to the end of their talk, and everything come out."""
        child = await server.bring_up(self._plan(Step.MOMENT))
        await child.lives_through(self._untold.until(lambda number: number == 0))
        await child.kill(signal.SIGTERM)
        await self._inspect()
        for leg in LEGS:
            self._clock.ahead += leg
            await self._bring_all_out(server)

    async def _bring_all_out(self, server: ForkServer) -> None:
        for _ in range(MOST_STARTS):
            plan = self._plan(Step.MOMENT)
            child = await server.bring_up(replace(plan, until_idle=True))
            await child.ends(0)
            await self._inspect()
            if not Snapshot.take(self._data, self._scratch, self._clock.now()).due.total():
                return
        self.books.breach(f"something is still due after {MOST_STARTS} starts")

    def _check_ends(self) -> None:
        for number in self._unhandled:
            self.books.breach(f"update {number} was never handled")
        for talker in self._talkers.values():
            if not talker.told:
                self.books.breach(f"{talker.person.name} was never told")

    async def _plant(self) -> None:
        """Have letters due, and people at hand who may come to talk."""
        self._newcomers += [self._newcomer() for _ in range(NEWCOMERS)]
        known = {each.person.id: each.address for each in self._newcomers}
        for promise in await self._due_letters.plant(PLANTED, known, self._clock.now()):
            self.books.promise(promise)

    def _newcomer(self) -> FakeUser:
        number = next(self._numbers)
        return FakeUser(
            telegram=self._telegram,
            person=self._telegram.set_language(Person(name=f"Talker {number}"), "en"),
            words=f"Talker's letter {number}.\nWritten while the lights went out.",
            address=f"talker{number}@example.com",
        )

    def _begin_talk(self) -> None:
        talker = self._newcomers.pop()
        person_id = talker.person.id
        self.books.promise(Promise(person_id=person_id, address=talker.address, words=talker.words))
        self._talkers[person_id] = talker
        self._untold.add()
        self._unhandled.add(talker.begin())

    def _heard(self, said: Said) -> None:
        """Hand what the bot says to whom it is said."""
        if (talker := self._talkers.get(said.message.chat_id)) is None:
            return
        before = talker.told
        if (update := talker.hear(said.message.text)) is not None:
            self._unhandled.add(update)
        self._untold.add(before - talker.told)

    def _environ(self) -> dict[str, str]:
        return {
            "DATA_DIR": str(self._data),
            "SMTP_HOST": HOST,
            "SMTP_PORT": str(self._smtp.port),
            "SMTP_SECURITY": "none",
            "MAIL_FROM": "Slow Mailbox <letters@mailbox.example>",
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_BASE_URL": self._api.origin,
            "LOG_LEVEL": "WARNING",
        }
