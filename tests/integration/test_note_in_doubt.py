"""A chat reminder whose arrival stays in doubt is offered to its person, and to nobody else."""

from datetime import timedelta

from bot.app import House
from tests.support.house import Guest, Premises

WEEK = timedelta(days=7)
WORDS = "Run every morning"


async def left_in_doubt(premises: Premises, guest: Guest) -> None:
    """Leave the first chat reminder as two crashes in the middle of sending it would."""
    await guest.seal(WORDS, "me@example.com")
    async with guest.house.database.transaction() as tx:
        await tx.run(
            "UPDATE deliveries SET state = 'in_flight', attempt = 2, doubts = 1,"
            " lease_until = '2000-01-01' WHERE channel = 'chat' AND day = 7"
        )
    await premises.pass_time(guest.house, WEEK)


async def test_its_person_is_told_and_can_have_it_shown(premises: Premises, guest: Guest) -> None:
    await left_in_doubt(premises, guest)
    assert "tell whether it came through" in guest.heard[-1].text
    assert all(WORDS not in note.text for note in guest.heard)
    [shown] = await guest.press("Show")
    assert shown.text == WORDS


async def test_a_stranger_who_forges_the_button_sees_nothing(
    premises: Premises, house: House, guest: Guest
) -> None:
    await left_in_doubt(premises, guest)
    [[button]] = guest.heard[-1].buttons
    stranger = premises.guest(house, "mallory")
    await stranger.say("/start")
    assert button.data is not None
    answer = await stranger.forge(button.data)
    assert all(WORDS not in note.text for note in answer)
    assert "time is over" in answer[-1].text
