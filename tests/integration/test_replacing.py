"""Another address in the place of one that a mail server refuses."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

import pytest

from bot.app import App
from bot.delivery.outcome import LaneFault, Later, Outcome
from bot.letters import Channel
from bot.messages.address_wanted import CHANGE_ADDRESS
from bot.store import addresses, outbox, reminders
from bot.store.addresses import Address
from bot.store.database import Database
from bot.store.deliveries import Delivery
from tests.support import one_claim
from tests.support.app import FakeUser, Harness, send_nothing
from tests.support.clock import ManualClock
from tests.support.mails import is_confirmation
from tests.support.scripted_transport import Answer, ScriptedTransport, lane_of
from tests.support.sealed_letters import seal_letter
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, so_far, texts, told

WEEK = timedelta(days=7)


@pytest.fixture
def refusing(smtp_server: ScriptedSmtp) -> ScriptedSmtp:
    smtp_server.refuse("gone@example.com", 550, "5.1.1")
    return smtp_server


async def asked_for_another(harness: Harness, user: FakeUser) -> None:
    """Let a person hear that an address they had confirmed takes no mail any more."""
    await user.seal("Run", "gone@example.com")
    await harness.pass_time(user.app, WEEK)
    for _ in range(3 * 24):
        await harness.pass_time(user.app, timedelta(hours=1))
    assert told("address-refused", address="gone@example.com") in texts(user.heard)


async def test_the_refused_mail_and_those_to_come_go_to_the_new_address(
    harness: Harness, app: App, user: FakeUser, refusing: ScriptedSmtp
) -> None:
    await asked_for_another(harness, user)
    await user.has_confirmed("here@example.com")
    await user.press("another address")
    answer = await user.say("here@example.com")
    assert "here@example.com" in answer[-1].text
    await harness.pass_time(app, timedelta(days=23))
    assert [mail.recipients for mail in refusing.accepted] == [("here@example.com",)] * 2


async def test_a_letter_under_way_is_gone_on_with_afterwards(
    harness: Harness, app: App, user: FakeUser, refusing: ScriptedSmtp
) -> None:
    await asked_for_another(harness, user)
    await user.has_confirmed("here@example.com")
    await user.has_confirmed("there@example.com")
    await user.write("Read")
    await user.press("another address")
    asked_again = await user.say("here@example.com")
    assert asked_again[-1].text == so_far("Read")
    sealed = await user.say("there@example.com")
    assert "Sealed" in sealed[0].text
    await harness.pass_time(app, WEEK)
    assert [mail.recipients for mail in refusing.accepted] == [
        ("here@example.com",),
        ("there@example.com",),
    ]


async def test_the_address_that_is_to_go_is_not_offered_in_its_own_place(user: FakeUser) -> None:
    await user.has_confirmed("here@example.com")
    await user.seal("Run", "yuo@example.com", confirmed=False)
    await user.press(told("button-no-mail"))
    asked = await user.press(told("button-wrong-address"))
    assert labels(asked) == ["here@example.com", told("button-other-address")]


async def test_cancel_leaves_the_address_as_it_is_and_a_letter_under_way(
    harness: Harness, user: FakeUser, refusing: ScriptedSmtp
) -> None:
    await asked_for_another(harness, user)
    await user.press("another address")
    assert texts(await user.say("/cancel")) == [told("address-left")]
    assert texts(await user.say("/cancel")) == [told("nothing-to-cancel")]
    await user.write("Read")
    await user.press("another address")
    assert texts(await user.say("/cancel")) == [told("address-left"), so_far("Read")]
    assert told("cancelled") in texts(await user.say("/cancel"))


async def test_until_the_new_address_is_given_nothing_else_is_asked_for(
    harness: Harness, user: FakeUser, refusing: ScriptedSmtp
) -> None:
    await asked_for_another(harness, user)
    await user.write("Read")
    words = user.last_own
    asked = [await user.press("another address"), await user.edit(words.id, "Read more")]
    await user.say("/write")
    asked.append(await user.press("Go on"))
    assert [texts(answer) for answer in asked] == [[told("ask-new-address")]] * 3


async def test_a_letter_under_way_is_gone_on_with_after_a_kill_too(
    harness: Harness, refusing: ScriptedSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await asked_for_another(harness, user)
        await user.write("Read")
        await user.press("another address")
        send_nothing(app, monkeypatch)
        await user.say("here@example.com")
    async with harness.app() as app:
        user = harness.user(app)
        await app.settle()
        assert user.heard[-1].text == so_far("Read")
        assert "Sealed" in (await user.say("there@example.com"))[0].text


async def test_a_button_of_an_address_that_is_gone_leaves_the_letter_under_way(
    user: FakeUser,
) -> None:
    await user.say("/write")
    await user.forge(CHANGE_ADDRESS.data(99))
    assert texts(await user.say("Run")) == [so_far("Run")]


async def test_a_stranger_pressing_a_forged_button_changes_nothing(
    harness: Harness, app: App, refusing: ScriptedSmtp
) -> None:
    owner = harness.user(app)
    await asked_for_another(harness, owner)
    note = next(each for each in owner.heard if "gone@example.com" in each.text and each.buttons)
    [[button]] = note.buttons
    assert button.data is not None
    stranger = harness.user(app, "mallory")
    await stranger.say("/start")
    answer = await stranger.forge(button.data)
    assert answer[-1].text == told("stale-press")
    await stranger.say("mallory@example.com")
    await harness.pass_time(app, timedelta(days=23))
    assert refusing.accepted == []


async def test_nothing_goes_to_the_new_address_until_it_is_confirmed(
    harness: Harness, app: App, user: FakeUser, refusing: ScriptedSmtp
) -> None:
    await asked_for_another(harness, user)
    await user.press("another address")
    await user.say("here@example.com")
    await harness.pass_time(app, timedelta(days=23))
    [confirmation] = refusing.accepted
    assert confirmation.recipients == ("here@example.com",)
    assert is_confirmation(confirmation)


@pytest.fixture
async def database(database: Database, clock: ManualClock) -> Database:
    """Return a store with a letter whose first reminder is due."""
    async with database.transaction() as tx:
        await seal_letter(tx, clock)
    clock.advance(WEEK)
    return database


async def redirect(database: Database, clock: ManualClock) -> Address:
    """Let the letter go to an address that isn't confirmed; returns that address."""
    async with database.transaction() as tx:
        old = await addresses.get(tx, 1, owner=1)
        assert old is not None
        new = await addresses.use(tx, 1, "stranger@example.com", clock.now())
        await reminders.redirect(tx, old, new, clock.now())
    return new


async def confirm(database: Database, clock: ManualClock, address: Address) -> None:
    async with database.transaction() as tx:
        await addresses.note_confirmed(tx, address.id, clock.now())
        await outbox.release(tx, address.id)


@pytest.mark.parametrize("comes_to_send", [False, True])
@pytest.mark.parametrize(
    "outcome",
    [
        Later(reason="smtp-451@rcpt"),
        Later(reason="smtp-silence@final-dot", doubt=True),
        LaneFault(reason="smtp-silence@greeting"),
    ],
)
async def test_a_mail_under_way_meanwhile_waits_for_the_new_address_to_be_confirmed(
    database: Database, clock: ManualClock, outcome: Outcome, *, comes_to_send: bool
) -> None:
    mails = ScriptedTransport(Channel.EMAIL)
    gate = mails.hold(Answer(outcome=outcome, comes_to_send=comes_to_send, arrives=False))
    lane = lane_of(mails, database, clock)
    draining = asyncio.create_task(lane.drain())
    await gate.reached()
    new = await redirect(database, clock)
    gate.release()
    await draining
    for _ in range(3):
        clock.advance(timedelta(days=10))
        await lane.drain()
    assert len(mails.attempts) == 1
    await confirm(database, clock, new)
    await lane.drain()
    assert addresses_of(mails.arrived) == {"stranger@example.com"}


async def test_a_mail_whose_worker_is_gone_waits_for_the_new_address_to_be_confirmed(
    database: Database, clock: ManualClock
) -> None:
    mails = ScriptedTransport(Channel.EMAIL)
    async with database.transaction() as tx:
        mail = await one_claim.claim(tx, Channel.EMAIL, clock.now(), timedelta(minutes=10))
    assert mail is not None
    new = await redirect(database, clock)
    async with database.transaction() as tx:
        assert not await one_claim.mark_in_flight(tx, mail)
    clock.advance(timedelta(days=30))
    lane = lane_of(mails, database, clock)
    await lane.drain()
    assert mails.attempts == []
    await confirm(database, clock, new)
    await lane.drain()
    assert addresses_of(mails.arrived) == {"stranger@example.com"}
    assert len(mails.arrived) == 2


def addresses_of(mails: Iterable[Delivery]) -> set[str]:
    return {mail.mail_to.address for mail in mails if mail.mail_to}
