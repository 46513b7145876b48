"""Two workers on one database, the folder's lock bypassed: each delivery goes out once."""

import asyncio
import random
from collections import Counter
from datetime import timedelta

from bot.delivery.outcome import Blame, Later, Outcome, Refused, Sent
from bot.delivery.retry import RetryPolicy
from bot.delivery.settling import settlement
from bot.letters import Channel, Delivery, State
from bot.local.telegram import Telegram
from bot.store import outbox
from tests.support.clock import ManualClock
from tests.support.post_office import Posting
from tests.support.sealed_letters import DAY_7, seal_crowd
from tests.support.smtpd import ScriptedSmtp
from tests.support.street import Street

LETTERS = 500  # each on two channels
LEASE = timedelta(minutes=10)


async def test_two_workers_with_a_thousand_due_bring_out_each_once(
    street: Street, clock: ManualClock, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    async with street.open() as one, street.open(alone=False) as other:
        async with one.database.transaction() as tx:
            await seal_crowd(tx, LETTERS, sealed_at=clock.now() - DAY_7)
        while await waiting(one):
            await asyncio.gather(one.sweep(), other.sweep())
        rows = await one.database.reader.all(
            "SELECT state, attempt, doubts, count(*) FROM deliveries GROUP BY 1, 2, 3"
        )
    assert [tuple(row) for row in rows] == [("sent", 1, 0, 2 * LETTERS)]
    ids = Counter(str(mail.message["Message-ID"]) for mail in smtp_server.accepted)
    assert len(ids) == LETTERS
    assert set(ids.values()) == {1}
    chats = Counter(each.chat_id for each in telegram.messages)
    assert chats == Counter(range(1, LETTERS + 1))


async def test_none_of_a_stale_workers_settles_land(
    office: Posting, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    await office.seal_many(30)
    stale = await claim_all(office)
    assert len(stale) == 60
    office.clock.advance(LEASE)
    await office.sweep()
    assert len(smtp_server.accepted) == 30
    assert len(telegram.messages) == 30
    before = await everything(office)
    landed = [
        await settle(office, delivery, outcome)
        for delivery in stale
        for outcome in (
            Sent(),
            Later(reason="late"),
            Refused(reason="no", blame=Blame.ADDRESS),
        )
    ]
    assert landed == [False] * 180
    assert await everything(office) == before


async def test_a_stale_worker_can_not_settle_while_the_next_attempt_is_in_flight(
    office: Posting,
) -> None:
    await office.seal()
    [stale, _] = await claim_all(office)
    office.clock.advance(LEASE)
    async with office.database.transaction() as tx:
        await outbox.rescue_claims(tx, stale.channel, office.clock.now(), LEASE, ())
        fresh = await outbox.claim(tx, stale.channel, office.clock.now(), LEASE)
        assert fresh is not None
        assert not await outbox.mark_in_flight(tx, stale)
        assert await outbox.mark_in_flight(tx, fresh)
    assert not await settle(office, stale, Sent())
    assert await settle(office, fresh, Sent())
    assert not await settle(office, fresh, Later(reason="again"))
    assert (await office.stand(stale.channel)).state is State.SENT


async def claim_all(office: Posting) -> list[Delivery]:
    """Claim all that is due, as a worker would that then falls asleep."""
    claimed: list[Delivery] = []
    for channel in Channel:
        async with office.database.transaction() as tx:
            while delivery := await outbox.claim(tx, channel, office.clock.now(), LEASE):
                claimed.append(delivery)
    return claimed


async def settle(office: Posting, delivery: Delivery, outcome: Outcome) -> bool:
    end = settlement(
        delivery,
        outcome,
        now=office.clock.now(),
        pause=timedelta(),
        policy=RetryPolicy(),
        randomness=random.Random(1),  # noqa: S311 - jitter is no secret
    )
    async with office.database.transaction() as tx:
        return await outbox.settle(tx, delivery, end)


async def waiting(office: Posting) -> int:
    [row] = await office.database.reader.all(
        "SELECT count(*) AS number FROM deliveries WHERE state IN ('due', 'retry', 'claimed')"
    )
    return int(row["number"])


async def everything(office: Posting) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await office.database.reader.all("SELECT * FROM deliveries")]
