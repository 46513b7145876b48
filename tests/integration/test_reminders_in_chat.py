"""A reminder in the chat: it answers the person's own message, and wakes nobody."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.local.messages import Message
from tests.support.app import FakeUser, Harness

WEEK = timedelta(days=7)
TEXT = "".join(f"{number:03}🙂" for number in range(1000))  # 4,000 characters, 5,000 code units


async def reminded(harness: Harness, user: FakeUser, words: str, *, gone: bool) -> list[Message]:
    """Seal those words and return what comes a week later; `gone`: they were deleted since."""
    await user.write(words)
    brought = user.last_own
    await user.say("skip")
    if gone:
        harness.telegram.forget(brought)
    before = len(user.heard)
    await harness.pass_time(user.app, WEEK)
    return user.heard[before:]


@pytest.mark.parametrize("gone", [False, True], ids=["there", "deleted"])
@pytest.mark.parametrize("words", ["Run", TEXT[:3260]], ids=["short", "long"])
async def test_it_answers_the_message_that_brought_the_words_if_that_is_there(
    harness: Harness, user: FakeUser, words: str, *, gone: bool
) -> None:
    first, *others = await reminded(harness, user, words, gone=gone)
    assert (first.replied_to.text if first.replied_to else None) == (None if gone else words)
    assert [each.replied_to for each in others] == [None] * len(others)
    assert words in first.text + "".join(each.text for each in others)


@pytest.mark.parametrize(
    ("zone", "silent"), [("Asia/Seoul", False), ("Europe/London", False), ("America/Chicago", True)]
)
async def test_it_makes_no_sound_at_night_where_the_person_lives(
    harness: Harness, app: App, user: FakeUser, zone: str, *, silent: bool
) -> None:
    await user.say("/write")
    async with app.database.transaction() as tx:
        await tx.run("UPDATE people SET zone = :zone", zone=zone)
    [note] = await reminded(harness, user, "Run", gone=False)
    assert note.silent is silent
