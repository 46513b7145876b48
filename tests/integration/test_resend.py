"""What failed wrongly is owed again, and nothing that is better left alone."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.letters import Channel, State
from bot.local.telegram import Telegram
from bot.resend import EVER
from bot.store import addresses, confirmation_queue, failures, letters, people, suppressions
from bot.store.database import to_text
from bot.store.mailboxes import mailbox_key
from tests.support.app import Harness
from tests.support.caps import UNCAPPED
from tests.support.delivery_side import Lanes
from tests.support.sealed_letters import SEOUL, WORDS
from tests.support.smtpd import ScriptedSmtp

DAY = timedelta(days=1)
WRONG, RIGHT = "smtp-554@final-dot", "smtp-550-5.1.1@rcpt"


@pytest.fixture
async def lanes(harness: Harness) -> AsyncIterator[Lanes]:
    """Open a posting side that does nothing until it is swept."""
    async with harness.lanes() as opened:
        opened.database.on_due = lambda: None
        yield opened


async def fail(
    lanes: Lanes,
    reason: str = WRONG,
    *,
    person_id: int | None = None,
    channel: Channel | None = None,
    doubts: int = 0,
) -> None:
    """Let what is still owed be as a program left it that believed every refusal."""
    async with lanes.database.transaction() as tx:
        await tx.run(
            "UPDATE deliveries SET state = 'failed', failed_at = :now, reason = :reason,"
            " failures = 3, unjudged = 4, doubts = :doubts WHERE state IN ('due', 'held')"
            " AND person_id = coalesce(:person, person_id)"
            " AND channel = coalesce(:channel, channel)",
            person=person_id,
            channel=channel,
            now=to_text(lanes.clock.now()),
            reason=reason,
            doubts=doubts,
        )
        await tx.run("UPDATE addresses SET refused_at = :now", now=to_text(lanes.clock.now()))


async def listed(lanes: Lanes, reason: str = "") -> dict[str, int]:
    found = await failures.by_reason(lanes.database.reader, reason, EVER)
    return {each.reason: each.number for each in found}


async def owe(lanes: Lanes, reason: str = WRONG, *, ago: timedelta | None = None) -> int:
    now = lanes.clock.now()
    since = EVER if ago is None else now - ago
    async with lanes.database.transaction() as tx:
        owed = await failures.owe_again(tx, reason, since, now)
        return owed.due + owed.held


async def states(lanes: Lanes, channel: Channel = Channel.EMAIL) -> list[State]:
    return [each.state for each in await lanes.rows_of(channel)]


async def ask(lanes: Lanes, person_id: int) -> None:
    """Let a person give an address that isn't confirmed."""
    now = lanes.clock.now()
    async with lanes.database.transaction() as tx:
        await people.upsert_person(tx, person_id, language="en", zone=SEOUL, now=now)
        used = await addresses.use(tx, person_id, f"person{person_id}@example.com", now)
        await confirmation_queue.ask(tx, used, UNCAPPED, now)


async def test_what_failed_wrongly_arrives_on_both_channels_and_its_addresses_are_good_again(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    await lanes.seal_many(5)
    await fail(lanes)
    assert await listed(lanes) == {WRONG: 10}
    assert await owe(lanes) == 10
    assert await listed(lanes) == {}
    rows = await lanes.database.reader.all(
        "SELECT DISTINCT state, failures, unjudged, reason, failed_at FROM deliveries"
    )
    assert [tuple(row) for row in rows] == [("due", 0, 0, None, None)]
    usable = await addresses.usable(lanes.database.reader, 1, 9)
    assert [each.address for each in usable] == ["person1@example.com"]
    await lanes.sweep()
    took = Counter(mail.recipients[0] for mail in smtp_server.accepted)
    assert took == Counter(f"person{number}@example.com" for number in range(1, 6))
    assert len([each for each in telegram.messages if WORDS in each.text]) == 5


async def test_only_what_failed_for_that_reason_or_one_that_begins_so_is_owed_again(
    lanes: Lanes,
) -> None:
    await lanes.seal_many(4)
    await fail(lanes, RIGHT, person_id=1)
    await fail(lanes, "smtp-550@rcpt", person_id=2)
    await fail(lanes, "telegram-403", person_id=3, channel=Channel.CHAT)
    await fail(lanes)
    assert await listed(lanes) == {WRONG: 3, "smtp-550@rcpt": 2, RIGHT: 2, "telegram-403": 1}
    assert list(await listed(lanes)) == [WRONG, RIGHT, "smtp-550@rcpt", "telegram-403"]
    assert await listed(lanes, "smtp-550") == {"smtp-550@rcpt": 2, RIGHT: 2}
    assert await owe(lanes, "smtp-550-5.1.1") == 2
    assert await owe(lanes, "550") == 0
    assert await owe(lanes, "%") == 0
    row = await lanes.database.reader.all(
        "SELECT person_id FROM addresses WHERE refused_at IS NULL"
    )
    assert [each["person_id"] for each in row] == [1]


async def test_only_what_failed_since_then_is_owed_again(lanes: Lanes) -> None:
    await lanes.seal(1)
    await fail(lanes)
    lanes.clock.advance(3 * DAY)
    await lanes.seal(2)
    await fail(lanes)
    assert await owe(lanes, ago=2 * DAY) == 2
    assert await states(lanes) == [State.FAILED, State.DUE]


async def test_what_may_have_arrived_is_not_owed_again(lanes: Lanes) -> None:
    await lanes.seal(1)
    await fail(lanes, doubts=1)
    assert await listed(lanes) == {}
    assert await owe(lanes) == 0


async def test_a_letter_whose_words_are_erased_is_not_owed_again(lanes: Lanes) -> None:
    await lanes.seal(1)
    await fail(lanes)
    async with lanes.database.transaction() as tx:
        await letters.erase_text(tx, 1, lanes.clock.now())
    assert await owe(lanes) == 0


@pytest.mark.parametrize("why", ["unconfirmed", "suppressed"])
async def test_mail_that_nobody_wants_is_held(
    lanes: Lanes, smtp_server: ScriptedSmtp, why: str
) -> None:
    await lanes.seal(1)
    await fail(lanes)
    async with lanes.database.transaction() as tx:
        if why == "unconfirmed":
            await tx.run("UPDATE addresses SET confirmed_at = NULL")
        else:
            key = mailbox_key(tx.vault, "person1@example.com")
            await suppressions.suppress(tx, key, lanes.clock.now())
    assert await owe(lanes) == 2
    assert await states(lanes) == [State.HELD]
    assert await states(lanes, Channel.CHAT) == [State.DUE]
    await lanes.sweep()
    assert not smtp_server.accepted


async def test_a_confirmation_is_owed_again_while_it_is_waited_for(
    lanes: Lanes, smtp_server: ScriptedSmtp
) -> None:
    for person_id in (1, 2):
        await ask(lanes, person_id)
    await fail(lanes, RIGHT)
    async with lanes.database.transaction() as tx:
        await tx.run(
            "DELETE FROM confirmations"
            " WHERE address_id IN (SELECT id FROM addresses WHERE person_id = 2)"
        )
    assert await listed(lanes) == {RIGHT: 1}
    assert await owe(lanes, RIGHT) == 1
    await lanes.sweep()
    assert [mail.recipients for mail in smtp_server.accepted] == [("person1@example.com",)]


async def test_notes_and_what_was_sent_stay_as_they_are(lanes: Lanes) -> None:
    await lanes.seal(1)
    await lanes.sweep()
    await lanes.reporter.report()
    await fail(lanes)
    before = await lanes.database.reader.all("SELECT * FROM deliveries")
    assert await owe(lanes, "") == 0
    after = await lanes.database.reader.all("SELECT * FROM deliveries")
    assert list(map(tuple, after)) == list(map(tuple, before))
