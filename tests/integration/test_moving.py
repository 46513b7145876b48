"""A letter's date is moved: by a button or in words, on both channels, DST-true."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.app import App
from bot.local.messages import Message
from bot.locales import Catalog
from bot.store import people
from tests.support.app import FakeUser, Harness
from tests.support.languages import KOREAN
from tests.support.rows import count
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, told

ADDRESS = "me@example.com"
Rows = list[tuple[int, str, str]]


async def days(app: App) -> Rows:
    """Return each delivery's day, channel, and moment in UTC."""
    rows = await app.database.reader.all(
        "SELECT day, channel, due_at FROM deliveries WHERE kind = 'reminder'"
        " ORDER BY due_at, channel"
    )
    return [(row["day"], row["channel"], row["due_at"][:16]) for row in rows]


async def ask(user: FakeUser, which: int = 0) -> Message:
    """Ask to move one of the newest letter's two days."""
    await user.say("/letters")
    await user.press("1")
    [question] = await user.press(told("button-move-date"))
    [asked] = await user.press(labels([question])[which])
    return asked


def later(moment: str, by: timedelta) -> str:
    return (datetime.fromisoformat(moment).replace(tzinfo=UTC) + by).isoformat()[:16]


async def test_a_button_moves_a_day_on_both_channels_and_leaves_the_other(
    app: App, user: FakeUser
) -> None:
    await user.seal("Run", ADDRESS)
    before = await days(app)
    await ask(user)
    *_, page = await user.press(told("button-week-later"))
    after = await days(app)
    assert page.text.startswith(told("letter-moved", when="§").partition("§")[0])
    assert after[:2] == [
        (14, channel, later(moment, timedelta(weeks=1))) for _, channel, moment in before[:2]
    ]
    assert after[2:] == before[2:]


async def test_a_month_later_is_the_same_day_of_the_next_month(
    app: App, user: FakeUser, harness: Harness
) -> None:
    await user.seal("Run", ADDRESS)
    [(_, _, first), *_] = await days(app)
    await ask(user)
    await user.press(told("button-month-later"))
    moved = [moment for day, _, moment in await days(app) if day not in {7, 30}]
    assert {moment[8:] for moment in moved} == {first[8:]}
    assert len(moved) == 2


async def test_it_moves_to_a_day_in_words_and_comes_then(
    harness: Harness, app: App, smtp_server: ScriptedSmtp
) -> None:
    user = harness.user(app, language="ko")
    await user.seal("Run", ADDRESS)
    await user.say("/letters")
    await user.press("1")
    await user.press(told("button-move-date", KOREAN))
    await user.press(labels(user.heard[-1:])[0])
    await user.say("2주 뒤로 옮겨 주세요")
    assert [day for day, _, _ in await days(app)] == [14, 14, 30, 30]
    await harness.pass_time(app, timedelta(days=13))
    assert smtp_server.accepted == []
    await harness.pass_time(app, timedelta(days=1))
    assert len(smtp_server.accepted) == 1
    assert "14" in user.heard[-1].text


async def test_words_that_may_mean_two_days_are_asked_about(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    await ask(user)
    [question] = await user.say("2/3")
    assert question.text == told("day-which")
    assert len(labels([question])) == 2
    await user.press(labels([question])[0])
    assert 7 not in {day for day, _, _ in await days(app)}


async def test_once_it_is_moved_by_words_the_questions_buttons_are_gone(user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    asked = await ask(user)
    await user.say("2/3")
    await user.say("in 2 weeks")
    left = [each for each in user.heard if each.id == asked.id or each.text == told("day-which")]
    assert len(left) == 2
    assert labels(left) == []
    assert labels(user.heard[-1:]) != []


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("yesterday", "day-too-soon"),
        ("in 6 years", "day-too-far"),
        ("February 30", "day-not-there"),
        ("whenever", "day-unclear"),
    ],
)
async def test_what_is_no_day_is_asked_for_again(
    app: App, user: FakeUser, text: str, answer: str
) -> None:
    await user.seal("Run", ADDRESS)
    await ask(user)
    [said] = await user.say(text)
    assert said.text == told(answer)
    await user.say("in 2 weeks")
    assert 14 in {day for day, _, _ in await days(app)}


async def test_a_day_on_which_it_comes_already_is_refused(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    before = await days(app)
    await ask(user)
    [said] = await user.say("in 30 days")
    assert said.text == told("move-taken")
    assert await days(app) == before


async def test_what_has_come_stays_as_it_was(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("Run", ADDRESS)
    await ask(user)
    [row] = await app.database.reader.all("SELECT message_id FROM letters")
    await harness.pass_time(app, timedelta(days=7))
    before = await days(app)
    ordinal = (harness.clock.now() + timedelta(days=20)).date().toordinal()
    [page] = await user.forge(f"letters:move-to:{row['message_id']}:7:{ordinal}")
    assert page.text.startswith(told("move-too-late"))
    assert await days(app) == before
    assert len(smtp_server.accepted) == 1


async def test_the_only_day_left_is_asked_about_at_once(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.seal("Run", ADDRESS)
    await harness.pass_time(app, timedelta(days=7))
    await user.say("/letters")
    await user.press("1")
    [asked] = await user.press(told("button-move-date"))
    assert told("button-week-later") in labels([asked])


async def test_mail_that_waits_for_its_address_moves_along(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS, confirmed=False)
    await ask(user)
    await user.press(told("button-week-later"))
    assert [(day, channel) for day, channel, _ in await days(app)][:2] == [
        (14, "chat"),
        (14, "email"),
    ]


async def test_a_press_that_comes_twice_moves_once(app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    asked = await ask(user)
    [data] = [b.data for row in asked.buttons for b in row if b.label == told("button-week-later")]
    assert data is not None
    await user.forge(data)
    after = await days(app)
    await user.forge(data)
    assert await days(app) == after


async def test_nobody_moves_anothers_letter(harness: Harness, app: App, user: FakeUser) -> None:
    await user.seal("Run", ADDRESS)
    asked = await ask(user)
    before = await days(app)
    other = harness.user(app, "other")
    await other.say("/letters")
    for row in asked.buttons:
        for button in row:
            assert button.data is not None
            await other.forge(button.data)
    await other.say("in 2 weeks")
    assert await days(app) == before


@pytest.mark.parametrize("ordinal", [0, 1, 3_652_059, 9_999_999, 999_999])
async def test_a_forged_date_moves_nothing_past_what_may_be(
    app: App, user: FakeUser, ordinal: int
) -> None:
    await user.seal("Run", ADDRESS)
    before = await days(app)
    [row] = await app.database.reader.all("SELECT message_id FROM letters")
    await user.forge(f"letters:move-to:{row['message_id']}:7:{ordinal}")
    assert await days(app) == before
    assert await count(app.database, "letters") == 1


async def test_it_comes_at_the_same_time_of_day_over_a_change_to_summer_time(
    harness: Harness, app: App, user: FakeUser
) -> None:
    new_york = ZoneInfo("America/New_York")
    await user.seal("Run", ADDRESS)
    async with app.database.transaction() as tx:
        await people.choose_zone(tx, user.person.id, new_york)
    await ask(user)
    await user.say("July 1")
    [row] = await app.database.reader.all(
        "SELECT l.sealed_at, l.zone, d.due_at"
        " FROM deliveries d JOIN letters l ON l.id = d.letter_id ORDER BY d.due_at DESC LIMIT 1"
    )
    sealed = datetime.fromisoformat(row["sealed_at"]).astimezone(ZoneInfo(row["zone"]))
    due = datetime.fromisoformat(row["due_at"]).astimezone(new_york)
    assert (due.month, due.day) == (7, 1)
    assert due.time() == sealed.time()


async def test_to_leave_it_is_heard(app: App, user: FakeUser, speech: Catalog) -> None:
    await user.seal("Run", ADDRESS)
    before = await days(app)
    await ask(user)
    [left] = await user.say("/cancel")
    assert left.text == told("letter-left-as-it-is")
    await user.say("in 2 weeks")
    assert await days(app) == before
