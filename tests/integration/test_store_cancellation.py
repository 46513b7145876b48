"""A task that uses the store may be cancelled wherever it waits; the store stays whole."""

import asyncio
import gc
import itertools
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.delivery.report import figures
from bot.delivery.settling import IN_DOUBT
from bot.drafts import Draft, Part, Step
from bot.housekeeping import Housekeeping
from bot.letters import Channel, State
from bot.messages.mail_failed import MailInDoubt
from bot.store import (
    addresses,
    deliveries,
    drafts,
    inbox,
    leases,
    letters,
    meta,
    outbox,
    people,
)
from bot.store.claims import Settlement
from bot.store.database import Database, Transaction
from bot.store.deliveries import Delivery
from bot.store.meta import MetaKey
from bot.store.outbox import NewDelivery
from bot.text import Words
from tests.support import one_claim
from tests.support.cancelling import CancelledAt, When
from tests.support.clock import A_MORNING, ManualClock
from tests.support.rows import contents
from tests.support.sealed_letters import SEOUL, seal_letter

DUE = A_MORNING + timedelta(days=7)
LEASE = timedelta(minutes=10)
DRAFT = Draft(
    person_id=1,
    step=Step.ADDRESS,
    parts=(Part(message_id=2, sent_at=A_MORNING, words=Words("달리기")),),
)

Work = Callable[[Database], Coroutine[Any, Any, object]]


async def _furnish(database: Database) -> None:
    """Put in what the operations below work upon."""
    async with database.transaction() as tx:
        await seal_letter(tx, ManualClock())
        await drafts.keep(tx, DRAFT, A_MORNING)
        await inbox.receive(tx, [{"update_id": 7}], A_MORNING)
        await _claim(tx, Channel.CHAT)
        in_flight = await _claim(tx, Channel.EMAIL)
        await one_claim.mark_in_flight(tx, in_flight)


async def _claim(tx: Transaction, channel: Channel) -> Delivery:
    delivery = await one_claim.claim(tx, channel, DUE, LEASE)
    assert delivery is not None
    return delivery


async def _claimed(database: Database, channel: Channel) -> Delivery:
    row = await database.reader.one(
        "SELECT id FROM deliveries WHERE channel = :channel AND attempt = 1", channel=channel
    )
    assert row is not None
    return await deliveries.delivery_of(database.reader, row["id"], DUE)


async def _seal(database: Database) -> None:
    async with database.transaction() as tx:
        await seal_letter(tx, ManualClock(), number=2, person_id=2)
        await drafts.discard(tx, 1)
        await inbox.mark_handled(tx, 7)


async def _keep_draft(database: Database) -> None:
    async with database.transaction() as tx:
        await people.upsert_person(tx, 1, language="ko", zone=SEOUL, now=DUE)
        await inbox.mark_handled(tx, 7)
        await drafts.keep(tx, Draft(person_id=1), DUE)


async def _receive(database: Database) -> None:
    async with database.transaction() as tx:
        assert await inbox.receive(tx, [{"update_id": 8}], A_MORNING)


async def _note_handled(database: Database) -> None:
    async with database.transaction() as tx:
        await inbox.mark_handled(tx, 7)


async def _tidy(database: Database) -> None:
    clock = ManualClock()
    clock.set(DUE)
    await Housekeeping(database, clock).tidy()


async def _claim_next(database: Database) -> None:
    async with database.transaction() as tx:
        await one_claim.claim(tx, Channel.EMAIL, DUE + timedelta(days=30), LEASE)


async def _take_off(database: Database) -> None:
    delivery = await _claimed(database, Channel.CHAT)
    async with database.transaction() as tx:
        assert await one_claim.mark_in_flight(tx, delivery)


async def _settle(database: Database) -> None:
    delivery = await _claimed(database, Channel.EMAIL)
    failed = Settlement(state=State.FAILED, at=DUE, failures=0, doubts=2, reason=IN_DOUBT)
    async with database.transaction() as tx:
        assert await one_claim.settle(tx, delivery, failed)
        await addresses.note_refusal(tx, 1, DUE, dead=True)
        await people.note_blocked(tx, 1, DUE)
        told = NewDelivery(
            key="told",
            kind=MailInDoubt.kind,
            channel=Channel.CHAT,
            person_id=1,
            address_id=1,
            due_at=DUE,
        )
        await outbox.add(tx, told)


async def _rescue(database: Database) -> None:
    later = DUE + 2 * LEASE
    async with database.transaction() as tx:
        await leases.bring_forward(tx, Channel.CHAT, later, later)
        await leases.rescue_claims(tx, Channel.CHAT, later, LEASE, [])
        [lost] = await leases.lost_in_flight(tx, Channel.EMAIL, later, LEASE, [])
        again = Settlement(state=State.RETRY, at=later, next_at=later, failures=0, doubts=1)
        assert await one_claim.settle(tx, lost, again)


async def _open_anew(database: Database) -> None:
    async with database.transaction() as tx:
        await leases.expire_leases(tx, DUE)


async def _remember(database: Database) -> None:
    async with database.transaction() as tx:
        await meta.remember(tx, MetaKey.BOT_USERNAME, "slow_mailbox_bot")


async def _read(database: Database) -> None:
    reader = database.reader
    await drafts.draft_of(reader, 1)
    await inbox.left_open(reader)
    await letters.sealed_from(reader, 1, 1)
    await addresses.usable(reader, 1, 3)
    await figures(reader, since=A_MORNING, now=DUE)
    await outbox.next_due(reader)


OPERATIONS: dict[str, Work] = {
    "sealing": _seal,
    "keeping a draft": _keep_draft,
    "receiving an update": _receive,
    "noting it handled": _note_handled,
    "tidying": _tidy,
    "claiming": _claim_next,
    "taking off": _take_off,
    "settling": _settle,
    "rescuing": _rescue,
    "expiring leases": _open_anew,
    "remembering": _remember,
    "reading": _read,
}


@dataclass(slots=True)
class _Trial:
    """One operation, cancelled at one wait after the other."""

    work: Work
    when: When
    again: bool
    before: object
    after: object
    number: int = 1
    effects: list[bool] = field(default_factory=list)

    async def goes_on(self, database: Database) -> bool:
        """Go through the waits until the work takes effect; False once there are no more."""
        while True:
            cancelled = CancelledAt(self.work(database), self.number, self.when, again=self.again)
            await cancelled.run()
            if cancelled.waits < self.number:
                return False
            await _assert_whole(database)
            found = await contents(database.reader)
            assert found in (self.before, self.after), f"half done at wait {self.number}"
            self.number += 1
            self.effects.append(found != self.before)
            if found != self.before:
                return True


@pytest.mark.parametrize("again", [False, True], ids=["once", "time and again"])
@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("name", OPERATIONS)
async def test_work_cancelled_wherever_it_waits_takes_effect_wholly_or_not_at_all(
    name: str, when: When, tmp_path: Path, *, again: bool
) -> None:
    work = OPERATIONS[name]
    async with _furnished(tmp_path / "done" / "bot.db") as database:
        before = await contents(database.reader)
        await work(database)
        after = await contents(database.reader)
    trial = _Trial(work=work, when=when, again=again, before=before, after=after)
    for store in itertools.count():
        async with _furnished(tmp_path / str(store) / "bot.db") as database:
            if not await trial.goes_on(database):
                break

    assert len(trial.effects) >= (7 if name == "reading" else 3)
    # Only the last thing awaited, the commit, can no longer be called back.
    assert trial.effects == sorted(trial.effects)
    assert any(trial.effects) == (name != "reading")


async def test_a_task_cancelled_while_it_waits_its_turn_leaves_the_turn_to_the_next(
    tmp_path: Path,
) -> None:
    async with _furnished(tmp_path / "bot.db") as database:
        waiting = CancelledAt(_seal(database), 1, When.BEFORE)
        async with database.transaction() as tx:
            await meta.remember(tx, MetaKey.BOT_USERNAME, "first")
            await waiting.run()
        await _assert_whole(database)
        assert await meta.recall(database.reader, MetaKey.BOT_USERNAME) == "first"
        assert await letters.sealed_from(database.reader, 2, 2) is None


@pytest.mark.parametrize("when", When)
async def test_an_opening_cancelled_wherever_it_waits_leaves_a_file_that_opens(
    when: When, tmp_path: Path
) -> None:
    path, number, waits = tmp_path / "bot.db", 0, 0
    while waits >= number:
        number += 1
        opening = CancelledAt(Database.open(path), number, when)
        opened = await opening.run()
        waits = opening.waits
        if opened is not None:
            await opened.close()
    assert number > 10
    workers = [each for each in threading.enumerate() if "connection_worker" in each.name]
    for worker in workers:
        await asyncio.to_thread(worker.join, 10)
    assert not any(worker.is_alive() for worker in workers)
    gc.collect()  # from Python 3.13 on, a connection that was left open fails the test
    async with _opened(path) as database:
        await _furnish(database)
        await _assert_whole(database)


@asynccontextmanager
async def _furnished(path: Path) -> AsyncIterator[Database]:
    await asyncio.to_thread(path.parent.mkdir, exist_ok=True)
    async with _opened(path) as database:
        await _furnish(database)
        yield database


@asynccontextmanager
async def _opened(path: Path) -> AsyncIterator[Database]:
    database = await Database.open(path)
    try:
        yield database
    finally:
        await database.close()


async def _assert_whole(database: Database) -> None:
    """Show that nothing is left open, nobody holds the lock, and the next one gets through."""
    assert not database._writer.in_transaction
    assert not database._reader.in_transaction
    async with asyncio.timeout(60), database.transaction() as tx:
        await tx.run("UPDATE people SET met_at = met_at")
