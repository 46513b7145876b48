"""How it is going: asked each time a letter comes back, answered by a button, changed, recalled."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.locales import Catalog
from tests.support.app import FakeUser, Harness, send_nothing
from tests.support.rows import contents, count
from tests.support.talk import EN, labels, texts, told

WORDS = "Run every morning"
LONG = "".join(f"{number:03}🙂" for number in range(1000))[:3260]


async def come_back(
    harness: Harness, user: FakeUser, days: int = 7, *, words: str = WORDS
) -> FakeUser:
    """Let a letter come back for the first time; returns its person."""
    await user.write(words)
    await user.say("skip")
    await harness.pass_time(user.app, timedelta(days=days))
    return user


@pytest.mark.parametrize("words", [WORDS, LONG], ids=["short", "long"])
@pytest.mark.parametrize("answer", ["keeping", "half", "not-yet"])
async def test_an_answer_stands_in_the_reminder_and_is_recalled_with_the_next(
    harness: Harness, app: App, speech: Catalog, words: str, answer: str
) -> None:
    user = await come_back(harness, harness.user(app, language=speech.language), words=words)
    asked, label = user.heard[-1], speech.say(f"button-{answer}")
    [edited] = await user.press(label)
    assert edited.id == asked.id
    kept = asked.text.removesuffix(speech.say("ask-how-it-goes"))
    assert edited.text == f"{kept}✓ {label}\n{speech.count(f'answer-{answer}', 30)}"
    assert labels([edited]) == [speech.say("button-change-answer")]
    await harness.pass_time(app, timedelta(days=23))
    assert speech.count("recalled-answer", 7, answer=label) in user.heard[-1].text
    assert user.heard[-1].text.endswith(speech.say("ask-looking-back"))


async def test_the_answer_can_be_changed_and_the_latest_counts(
    harness: Harness, user: FakeUser
) -> None:
    await come_back(harness, user)
    asked = user.heard[-1]
    await user.press("Not yet")
    [again] = await user.press("Change")
    assert (again.text, again.buttons) == (asked.text, asked.buttons)
    [edited] = await user.press("Keeping it")
    assert "✓ Keeping it" in edited.text
    await harness.pass_time(user.app, timedelta(days=23))
    assert EN.count("recalled-answer", 7, answer="Keeping it") in user.heard[-1].text


async def test_a_press_that_comes_twice_changes_nothing_twice(
    harness: Harness, user: FakeUser
) -> None:
    await come_back(harness, user)
    await user.press("Half-way")
    before = await contents(user.app.database.reader)
    update = {
        "update_id": user.telegram._state.last_update,
        "callback_query": {"id": "1"},
    }
    assert update
    assert (await contents(user.app.database.reader))["answers"] == before["answers"]


@pytest.mark.parametrize(("days", "last"), [("1,7,30", (False, False, True)), ("5", (True,))])
async def test_every_day_but_the_last_asks_how_it_goes(
    harness: Harness, days: str, last: tuple[bool, ...]
) -> None:
    harness.environ = {"REMINDER_DAYS": days}
    async with harness.app() as app:
        user = harness.user(app)
        await user.write(WORDS)
        await user.say("skip")
        passed = 0
        for day, looks_back in zip(map(int, days.split(",")), last, strict=True):
            await harness.pass_time(app, timedelta(days=day - passed))
            passed = day
            asked = told("ask-looking-back" if looks_back else "ask-how-it-goes")
            assert user.heard[-1].text.endswith(asked)


async def test_an_answer_long_after_the_last_day_is_thanked_for(
    harness: Harness, user: FakeUser
) -> None:
    await come_back(harness, user)
    asked = user.heard[-1]
    [[button, *_]] = asked.buttons
    assert button.data is not None
    await harness.pass_time(user.app, timedelta(days=400))
    [edited, *_] = await user.forge(button.data)
    assert edited.text.endswith(f"✓ Keeping it\n{told('answer-late')}")


@pytest.mark.parametrize("label", ["Kept it", "Half-way", "Another time"])
async def test_after_the_last_day_whatever_is_pressed_one_message_asks_what_next(
    harness: Harness, user: FakeUser, label: str
) -> None:
    await come_back(harness, user)
    await harness.pass_time(user.app, timedelta(days=23))
    edited, ended = await user.press(label)
    assert f"✓ {label}\n" in edited.text
    assert ended.text == told("letter-ended")
    assert labels([ended]) == [
        *("Once more in a month", "In a year", "A date of my own"),
        *("New letter", "Erase it"),
    ]
    await user.press("Change")
    [edited] = await user.press("Kept it")
    assert "✓ Kept it\n" in edited.text


@pytest.mark.parametrize(("label", "days"), [("Once more in a month", 28), ("In a year", 365)])
async def test_once_more_it_comes_at_its_hour_and_asks_again(
    harness: Harness, user: FakeUser, label: str, days: int
) -> None:
    await user.has_confirmed("me@example.com")
    await user.write(WORDS)
    await user.say("me@example.com")
    for wait in (7, 23):
        await harness.pass_time(user.app, timedelta(days=wait))
    await user.press("Kept it")
    [chosen] = await user.press(label)
    assert told("letter-once-more", when="§").split("§")[0] in chosen.text
    assert labels([chosen]) == []
    before = len(user.heard)
    await harness.pass_time(user.app, timedelta(days=days) - timedelta(hours=1))
    assert len(user.heard) == before
    await harness.pass_time(user.app, timedelta(hours=1))
    [note] = user.heard[before:]
    assert WORDS in note.text
    assert EN.count("recalled-answer", 30, answer="Kept it") in note.text
    assert note.text.endswith(told("ask-looking-back"))
    rows = await user.app.database.reader.all(
        "SELECT channel, state FROM deliveries WHERE day > 30 ORDER BY channel"
    )
    assert [tuple(row) for row in rows] == [("chat", "sent"), ("email", "sent")]
    _, ended = await user.press("Another time")
    assert ended.text == told("letter-ended")


async def ended(harness: Harness, user: FakeUser) -> None:
    """Let a letter come back for the last time, on January 31, and be asked what next."""
    await come_back(harness, user)
    await harness.pass_time(user.app, timedelta(days=23))
    await user.press("Kept it")


@pytest.mark.parametrize(
    ("typed", "days"), [("2026-03-01", 29), ("in 2 weeks", 14), ("다음 달 3일", 3)]
)
async def test_it_comes_once_more_on_a_date_of_ones_own(
    harness: Harness, user: FakeUser, typed: str, days: int
) -> None:
    await ended(harness, user)
    [asked] = await user.press("A date of my own")
    assert (asked.text, labels([asked])) == (told("once-more-when"), [])
    assert texts(await user.say("hm")) == [told("day-unclear")]
    [owed] = await user.say(typed)
    assert owed.text.startswith(told("letter-once-more", when="§").split("§")[0])
    before = len(user.heard)
    await harness.pass_time(user.app, timedelta(days=days) - timedelta(hours=1))
    assert len(user.heard) == before
    await harness.pass_time(user.app, timedelta(hours=1))
    [note] = user.heard[before:]
    assert WORDS in note.text


async def test_of_two_days_that_a_date_may_mean_one_is_chosen(
    harness: Harness, user: FakeUser
) -> None:
    await ended(harness, user)
    await user.press("A date of my own")
    [which] = await user.say("3/4")
    assert (which.text, len(labels([which]))) == (told("day-which"), 2)
    [owed] = await user.press(labels([which])[0])
    assert owed.text.startswith(told("letter-once-more", when="§").split("§")[0])


async def test_pressed_twice_or_before_its_last_day_it_says_when_it_comes(
    harness: Harness, user: FakeUser
) -> None:
    reminder = await come_back(harness, user)
    token = str(reminder.heard[-1].buttons[0][0].data).split(":")[1]
    said = await user.forge(f"letter:month:{token}")
    assert texts(said) == [told("letter-once-more", when="Sat, Jan 31, 6 PM")]
    await harness.pass_time(user.app, timedelta(days=23))
    await user.press("Kept it")
    for data in ("month", "year"):
        await user.forge(f"letter:{data}:{token}")
    assert user.heard[-1].text == told("letter-once-more", when="Sat, Feb 28, 6 PM")
    assert await count(user.app.database, "deliveries") == 3


async def test_a_letter_that_comes_once_more_is_one_more_on_its_way(harness: Harness) -> None:
    harness.environ = {"CAP_OPEN_LETTERS": "1"}
    async with harness.app() as app:
        user = harness.user(app)
        await ended(harness, user)
        await user.write("Another")
        await user.say("skip")
        said = await user.press(told("button-in-a-month"))
        assert told("once-more-capped", when="Mon, Mar 2, 6 PM") in texts(said)
        await harness.pass_time(app, timedelta(days=31))
        [owed] = await user.press(told("button-in-a-month"))
        assert owed.text.startswith(told("letter-once-more", when="§").partition("§")[0])


async def test_a_letter_comes_back_so_often_at_most(
    harness: Harness, user: FakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.reminders.MOST_DAYS", 3)
    await come_back(harness, user)
    await harness.pass_time(user.app, timedelta(days=23))
    for answer, said in (("letter-once-more", False), ("letter-often-enough", True)):
        await user.press("Kept it")
        [chosen] = await user.press("Once more in a month")
        assert (chosen.text == told("letter-often-enough")) is said, answer
        await harness.pass_time(user.app, timedelta(days=31))


async def test_an_answer_said_is_stored_also_if_the_bots_word_of_it_is_lost(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harness.app() as app:
        user = await come_back(harness, harness.user(app))
        send_nothing(app, monkeypatch)
        await user.press("Half-way")
    async with harness.app() as app:
        await app.settle()
        assert "✓ Half-way\n" in user.heard[-1].text


async def test_a_message_that_is_gone_is_answered_below(harness: Harness, user: FakeUser) -> None:
    await come_back(harness, user)
    asked = user.heard[-1]
    [[button, *_]] = asked.buttons
    assert button.data is not None
    harness.telegram.fail_next(
        "editMessageText", 400, {"description": "Bad Request: message to edit not found"}
    )
    [below] = await user.press("Keeping it")
    assert below.id != asked.id
    assert "✓ Keeping it\n" in below.text
    assert texts([below]) != texts([asked])
