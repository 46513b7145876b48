"""A chat reminder whose arrival stays in doubt is offered to its person, and to nobody else."""

from datetime import timedelta

from bot.app import App
from tests.support.app import FakeUser, Harness
from tests.support.talk import told

WEEK = timedelta(days=7)
WORDS = "Run every morning"


async def left_in_doubt(harness: Harness, user: FakeUser) -> None:
    """Leave the first chat reminder as two crashes in the middle of sending it would."""
    await user.seal(WORDS, "me@example.com")
    async with user.app.database.transaction() as tx:
        await tx.run(
            "UPDATE deliveries SET state = 'in_flight', attempt = 2, doubts = 1,"
            " lease_until = '2000-01-01' WHERE channel = 'chat' AND day = 7"
        )
    await harness.pass_time(user.app, WEEK)


async def test_its_person_is_told_and_can_have_it_shown(harness: Harness, user: FakeUser) -> None:
    await left_in_doubt(harness, user)
    assert "tell whether it came through" in user.heard[-1].text
    assert all(WORDS not in note.text for note in user.heard if "📮" in note.text)
    [shown] = await user.press("Show")
    assert shown.text == WORDS


async def test_a_postscript_is_shown_below_it(harness: Harness, user: FakeUser) -> None:
    await left_in_doubt(harness, user)
    await user.say("/letters")
    await user.press("1")
    await user.press(told("button-postscript"))
    await user.say("And read")
    [shown] = await user.press("Show")
    assert shown.text.startswith(f"{WORDS}\n\nP.S. (")
    assert shown.text.endswith("And read")


async def test_a_stranger_who_forges_the_button_sees_nothing(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await left_in_doubt(harness, user)
    [[button]] = user.heard[-1].buttons
    stranger = harness.user(app, "mallory")
    await stranger.say("/start")
    assert button.data is not None
    answer = await stranger.forge(button.data)
    assert all(WORDS not in note.text for note in answer)
    assert answer[-1].text == told("stale-press")
