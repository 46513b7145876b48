"""What says that a letter is sealed, edited at once when its days or its address are others."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.local.messages import Message
from bot.locales import Catalog
from tests.support.app import FakeUser, Harness
from tests.support.talk import labels, told

ADDRESS, OTHER = "me@example.com", "other@example.com"
HOUR = timedelta(hours=1)


def said_of(user: FakeUser) -> Message:
    """Return what says that the newest letter is sealed."""
    return [each for each in user.heard if "💌" in each.text][-1]


async def move_first_day(user: FakeUser, speech: Catalog) -> None:
    await user.say("/letters")
    await user.press("1")
    [question] = await user.press(speech.say("button-move-date"))
    await user.press(labels([question])[0])
    await user.press(speech.say("button-week-later"))


async def test_a_day_that_is_moved(harness: Harness, app: App, speech: Catalog) -> None:
    user = harness.user(app, language=speech.language)
    await user.seal("Run", ADDRESS)
    before = said_of(user)
    await move_first_day(user, speech)
    after = said_of(user)
    dates = [each.unix_time for each in after.words.entities if each.type == "date_time"]
    assert after.id == before.id
    assert after.text != before.text
    assert dates[0] == (before.words.entities[1].unix_time or 0) + 7 * 24 * 3600
    assert labels([after]) == labels([before])


async def test_another_hour_and_another_zone(user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await user.seal("Read", ADDRESS)
    assert "6 PM" in said_of(user).text
    await user.say("/settings")
    await user.press(told("button-hour"))
    await user.press("7 AM")
    said = [each.text for each in user.heard if "💌" in each.text]
    assert len(said) == 2
    assert all("about 7 AM" in each for each in said)
    await user.press(told("button-hour"))
    await user.press(told("button-as-sealed"))
    await user.press(told("button-zone"))
    await user.say("New York")
    assert "Thu, Jan 8" in said_of(user).text
    assert "6 PM" in said_of(user).text


async def test_another_address_for_all_letters(user: FakeUser) -> None:
    await user.has_confirmed(OTHER)
    await user.seal("Run", ADDRESS, confirmed=False)
    await user.press(told("button-wrong-address"))
    await user.say(OTHER)
    assert OTHER in said_of(user).text
    assert ADDRESS not in said_of(user).text


@pytest.mark.parametrize("confirmed", [True, False])
async def test_mail_that_is_stopped(user: FakeUser, *, confirmed: bool) -> None:
    await user.seal("Run", ADDRESS, confirmed=confirmed)
    await user.say("/stop")
    await user.press(told("button-stop-mail"))
    assert ADDRESS not in said_of(user).text


async def test_a_first_address_that_is_added(user: FakeUser) -> None:
    await user.has_confirmed(ADDRESS)
    await user.write("Run")
    await user.say("skip")
    await user.say(ADDRESS)
    await user.press(told("button-use-too"))
    await user.say(ADDRESS)
    assert ADDRESS in said_of(user).text


async def test_after_the_hour_it_stays_as_it_was(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.seal("Run", ADDRESS)
    await harness.pass_time(app, HOUR)
    closed = said_of(user).text
    await user.say("/settings")
    await user.press(told("button-hour"))
    await user.press("7 AM")
    assert said_of(user).text == closed
