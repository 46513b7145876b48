"""Two workers on one database, the folder's lock bypassed: each delivery goes out once."""

import asyncio
import random
from collections import Counter
from datetime import timedelta

from bot.delivery.outcome import Blame, Later, Outcome, Refused, Sent
from bot.delivery.retry import RetryPolicy
from bot.delivery.settling import settlement
from bot.letters import Channel, State
from bot.local.telegram import Telegram
from bot.store import leases
from bot.store.deliveries import Delivery
from tests.support import one_claim
from tests.support.app import Harness
from tests.support.clock import ManualClock
from tests.support.delivery_side import Lanes
from tests.support.sealed_letters import DAY_7, seal_crowd
from tests.support.smtpd import ScriptedSmtp

LEASE = timedelta(minutes=10)


async def test_two_workers_with_a_crowd_due_bring_out_each_once(
    harness: Harness,
    clock: ManualClock,
    telegram: Telegram,
    smtp_server: ScriptedSmtp,
    crowd: int,
) -> None:
    async with harness.lanes() as one, harness.lanes(alone=False) as other:
        async with one.database.transaction() as tx:
            await seal_crowd(tx, crowd, sealed_at=clock.now() - DAY_7)
        while await waiting(one):
            await asyncio.gather(one.sweep(), other.sweep())
        rows = await one.database.reader.all(
            "SELECT state, attempt, doubts, count(*) FROM deliveries GROUP BY 1, 2, 3"
        )
    assert [tuple(row) for row in rows] == [("sent", 1, 0, 2 * crowd)]
    ids = Counter(str(mail.message["Message-ID"]) for mail in smtp_server.accepted)
    assert len(ids) == crowd
    assert set(ids.values()) == {1}
    chats = Counter(each.chat_id for each in telegram.messages)
    assert chats == Counter(range(1, crowd + 1))


async def test_none_of_a_stale_workers_settles_land(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    lanes.go_only_when_swept()
    await lanes.seal_many(30)
    stale = await claim_all(lanes)
    assert len(stale) == 60
    lanes.clock.advance(LEASE)
    await lanes.sweep()
    assert len(smtp_server.accepted) == 30
    assert len(telegram.messages) == 30
    before = await everything(lanes)
    landed = [
        await settle(lanes, delivery, outcome)
        for delivery in stale
        for outcome in (
            Sent(),
            Later(reason="late"),
            Refused(reason="no", blame=Blame.ADDRESS),
        )
    ]
    assert landed == [False] * 180
    assert await everything(lanes) == before


async def test_a_stale_worker_can_not_settle_while_the_next_attempt_is_in_flight(
    lanes: Lanes,
) -> None:
    lanes.go_only_when_swept()
    await lanes.seal()
    [stale, _] = await claim_all(lanes)
    lanes.clock.advance(LEASE)
    async with lanes.database.transaction() as tx:
        await leases.rescue_claims(tx, stale.channel, lanes.clock.now(), LEASE, ())
        fresh = await one_claim.claim(tx, stale.channel, lanes.clock.now(), LEASE)
        assert fresh is not None
        assert not await one_claim.mark_in_flight(tx, stale)
        assert await one_claim.mark_in_flight(tx, fresh)
    assert not await settle(lanes, stale, Sent())
    assert await settle(lanes, fresh, Sent())
    assert not await settle(lanes, fresh, Later(reason="again"))
    assert (await lanes.row_of(stale.channel)).state is State.SENT


async def claim_all(lanes: Lanes) -> list[Delivery]:
    """Claim all that is due, as a worker would that then falls asleep."""
    claimed: list[Delivery] = []
    for channel in Channel:
        async with lanes.database.transaction() as tx:
            while delivery := await one_claim.claim(tx, channel, lanes.clock.now(), LEASE):
                claimed.append(delivery)
    return claimed


async def settle(lanes: Lanes, delivery: Delivery, outcome: Outcome) -> bool:
    end = settlement(
        delivery,
        outcome,
        now=lanes.clock.now(),
        pause=timedelta(),
        policy=RetryPolicy(),
        randomness=random.Random(1),  # noqa: S311 - jitter is no secret
    )
    async with lanes.database.transaction() as tx:
        return await one_claim.settle(tx, delivery, end)


async def waiting(lanes: Lanes) -> int:
    [row] = await lanes.database.reader.all(
        "SELECT count(*) AS number FROM deliveries WHERE state IN ('due', 'retry', 'claimed')"
    )
    return int(row["number"])


async def everything(lanes: Lanes) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await lanes.database.reader.all("SELECT * FROM deliveries")]
