"""A text that is no day, where one was asked for, isn't lost if it may be a letter."""

from datetime import timedelta

from bot.app import App
from bot.text import Words
from tests.support.app import FakeUser, Harness
from tests.support.rows import count, kept_words, sealed_words
from tests.support.talk import labels, texts, told

ADDRESS = "me@example.com"
LONG = "Learn the piano, one song a week, whatever comes"


async def ask_for_days(user: FakeUser) -> None:
    """Ask for other days of the newest letter."""
    await user.press(told("button-other-days"))


async def test_it_can_become_a_letter(harness: Harness, app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await ask_for_days(user)
    [answer] = await user.say(LONG)
    harness.clock.advance(timedelta(seconds=1))
    assert answer.text == told("day-unclear")
    assert labels([answer]) == [told("button-as-letter")]
    await user.press(told("button-as-letter"))
    await user.say(ADDRESS)
    assert await sealed_words(app.database) == [Words("Run"), Words(LONG)]


async def test_the_day_is_still_waited_for(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await ask_for_days(user)
    await user.say(LONG)
    said = texts(await user.say("in 3 days"))
    assert any(each.startswith(told("other-days-chosen", days="§")[:10]) for each in said)
    assert await count(app.database, "letters") == 1


async def test_it_can_become_more_of_the_letter_under_way(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await user.write("Read")
    await ask_for_days(user)
    [answer] = await user.say(LONG)
    assert labels([answer]) == [told("button-take-part")]
    await user.press(told("button-take-part"))
    assert await kept_words(app.database) == Words(f"Read\n{LONG}")


async def test_a_short_text_is_only_asked_for_again(user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await ask_for_days(user)
    assert labels(await user.say("hm")) == []


async def test_a_letter_that_names_a_day_moves_no_other(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await user.say("/letters")
    for label in ("1", told("button-move-date"), "Jan 8"):
        await user.press(label)
    [answer] = await user.say("From Jan 20 on I run every day with my sister")
    assert (answer.text, labels([answer])) == (told("day-unclear"), [told("button-as-letter")])
