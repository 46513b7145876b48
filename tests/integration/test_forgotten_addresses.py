"""An address that nobody needs is forgotten after ADDRESS_DAYS; what its holder wants stays."""

import json
from datetime import timedelta

import pytest

from bot.app import App
from bot.store import exporting, suppressions
from bot.store.suppressions import Standing
from tests.support.app import FakeUser, Harness
from tests.support.mails import CONFIRM, LIFT, STOP, link_in
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import EN, told

DAY = timedelta(days=1)
LIFE = 60 * DAY
SECOND = timedelta(seconds=1)
ADDRESS = "zebrafinch@marmalade.example"


@pytest.fixture
async def user(harness: Harness, app: App) -> FakeUser:
    """Return a person with a letter to an unconfirmed address; somebody else has a newer one."""
    user = harness.user(app)
    await user.seal("Run", ADDRESS, confirmed=False)
    await harness.user(app, "newer").has_confirmed("someone@elsewhere.org")
    return user


async def is_kept(app: App, user: FakeUser) -> bool:
    """Return whether a person's only address is kept; None of it is where it isn't."""
    return bool(await of(app, user, "addresses"))


async def of(app: App, user: FakeUser, part: str) -> list[dict[str, object]]:
    """Return a part of a person's export."""
    content = await exporting.export(app.database.reader, user.person.id, app.clock.now())
    assert content is not None
    found: list[dict[str, object]] = json.loads(content)[part]
    return found


async def test_an_address_that_no_letter_waits_for_any_more_is_forgotten(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await harness.pass_time(app, 30 * DAY)
    await harness.pass_time(app, LIFE)
    assert await is_kept(app, user)
    await harness.pass_time(app, SECOND)
    assert not await is_kept(app, user)
    assert await of(app, user, "addresses_forgotten") == [{"confirmed": False}]


async def test_an_address_that_a_letter_waits_for_stays_until_that_is_long_ago(
    harness: Harness, app: App, user: FakeUser
) -> None:
    async with app.database.transaction() as tx:
        await tx.run(
            "UPDATE deliveries SET due_at = :later, next_at = :later WHERE day = 30",
            later=(app.clock.now() + 400 * DAY).isoformat(timespec="microseconds"),
        )
    for _ in range(4):
        await harness.pass_time(app, 100 * DAY)
    await harness.pass_time(app, LIFE)
    assert await is_kept(app, user)
    await harness.pass_time(app, SECOND)
    assert not await is_kept(app, user)


async def test_a_confirmed_address_stays(harness: Harness, app: App, user: FakeUser) -> None:
    await user.has_confirmed(ADDRESS)
    for _ in range(12):
        await harness.pass_time(app, LIFE)
    assert await is_kept(app, user)


async def test_with_zero_days_every_address_stays(harness: Harness) -> None:
    harness.environ = {"ADDRESS_DAYS": "0"}
    async with harness.app() as app:
        user = harness.user(app)
        await user.seal("Run", ADDRESS, confirmed=False)
        await harness.user(app, "newer").has_confirmed("someone@elsewhere.org")
        for _ in range(12):
            await harness.pass_time(app, LIFE)
        assert await is_kept(app, user)


async def test_one_that_was_asked_for_lately_stays_and_is_confirmed_by_its_mail(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await harness.pass_time(app, 89 * DAY)
    await user.say("/confirm")
    await harness.pass_time(app, 2 * DAY)
    [answer] = await user.open(link_in(smtp_server.accepted[-1], CONFIRM))
    assert answer.text == EN.say("confirm-confirmed", address=ADDRESS)


async def test_what_shows_it_copes(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    pressed: list[str] = [
        button.data
        for message in user.heard
        for row in message.buttons or ()
        for button in row
        if button.data
    ]
    await harness.pass_time(app, 30 * DAY)
    await harness.pass_time(app, LIFE + SECOND)
    assert not await is_kept(app, user)
    assert told("settings-no-address") in (await user.say("/settings"))[-1].text
    assert (await user.say("/confirm"))[-1].text == told("confirm-none")
    await user.say("/letters")
    await user.press("1")
    assert ADDRESS not in user.heard[-1].text
    for data in pressed:
        assert await user.forge(data)
    await user.open(link_in(smtp_server.accepted[0], CONFIRM))
    assert user.heard[-1].text == told("confirm-not-yours")
    said = await user.seal("Read", ADDRESS, confirmed=False)
    assert ADDRESS in said[-1].text
    assert await of(app, user, "addresses_forgotten") == []


@pytest.fixture
async def stopped(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> FakeUser:
    """Return a person who confirmed their address and stopped its mail sixty days ago."""
    await user.open(link_in(smtp_server.accepted[-1], CONFIRM))
    await user.open(link_in(smtp_server.accepted[-1], STOP))
    await user.press(EN.say("button-stop"))
    await harness.pass_time(app, LIFE)
    assert await is_kept(app, user)
    await harness.pass_time(app, SECOND)
    assert not await is_kept(app, user)
    return user


async def test_a_stop_outlives_its_address(
    harness: Harness, app: App, stopped: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    confirmation, last = smtp_server.accepted
    assert await of(app, stopped, "addresses_forgotten") == [{"confirmed": True}]
    await stopped.write("Read")
    assert (await stopped.say(ADDRESS))[-1].text == told("stopped-address")
    [answer] = await stopped.open(link_in(confirmation, STOP))
    assert answer.text == told(Standing.SUPPRESSED)
    await stopped.open(link_in(last, LIFT))
    await stopped.press(EN.say("button-lift"))
    assert await suppressions.keys(app.database.reader) == set()
    await stopped.write("Read")
    await stopped.say(ADDRESS)
    await harness.pass_time(app, timedelta(minutes=1))
    assert len(smtp_server.accepted) == 3


async def test_the_letters_to_it_come_in_the_chat(
    harness: Harness, app: App, stopped: FakeUser
) -> None:
    [letter] = await of(app, stopped, "letters")
    assert letter["address"] is None
    await stopped.say("/letters")
    await stopped.press("1")
    assert told("standing-unconfirmed") not in stopped.heard[-1].text


async def test_of_an_unconfirmed_one_nobody_learns_that_its_mailbox_wants_no_mail(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    other = harness.user(app, "whoever reads it")
    await other.open(link_in(smtp_server.accepted[-1], STOP))
    await other.press(EN.say("button-stop"))
    await harness.pass_time(app, 30 * DAY)
    await harness.pass_time(app, LIFE)
    assert await is_kept(app, user)


async def test_a_forgotten_address_still_counts_towards_the_cap(harness: Harness) -> None:
    harness.environ = {"CAP_ADDRESSES": "1"}
    async with harness.app() as app:
        user = harness.user(app)
        await user.seal("Run", ADDRESS, confirmed=False)
        await harness.user(app, "newer").has_confirmed("someone@elsewhere.org")
        await harness.pass_time(app, 30 * DAY)
        await harness.pass_time(app, LIFE + SECOND)
        assert not await is_kept(app, user)
        said = await user.seal("Read", "another@example.com", confirmed=False)
        assert said[-1].text == EN.say("addresses-full", most="1")


async def test_erasing_everything_erases_what_is_left(app: App, stopped: FakeUser) -> None:
    await stopped.say("/delete")
    await stopped.press(told("button-delete"))
    rows = await app.database.reader.all("SELECT * FROM forgotten_addresses")
    assert rows == []
