"""What a settlement brings about for the person and their other deliveries."""

import sqlite3
from datetime import timedelta

import pytest

from bot.delivery.followups import follow_up
from bot.delivery.outcome import STOPPED, Blame, LaneFault, Later, Outcome, Refused, Sent
from bot.delivery.settling import GIVEN_UP, IN_DOUBT
from bot.letters import Channel, State
from bot.messages.address_wanted import AddressRefused, AddressStopped
from bot.messages.mail_failed import MailGivenUp, MailInDoubt
from bot.messages.note_in_doubt import NoteInDoubt
from bot.store.claims import Settlement
from bot.store.database import Database, to_text
from bot.store.deliveries import Delivery
from bot.store.outbox import params_of
from tests.support import one_claim
from tests.support.clock import ManualClock
from tests.support.sealed_letters import seal_letter

LEASE = timedelta(minutes=10)
DAY_7 = timedelta(days=7)

ADDRESS_DEAD = Refused(reason="smtp-550-5.1.1@rcpt", blame=Blame.ADDRESS)
ADDRESS_STOPPED = Refused(reason=STOPPED, blame=Blame.ADDRESS)
CONTENT = Refused(reason="smtp-554@final-dot", blame=Blame.CONTENT)
PERSON_GONE = Refused(reason="telegram-403", blame=Blame.PERSON)
DOUBT = Later(reason="smtp-silence@final-dot", doubt=True)
NOT_NOW = Later(reason="smtp-450@rcpt")


@pytest.fixture
async def database(database: Database, clock: ManualClock) -> Database:
    async with database.transaction() as tx:
        await seal_letter(tx, clock)
    clock.advance(DAY_7)
    return database


@pytest.mark.parametrize(
    ("outcome", "reason", "kind"),
    [
        (ADDRESS_DEAD, ADDRESS_DEAD.reason, AddressRefused.kind),
        (ADDRESS_STOPPED, STOPPED, AddressStopped.kind),
        (CONTENT, CONTENT.reason, MailGivenUp.kind),
        (NOT_NOW, GIVEN_UP, MailGivenUp.kind),
        (DOUBT, IN_DOUBT, MailInDoubt.kind),
    ],
)
async def test_of_mail_that_failed_its_person_is_told_in_the_chat_at_once(
    outcome: Outcome, reason: str, kind: str, database: Database, clock: ManualClock
) -> None:
    delivery = await _settled(database, clock, Channel.EMAIL, State.FAILED, outcome, reason)
    [note] = await _notes(database)
    assert (note["kind"], note["channel"], note["state"]) == (kind, Channel.CHAT, State.DUE)
    assert delivery.mail_to is not None
    assert (note["person_id"], note["address_id"]) == (delivery.person.id, delivery.mail_to.id)
    assert note["due_at"] == to_text(clock.now())


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (State.SENT, Sent()),
        (State.RETRY, NOT_NOW),
        (State.RETRY, DOUBT),
        (State.RETRY, LaneFault(reason="smtp-421@greeting")),
    ],
)
@pytest.mark.parametrize("channel", Channel)
async def test_of_what_is_sent_or_tried_again_nobody_is_told(
    channel: Channel, state: State, outcome: Outcome, database: Database, clock: ManualClock
) -> None:
    await _settled(database, clock, channel, state, outcome)
    assert await _notes(database) == []


async def test_a_dead_address_is_noted_until_it_takes_mail_again(
    database: Database, clock: ManualClock
) -> None:
    async def refused_at() -> str | None:
        [row] = await database.reader.all("SELECT refused_at FROM addresses")
        return str(row["refused_at"]) if row["refused_at"] else None

    await _settled(database, clock, Channel.EMAIL, State.FAILED, ADDRESS_DEAD)
    assert await refused_at() == to_text(clock.now())
    clock.advance(timedelta(days=23))
    await _settled(database, clock, Channel.EMAIL, State.SENT, Sent())
    assert await refused_at() is None


@pytest.mark.parametrize("outcome", [CONTENT, NOT_NOW, DOUBT])
async def test_an_address_is_dead_only_by_its_own_fault(
    outcome: Outcome, database: Database, clock: ManualClock
) -> None:
    await _settled(database, clock, Channel.EMAIL, State.FAILED, outcome, "any")
    [row] = await database.reader.all("SELECT refused_at FROM addresses")
    assert row["refused_at"] is None


async def test_an_address_refused_again_is_told_of_once_until_it_is_given_again(
    database: Database, clock: ManualClock
) -> None:
    async with database.transaction() as tx:
        await seal_letter(tx, clock, number=2)
        await seal_letter(tx, clock, number=3)
    await _settled(database, clock, Channel.EMAIL, State.FAILED, ADDRESS_DEAD)
    clock.advance(DAY_7)
    for _ in range(2):
        await _settled(database, clock, Channel.EMAIL, State.FAILED, ADDRESS_DEAD)
    assert [note["due_at"][:10] for note in await _notes(database)] == ["2026-01-08"]

    async with database.transaction() as tx:
        await seal_letter(tx, clock, number=4)
    clock.advance(DAY_7)
    await _settled(database, clock, Channel.EMAIL, State.FAILED, ADDRESS_DEAD)
    days = [note["due_at"][:10] for note in await _notes(database)]
    assert days == ["2026-01-08", "2026-01-22"]


async def test_a_day_of_refusals_counts_once_until_the_address_takes_mail(
    database: Database, clock: ManualClock
) -> None:
    async def counted() -> tuple[object, ...]:
        row = await database.reader.row("SELECT refusals, refused_day, refused_at FROM addresses")
        return tuple(row)

    for day in ("2026-01-08", "2026-01-09"):
        for _ in range(2):
            await _settled(database, clock, Channel.EMAIL, State.RETRY, ADDRESS_DEAD)
            assert (await counted())[1:] == (day, None)
        clock.advance(timedelta(days=1))
    assert (await counted())[0] == 2
    await _settled(database, clock, Channel.EMAIL, State.SENT, Sent())
    assert await counted() == (0, None, None)
    row = await database.reader.row("SELECT accepted_at FROM addresses")
    assert row["accepted_at"] == to_text(clock.now())


async def test_of_two_mails_given_up_at_one_address_its_person_hears_once(
    database: Database, clock: ManualClock
) -> None:
    async with database.transaction() as tx:
        await seal_letter(tx, clock, number=2)
    clock.advance(DAY_7)
    for _ in range(2):
        await _settled(database, clock, Channel.EMAIL, State.FAILED, CONTENT)
    assert len(await _notes(database)) == 1


async def test_a_person_who_is_gone_is_noted_and_told_nothing(
    database: Database, clock: ManualClock
) -> None:
    await _settled(database, clock, Channel.CHAT, State.FAILED, PERSON_GONE)
    [row] = await database.reader.all("SELECT blocked_at FROM people")
    assert row["blocked_at"] == to_text(clock.now())
    assert await _notes(database) == []


@pytest.mark.parametrize(
    ("outcome", "reason"), [(DOUBT, IN_DOUBT), (NOT_NOW, GIVEN_UP), (CONTENT, CONTENT.reason)]
)
async def test_a_chat_reminder_that_failed_is_offered_instead(
    outcome: Outcome, reason: str, database: Database, clock: ManualClock
) -> None:
    delivery = await _settled(database, clock, Channel.CHAT, State.FAILED, outcome, reason)
    [note] = await _notes(database)
    assert (note["kind"], note["channel"], note["state"]) == (
        NoteInDoubt.kind,
        Channel.CHAT,
        State.DUE,
    )
    assert (note["person_id"], note["due_at"]) == (delivery.person.id, to_text(clock.now()))
    assert params_of(note, database.reader.vault) == {"token": delivery.token}
    [row] = await database.reader.all("SELECT blocked_at FROM people")
    assert row["blocked_at"] is None


async def test_a_note_that_failed_is_followed_by_no_other(
    database: Database, clock: ManualClock
) -> None:
    await _settled(database, clock, Channel.CHAT, State.FAILED, CONTENT)
    await _settled(database, clock, Channel.CHAT, State.FAILED, CONTENT)
    [note] = await _notes(database)
    assert note["state"] == State.FAILED


async def _settled(
    database: Database,
    clock: ManualClock,
    channel: Channel,
    state: State,
    outcome: Outcome,
    reason: str | None = None,
) -> Delivery:
    """Claim what is due on a channel and settle it so, with what follows."""
    now = clock.now()
    if reason is None and not isinstance(outcome, Sent):
        reason = getattr(outcome, "reason", None)
    settlement = Settlement(state=state, at=now, next_at=now, failures=0, doubts=0, reason=reason)
    async with database.transaction() as tx:
        delivery = await one_claim.claim(tx, channel, now, LEASE)
        assert delivery is not None
        assert await one_claim.settle(tx, delivery, settlement)
        await follow_up(tx, delivery, outcome, settlement)
    return delivery


async def _notes(database: Database) -> list[sqlite3.Row]:
    return await database.reader.all("SELECT * FROM deliveries WHERE letter_id IS NULL ORDER BY id")
