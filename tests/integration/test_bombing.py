"""A thousand accounts, one victim, every spelling, all at once: the caps hold exactly."""

import asyncio
import random
from datetime import timedelta
from itertools import cycle
from zoneinfo import ZoneInfo

from bot.caps import Caps
from bot.housekeeping import Housekeeping
from bot.letters import Channel
from bot.store import addresses, confirmation_queue, people
from bot.store.database import Database
from tests.support import one_claim
from tests.support.app import Harness
from tests.support.clock import A_MORNING, ManualClock
from tests.support.mails import is_confirmation
from tests.support.smtpd import ScriptedSmtp

SEED = 20260101
HOUR = timedelta(hours=1)


def spellings(number: int, *, seed: int = SEED) -> list[str]:
    """Return so many ways to write one mailbox, none twice in a row."""
    print(f"seed {seed}")  # noqa: T201 - shown by pytest with a failure
    randomness = random.Random(seed)  # noqa: S311 - no secret
    found = [_spelling(randomness, place) for place in range(number)]
    assert len(set(found)) > number * 9 // 10
    return found


def _spelling(randomness: random.Random, place: int) -> str:
    name = "".join(
        randomness.choice((letter, letter.upper())) + randomness.choice(("", "", "."))
        for letter in "thevictim"
    )
    tag = randomness.choice(("", f"+{place}", f"+news.{place}"))
    return f"{name.rstrip('.')}{tag}@{randomness.choice(('gmail.com', 'GoogleMail.com'))}"


async def ask(database: Database, account: int, address: str, caps: Caps, later: timedelta) -> None:
    """Ask for consent as one account does."""
    now = A_MORNING + later
    async with database.transaction() as tx:
        await people.upsert_person(tx, account, language="en", zone=ZoneInfo("Asia/Seoul"), now=now)
        used = await addresses.use(tx, account, address, now)
        await confirmation_queue.ask(tx, used, caps, now)


async def bomb(
    database: Database, addresses: list[str], caps: Caps, later: timedelta = timedelta()
) -> int:
    """Let every account ask at once; returns how many more mails are owed."""
    before = await mails_owed(database)
    attempts = (
        ask(database, account, address, caps, later)
        for account, address in enumerate(addresses, start=1)
    )
    await asyncio.gather(*attempts)
    await Housekeeping(database, ManualClock(A_MORNING + later), caps=caps).let_go()
    return await mails_owed(database) - before


async def mails_owed(database: Database) -> int:
    [row] = await database.reader.all(
        "SELECT count(*) AS mails FROM deliveries WHERE kind = 'confirmation' AND state <> 'held'"
    )
    return int(row["mails"])


async def test_a_thousand_accounts_get_one_mail_an_hour_and_three_a_day_to_their_victim(
    database: Database, crowd: int
) -> None:
    victim = spellings(crowd)
    assert await bomb(database, victim, Caps()) == 1
    assert await mails_owed(database) == 1
    for hours, owed in ((0.5, 0), (1, 1), (2, 1), (3, 0), (23, 0), (24, 1), (24.5, 0), (25, 1)):
        some = victim[: crowd // 20]
        assert await bomb(database, some, Caps(), hours * HOUR) == owed


async def test_a_thousand_mailboxes_of_one_domain_get_no_more_than_its_cap(
    database: Database, crowd: int
) -> None:
    addresses = [f"victim{number}@company.example" for number in range(crowd)]
    caps = Caps(mails_per_domain_hour=370)
    assert await bomb(database, addresses, caps) == 19
    assert await bomb(database, addresses[:20], caps, HOUR) == 19


async def test_a_thousand_mailboxes_anywhere_get_no_more_than_the_cap_of_all(
    database: Database, crowd: int
) -> None:
    addresses = [f"victim@company{number}.example" for number in range(crowd)]
    caps = Caps(mails_per_hour=41)
    assert await bomb(database, addresses, caps) == 21
    assert await bomb(database, addresses[:20], caps, HOUR) == 21


async def test_a_mail_that_is_being_tried_serves_whoever_asks_meanwhile(
    database: Database,
) -> None:
    assert await bomb(database, ["victim@gmail.com"], Caps()) == 1
    async with database.transaction() as tx:
        tried = await one_claim.claim(tx, Channel.EMAIL, A_MORNING, timedelta(minutes=10))
    assert tried is not None
    for hours in (1, 2, 24):
        assert await bomb(database, ["victim@gmail.com"] * 2, Caps(), hours * HOUR) == 0
    async with database.transaction() as tx:
        assert await one_claim.mark_in_flight(tx, tried)
    assert await mails_owed(database) == 1


async def test_what_fails_or_is_cancelled_midway_uses_up_no_cap(database: Database) -> None:
    async def broken(account: int) -> None:
        async with database.transaction() as tx:
            now = A_MORNING
            await people.upsert_person(tx, account, language=None, zone=ZoneInfo("UTC"), now=now)
            used = await addresses.use(tx, account, "victim@gmail.com", now)
            await confirmation_queue.ask(tx, used, Caps(), now)
            raise asyncio.CancelledError

    ends = await asyncio.gather(*map(broken, range(1, 21)), return_exceptions=True)
    assert all(isinstance(end, asyncio.CancelledError) for end in ends)
    assert await bomb(database, ["victim@gmail.com"], Caps()) == 1


async def test_many_people_at_once_through_the_whole_app_mail_their_victim_once(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    accounts = 30
    async with harness.app() as app:
        users = [harness.user(app, f"account {number}") for number in range(accounts)]
        for user, address in zip(users, cycle(spellings(accounts)), strict=False):
            for text in ("/write", "buy this", address):
                harness.telegram.say(user.person, text)
        last = harness.telegram.say(users[-1].person, "/help")
        await harness.telegram.confirmed(last)
        await app.settle()
        assert all("💌" in m for m in (user.heard[2].text for user in users))
        [mail] = smtp_server.accepted
        assert is_confirmation(mail)
        for hours, mails in ((1, 2), (1, 3), (1, 3), (20, 3), (1, 4)):
            harness.clock.advance(hours * HOUR)
            for user in users:
                last = harness.telegram.say(user.person, "/confirm")
            await harness.telegram.confirmed(last)
            await app.settle()
            assert len(smtp_server.accepted) == mails
        await harness.pass_time(app, timedelta(days=30))
        assert all(is_confirmation(mail) for mail in smtp_server.accepted)
