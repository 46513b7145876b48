"""Another address in the place of one that a mail server refuses."""

from datetime import timedelta

import pytest

from tests.support.house import Guest, Premises
from tests.support.smtpd import ScriptedSmtp

WEEK = timedelta(days=7)


@pytest.fixture
def refusing(smtp_server: ScriptedSmtp) -> ScriptedSmtp:
    smtp_server.refuse("gone@example.com", 550, "5.1.1")
    return smtp_server


async def asked_for_another(premises: Premises, guest: Guest) -> None:
    await guest.seal("Run", "gone@example.com")
    await premises.pass_time(guest.house, WEEK)
    assert "gone@example.com" in guest.heard[-1].text


async def test_the_refused_mail_and_those_to_come_go_to_the_new_address(
    premises: Premises, refusing: ScriptedSmtp
) -> None:
    async with premises.house() as house:
        guest = premises.guest(house)
        await asked_for_another(premises, guest)
        await guest.has_confirmed("here@example.com")
        await guest.press("another address")
        answer = await guest.say("here@example.com")
        assert "here@example.com" in answer[-1].text
        await premises.pass_time(house, timedelta(days=23))
    assert [mail.recipients for mail in refusing.accepted] == [("here@example.com",)] * 2


async def test_a_letter_under_way_is_gone_on_with_afterwards(
    premises: Premises, refusing: ScriptedSmtp
) -> None:
    async with premises.house() as house:
        guest = premises.guest(house)
        await asked_for_another(premises, guest)
        await guest.has_confirmed("here@example.com")
        await guest.has_confirmed("there@example.com")
        await guest.say("/write")
        await guest.say("Read")
        await guest.press("another address")
        asked_again = await guest.say("here@example.com")
        assert "Which email address" in asked_again[-1].text
        sealed = await guest.say("there@example.com")
        assert "Sealed" in sealed[-1].text
        await premises.pass_time(house, WEEK)
    assert [mail.recipients for mail in refusing.accepted] == [
        ("here@example.com",),
        ("there@example.com",),
    ]


async def test_a_stranger_pressing_a_forged_button_changes_nothing(
    premises: Premises, refusing: ScriptedSmtp
) -> None:
    async with premises.house() as house:
        owner = premises.guest(house)
        await asked_for_another(premises, owner)
        [[button]] = owner.heard[-1].buttons
        assert button.data is not None
        stranger = premises.guest(house, "mallory")
        await stranger.say("/start")
        forged = premises.telegram.forge(stranger.person, button.data)
        answer = await stranger.handled(forged)
        assert "time is over" in answer[-1].text
        await stranger.say("mallory@example.com")
        await premises.pass_time(house, timedelta(days=23))
    assert refusing.accepted == []


async def test_nothing_goes_to_the_new_address_until_it_is_confirmed(
    premises: Premises, refusing: ScriptedSmtp
) -> None:
    async with premises.house() as house:
        guest = premises.guest(house)
        await asked_for_another(premises, guest)
        await guest.press("another address")
        await guest.say("here@example.com")
        await premises.pass_time(house, timedelta(days=23))
    [confirmation] = refusing.accepted
    assert confirmation.recipients == ("here@example.com",)
    assert "Confirm" in confirmation.message["Subject"]
