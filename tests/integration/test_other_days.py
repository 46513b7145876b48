"""Other days for one letter than the usual ones: chosen in words in its first hour."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.app import App
from bot.local.messages import Message
from bot.locales import Catalog
from tests.support.app import FakeUser, Harness
from tests.support.languages import KOREAN
from tests.support.rows import letter_texts
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, texts, told

ADDRESS = "me@example.com"
OTHER_DAYS, LEAVE = "button-other-days", "button-leave-letter"
Rows = list[tuple[int, str, str]]


async def days(app: App) -> Rows:
    """Return each reminder's day, channel and state, in order."""
    rows = await app.database.reader.all(
        "SELECT day, channel, state FROM deliveries WHERE kind = 'reminder' ORDER BY day, channel"
    )
    return [(row["day"], row["channel"], row["state"]) for row in rows]


def on(state: str, *numbers: int) -> Rows:
    """Return both channels' reminders of those days; `state` is the mail's."""
    return [each for day in numbers for each in ((day, "chat", "due"), (day, "email", state))]


def sealed(user: FakeUser) -> Message:
    return [each for each in user.heard if "💌" in each.text][-1]


async def test_the_button_stands_below_the_others_and_asks_in_words(
    harness: Harness, app: App, speech: Catalog
) -> None:
    user = harness.user(app, language=speech.language)
    await user.seal("Run", ADDRESS)
    assert [each.label for each in sealed(user).buttons[1]] == [speech.say(OTHER_DAYS)]
    said = len(user.heard)
    await user.press(speech.say(OTHER_DAYS))
    assert texts(user.heard[said:]) == [speech.say("ask-other-days")]
    assert labels([sealed(user)])[-1] == speech.say(OTHER_DAYS)


async def test_the_letter_comes_on_those_days_instead_by_both_channels(
    harness: Harness, app: App, smtp_server: ScriptedSmtp
) -> None:
    user = harness.user(app, language="ko")
    await user.seal("Run", ADDRESS)
    before = sealed(user)
    await user.press(told(OTHER_DAYS, KOREAN))
    asked = user.heard[-1]
    await user.say("3일 뒤와 100일 뒤")
    assert await days(app) == on("due", 3, 100)
    assert sealed(user).id == before.id
    assert sealed(user).text != before.text
    assert user.heard[-1].text.endswith(told("other-days-chosen", KOREAN, days="§")[1:])
    assert labels([each for each in user.heard if each.id == asked.id]) == []
    heard = len(user.heard)
    for step, came in ((2, 0), (1, 1), (27, 1), (69, 1), (1, 2)):
        await harness.pass_time(app, timedelta(days=step))
        assert len(smtp_server.accepted) == came
    assert len([each for each in user.heard[heard:] if "📮" in each.text]) == 2


async def test_an_unconfirmed_address_still_holds_the_mail(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS, confirmed=False)
    await user.press(told(OTHER_DAYS))
    await user.say("in 3 days, in 2 weeks")
    assert await days(app) == on("held", 3, 14)


async def test_a_letter_for_the_chat_alone_stays_so(app: App, user: FakeUser) -> None:
    await user.write("Run")
    await user.say("skip")
    await user.press(told(OTHER_DAYS))
    await user.say("tomorrow")
    assert await days(app) == [(1, "chat", "due")]


async def test_the_time_of_day_stays_across_a_change_to_summer_time(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.say("/settings")
    await user.press("Time zone")
    await user.say("New York")
    await user.seal("Run", ADDRESS)
    await user.press(told(OTHER_DAYS))
    await user.say("in 3 days, in 7 months")
    zone = ZoneInfo("America/New_York")
    rows = await app.database.reader.all(
        "SELECT due_at FROM deliveries WHERE kind = 'reminder' AND channel = 'chat'"
    )
    due = [datetime.fromisoformat(row["due_at"]).replace(tzinfo=UTC) for row in rows]
    walls = {each.astimezone(zone).strftime("%H:%M") for each in due}
    assert walls == {harness.clock.now().astimezone(zone).strftime("%H:%M")}
    assert len({each.astimezone(zone).utcoffset() for each in due}) == 2


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("yesterday", "day-too-soon"),
        ("in 3 days, in 6 years", "day-too-far"),
        ("Feb 30", "day-not-there"),
        ("Jan 1, Jan 2, Jan 3, Jan 4, Jan 5, Jan 6", "days-too-many"),
    ],
)
async def test_where_one_cannot_be_all_stays_and_is_asked_again(
    app: App, user: FakeUser, text: str, answer: str
) -> None:
    await user.seal("Run", ADDRESS)
    await user.press(told(OTHER_DAYS))
    assert texts(await user.say(text)) == [told(answer)]
    assert await days(app) == on("due", 7, 30)
    await user.say("Jan 1")
    assert len(await days(app)) == 2


@pytest.mark.parametrize(
    ("text", "asked", "which", "chosen"),
    [("2/3", "day-which", 1, (60,)), ("2/3 and 3/4", "days-which", 0, (33, 62))],
)
async def test_of_two_lists_that_digits_may_mean_one_is_chosen(
    app: App, user: FakeUser, text: str, asked: str, which: int, chosen: tuple[int, ...]
) -> None:
    await user.seal("Run", ADDRESS)
    await user.press(told(OTHER_DAYS))
    [question] = await user.say(text)
    assert question.text == told(asked)
    assert len(labels([question])) == 2
    assert await days(app) == on("due", 7, 30)
    said = await user.press(labels([question])[which])
    assert await days(app) == on("due", *chosen)
    assert said[-1].id == question.id
    assert labels([said[-1]]) == []
    assert said[-1].text.startswith(told("other-days-chosen", days="§").partition("§")[0])


async def test_bare_numbers_are_so_many_days(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await user.press(told(OTHER_DAYS))
    await user.say("3 and 100")
    assert await days(app) == on("due", 3, 100)


@pytest.mark.parametrize("forged", ["0", "9999", "7.9999"])
async def test_a_forged_day_changes_nothing(app: App, user: FakeUser, forged: str) -> None:
    await user.seal("Run", ADDRESS)
    [row] = await app.database.reader.all("SELECT message_id FROM letters")
    said = await user.forge(f"sealed:on-days:{row['message_id']}:{forged}")
    assert texts(said) == [told("stale-press")]
    assert await days(app) == on("due", 7, 30)


@pytest.mark.parametrize("way", ["button", "words", "/cancel"])
async def test_it_may_be_left_as_it_is(app: App, user: FakeUser, way: str) -> None:
    await user.seal("Run", ADDRESS)
    await user.press(told(OTHER_DAYS))
    said = await (
        user.press(told(LEAVE)) if way == "button" else user.say(way.replace("words", "leave it"))
    )
    assert texts(said) == [told("letter-left-as-it-is")]
    await user.say("in 3 days")
    assert await days(app) == on("due", 7, 30)


@pytest.mark.parametrize("way", ["asked before", "pressed later"])
async def test_after_the_hour_it_is_too_late(
    harness: Harness, app: App, user: FakeUser, way: str
) -> None:
    await user.seal("Run", ADDRESS)
    await harness.pass_time(app, timedelta(minutes=30))
    if way == "asked before":
        await user.press(told(OTHER_DAYS))
        await harness.pass_time(app, timedelta(minutes=31))
        [said] = await user.say("in 3 days")
    else:
        [row] = await app.database.reader.all("SELECT message_id FROM letters")
        await harness.pass_time(app, timedelta(minutes=31))
        [said] = await user.forge(f"sealed:days:{row['message_id']}")
    assert said.text == told("too-late-to-change")
    assert await days(app) == on("due", 7, 30)


async def test_anothers_letter_is_not_touched(harness: Harness, app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    [row] = await app.database.reader.all("SELECT message_id FROM letters")
    other = harness.user(app, "other")
    await other.say("/letters")
    await other.forge(f"sealed:days:{row['message_id']}")
    await other.say("in 3 days")
    assert await days(app) == on("due", 7, 30)


async def test_who_was_rewriting_the_letter_rewrites_it_no_more(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await user.press(told("button-change"))
    await user.press(told(OTHER_DAYS))
    await user.say("in 3 days")
    await user.say("Thank you!")
    assert await letter_texts(app.database) == ["Run"]


async def test_a_letter_that_is_on_its_way_already_keeps_its_days(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    async with app.database.transaction() as tx:
        await tx.run("UPDATE deliveries SET state = 'retry' WHERE day = 7 AND channel = 'chat'")
    before = await days(app)
    await user.press(told(OTHER_DAYS))
    assert texts(await user.say("in 3 days")) == [told("too-late-to-change")]
    assert await days(app) == before
