"""The calendar file of a letter's days to come."""

from datetime import datetime, timedelta

from bot.app import App
from bot.local.messages import Said, Upload
from tests.support.app import FakeUser, Harness
from tests.support.talk import texts, told

ADDRESS = "me@example.com"


def handed(harness: Harness) -> list[Upload]:
    """Return the list in which every file that the bot hands over will stand."""
    uploads: list[Upload] = []

    def take(said: Said) -> None:
        if said.upload is not None:
            uploads.append(said.upload)

    harness.telegram.on_said = take
    return uploads


async def press_calendar(user: FakeUser) -> None:
    await user.say("/letters")
    await user.press("1")
    await user.press(told("button-calendar"))


async def test_it_has_the_days_still_to_come_and_no_word_of_the_letter(
    harness: Harness, app: App, user: FakeUser
) -> None:
    uploads = handed(harness)
    await user.seal("Run every morning", ADDRESS)
    await press_calendar(user)
    await harness.pass_time(app, timedelta(days=7))
    await press_calendar(user)
    both, last = (upload.content.decode() for upload in uploads)
    assert uploads[0].name == "slow-mailbox.ics"
    assert [text.count("BEGIN:VEVENT") for text in (both, last)] == [2, 1]
    assert [line for line in last.split("\r\n") if line.startswith(("UID", "DTSTART"))] == [
        line for line in both.split("\r\n") if line.startswith(("UID", "DTSTART"))
    ][2:]
    assert told("calendar-title") in both
    assert "Run" not in both
    [row] = await app.database.reader.all("SELECT DISTINCT due_at FROM deliveries WHERE day = 30")
    assert f"DTSTART:{datetime.fromisoformat(row['due_at']):%Y%m%dT%H%M%SZ}" in last


async def test_a_letter_that_is_through_has_none(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.seal("Run", ADDRESS)
    for days in (7, 23):
        await harness.pass_time(app, timedelta(days=days))
    [row] = await app.database.reader.all("SELECT message_id FROM letters")
    assert texts(await user.forge(f"letters:ics:{row['message_id']}")) == [told("calendar-empty")]
    other = harness.user(app, "other")
    await other.say("/letters")
    await other.forge(f"letters:ics:{row['message_id']}")
    assert other.heard[-1].text.endswith(told("letters-none"))
