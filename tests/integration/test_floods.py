"""One person's flood: answered at most so often, and at nobody else's cost."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.app import App
from bot.chat.inbox import MOST_OWED
from bot.chat.rate_limiter import ANSWERS_A_MINUTE
from bot.locales import LANGUAGES, Language, catalog
from bot.store import inbox
from bot.store.database import Transaction
from tests.support.app import FakeUser, Harness
from tests.support.rows import count
from tests.support.talk import EN, texts
from tests.support.tuning import UNPACED

FLOOD = EN.say("flood")
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
BOUNDED = replace(UNPACED, answers_a_minute=ANSWERS_A_MINUTE)


@asynccontextmanager
async def app(harness: Harness) -> AsyncIterator[App]:
    """Open the app as it is for an operator: with its bound."""
    harness.tuning = BOUNDED
    async with harness.app() as opened:
        yield opened


async def flood(user: FakeUser, updates: int, text: str = "/help") -> None:
    """Send so much at once, and wait until all of it is handled."""
    sent = [user.telegram.say(user.person, text) for _ in range(updates)]
    await user.handled(sent[-1])


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_flood_is_answered_so_often_then_told_once_to_wait_then_met_with_silence(
    harness: Harness, language: Language
) -> None:
    async with app(harness) as opened:
        user = harness.user(opened, language=language)
        await flood(user, 400)
        speech = catalog(language)
        said = texts(user.heard)
        assert said == [speech.say("help")] * ANSWERS_A_MINUTE + [speech.say("flood")]


async def test_what_comes_within_the_bound_is_answered_in_full(harness: Harness) -> None:
    async with app(harness) as opened:
        user = harness.user(opened)
        await flood(user, ANSWERS_A_MINUTE)
        assert texts(user.heard) == [EN.say("help")] * ANSWERS_A_MINUTE


async def test_after_the_minute_all_is_as_before(harness: Harness) -> None:
    async with app(harness) as opened:
        user = harness.user(opened)
        for _ in range(3):
            before = len(user.heard)
            await flood(user, 100)
            harness.clock.advance(MINUTE - SECOND)
            assert await user.say("/help") == []
            assert len(user.heard) - before == ANSWERS_A_MINUTE + 1
            harness.clock.advance(SECOND)
        [answer] = await user.say("/help")
        assert answer.text == EN.say("help")


async def test_others_are_answered_in_the_middle_of_it_and_lose_nothing(harness: Harness) -> None:
    async with app(harness) as opened:
        flooder = harness.user(opened, "flooder")
        users = [harness.user(opened, f"user {number}") for number in range(5)]
        for user in users:
            await user.has_confirmed("me@example.com")
        for text in ("/write", "my words", "me@example.com"):
            for _ in range(60):
                harness.telegram.say(flooder.person, "x")
            sent = [harness.telegram.say(user.person, text) for user in users]
            await harness.telegram.confirmed(sent[-1])
        await opened.settle()
        for user in users:
            assert "💌" in user.heard[-1].text
            assert FLOOD not in texts(user.heard)
        assert len(flooder.heard) == ANSWERS_A_MINUTE + 1


async def test_what_was_held_back_had_no_effect_and_can_be_sent_again(harness: Harness) -> None:
    async with app(harness) as opened:
        user = harness.user(opened)
        await user.has_confirmed("me@example.com")
        await flood(user, ANSWERS_A_MINUTE - 2)
        await user.write("what counts")
        [answer] = await user.say("me@example.com")
        assert answer.text == FLOOD
        assert await inbox.left_open(opened.database.reader) == []
        harness.clock.advance(MINUTE)
        assert "💌" in (await user.say("me@example.com"))[0].text
        await harness.pass_time(opened, timedelta(days=7))
        assert any("what counts" in m.text for m in user.heard)


async def test_a_long_paste_is_no_flood(harness: Harness) -> None:
    async with app(harness) as opened:
        user = harness.user(opened)
        await user.write("many words " * 8000)  # 88,000 characters: more than twenty messages
        assert FLOOD not in texts(user.heard)


async def test_pressing_and_editing_count_as_speaking_does(harness: Harness) -> None:
    async with app(harness) as opened:
        user = harness.user(opened)
        await user.say("/start")
        for _ in range(50):
            harness.telegram.press(user.person, EN.say("button-write-first"))
            harness.telegram.edit(user.person, user.last_own.id, "/start again")
        await user.say("/help")
        assert len(user.heard) == ANSWERS_A_MINUTE + 1
        assert user.heard[-1].text == FLOOD


async def test_talk_in_a_group_does_not_count_and_commands_there_do(harness: Harness) -> None:
    async with app(harness) as opened:
        user = harness.user(opened)
        for _ in range(100):
            harness.telegram.say_in_group(user.person, "chatter", -1001)
        [answer] = await user.say("/help")
        assert answer.text == EN.say("help")
        for _ in range(100):
            harness.telegram.say_in_group(user.person, "/help", -1001)
        assert texts(await user.say("/help")) == [FLOOD]  # it is said in private
        assert await user.say("/help") == []
        in_group = [m for m in harness.telegram.messages if m.by_bot and m.chat_id == -1001]
        assert len(in_group) == ANSWERS_A_MINUTE - 1


async def test_a_flood_leaves_reminders_their_way(harness: Harness) -> None:
    async with app(harness) as opened:
        user = harness.user(opened)
        await user.seal("my words", "me@example.com")
        harness.clock.advance(timedelta(days=7))
        opened.lane_runner.wake()  # as the scheduler does each minute
        await flood(user, 100)
        assert any("my words" in m.text for m in user.heard)


async def test_what_is_dropped_costs_no_commit_and_no_row(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app(harness) as opened:
        user = harness.user(opened)
        await flood(user, ANSWERS_A_MINUTE + 1)
        rows = await count(opened.database, "updates")
        begun = 0
        transaction = opened.database.transaction

        def counted(*, urgent: bool = False) -> AbstractAsyncContextManager[Transaction]:
            nonlocal begun
            begun += 1
            return transaction(urgent=urgent)

        monkeypatch.setattr(opened.database, "transaction", counted)
        sent = [harness.telegram.say(user.person, "x") for _ in range(200)]
        await harness.telegram.confirmed(sent[-1])
        await opened.answered()
        assert begun == 0
        assert await count(opened.database, "updates") == rows


async def test_the_operator_hears_once_an_hour_of_floods_however_many_there_are(
    harness: Harness,
) -> None:
    boss = harness.telegram.person("boss")
    harness.environ = {"ADMIN_CHAT_ID": str(boss.id)}
    async with app(harness) as opened:
        for name in ("one", "two", "three"):
            await flood(harness.user(opened, name), 100)
        operator = harness.user(opened, "boss")
        assert texts(operator.heard) == [EN.say("operator-flood")]
        harness.clock.advance(60 * MINUTE)
        await flood(harness.user(opened, "four"), 100)
        assert texts(operator.heard) == [EN.say("operator-flood")] * 2


async def test_a_group_is_answered_so_often_however_many_speak_there(harness: Harness) -> None:
    async with app(harness) as opened:
        sent = [
            harness.telegram.say_in_group(harness.telegram.person(f"p{n}"), "/help", -1001)
            for n in range(2 * ANSWERS_A_MINUTE)
        ]
        await harness.telegram.confirmed(sent[-1])
        await opened.settle()
        said = [m for m in harness.telegram.messages if m.by_bot]
        assert [m.chat_id for m in said] == [-1001] * ANSWERS_A_MINUTE


async def test_talk_in_a_group_leaves_no_row(harness: Harness) -> None:
    async with app(harness) as opened:
        user = harness.user(opened)
        await user.handled(harness.telegram.say_in_group(user.person, "chatter", -1001))
        assert await count(opened.database, "updates") == 0


async def test_what_is_owed_to_a_chat_that_takes_nothing_is_bounded(harness: Harness) -> None:
    async with app(harness) as opened:
        user, other = harness.user(opened), harness.user(opened, "other")
        busy = {"description": "Too Many Requests", "parameters": {"retry_after": 3600}}
        harness.telegram.fail_next("sendMessage", 429, busy)
        for _ in range(6):
            sent = [harness.telegram.say(user.person, "/help") for _ in range(25)]
            await user.handled(sent[-1])
            harness.clock.advance(MINUTE)
        assert await count(opened.database, "replies") == MOST_OWED + 1
        assert texts(await other.say("/help")) == [EN.say("help")]
        await harness.pass_time(opened, timedelta(hours=1))
        await opened.answered()
        assert texts(user.heard) == [EN.say("help")] * MOST_OWED + [FLOOD]
        assert texts(await user.say("/help")) == [EN.say("help")]
