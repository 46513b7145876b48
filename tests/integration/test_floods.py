"""One person's flood: answered at most so often, and at nobody else's cost."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.app import House
from bot.chat.rate_limiter import ANSWERS_A_MINUTE
from bot.locales import Language, catalog
from bot.store import inbox
from bot.store.database import Transaction
from tests.support.house import UNPACED, Guest, Premises
from tests.support.rows import count
from tests.support.talk import EN, texts

FLOOD = EN.say("flood")
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
BOUNDED = replace(UNPACED, answers_a_minute=ANSWERS_A_MINUTE)


@asynccontextmanager
async def house(premises: Premises) -> AsyncIterator[House]:
    """Open the house as it is for an operator: with its bound."""
    premises.tuning = BOUNDED
    async with premises.house() as opened:
        yield opened


async def flood(guest: Guest, updates: int, text: str = "/help") -> None:
    """Send so much at once, and wait until all of it is handled."""
    sent = [guest.telegram.say(guest.person, text) for _ in range(updates)]
    await guest.handled(sent[-1])


@pytest.mark.parametrize("language", Language)
async def test_a_flood_is_answered_so_often_then_told_once_to_wait_then_met_with_silence(
    premises: Premises, language: Language
) -> None:
    async with house(premises) as opened:
        guest = premises.guest(opened, language=language)
        await flood(guest, 400)
        speech = catalog(language)
        said = texts(guest.heard)
        assert said == [speech.say("help")] * ANSWERS_A_MINUTE + [speech.say("flood")]


async def test_what_comes_within_the_bound_is_answered_in_full(premises: Premises) -> None:
    async with house(premises) as opened:
        guest = premises.guest(opened)
        await flood(guest, ANSWERS_A_MINUTE)
        assert texts(guest.heard) == [EN.say("help")] * ANSWERS_A_MINUTE


async def test_after_the_minute_all_is_as_before(premises: Premises) -> None:
    async with house(premises) as opened:
        guest = premises.guest(opened)
        for _ in range(3):
            before = len(guest.heard)
            await flood(guest, 100)
            premises.clock.advance(MINUTE - SECOND)
            assert await guest.say("/help") == []
            assert len(guest.heard) - before == ANSWERS_A_MINUTE + 1
            premises.clock.advance(SECOND)
        [answer] = await guest.say("/help")
        assert answer.text == EN.say("help")


async def test_others_are_answered_in_the_middle_of_it_and_lose_nothing(premises: Premises) -> None:
    async with house(premises) as opened:
        flooder = premises.guest(opened, "flooder")
        guests = [premises.guest(opened, f"guest {number}") for number in range(5)]
        for guest in guests:
            await guest.has_confirmed("me@example.com")
        for text in ("/write", "my words", "me@example.com"):
            for _ in range(60):
                premises.telegram.say(flooder.person, "x")
            sent = [premises.telegram.say(guest.person, text) for guest in guests]
            await premises.telegram.confirmed(sent[-1])
        await opened.settle()
        for guest in guests:
            assert "💌" in guest.heard[-1].text
            assert FLOOD not in texts(guest.heard)
        assert len(flooder.heard) == ANSWERS_A_MINUTE + 1


async def test_what_was_held_back_had_no_effect_and_can_be_sent_again(premises: Premises) -> None:
    async with house(premises) as opened:
        guest = premises.guest(opened)
        await guest.has_confirmed("me@example.com")
        await flood(guest, ANSWERS_A_MINUTE - 2)
        await guest.write("what counts")
        [answer] = await guest.say("me@example.com")
        assert answer.text == FLOOD
        assert await inbox.left_open(opened.database.reader) == []
        premises.clock.advance(MINUTE)
        assert "💌" in (await guest.say("me@example.com"))[-1].text
        await premises.pass_time(opened, timedelta(days=7))
        assert any("what counts" in m.text for m in guest.heard)


async def test_a_long_paste_is_no_flood(premises: Premises) -> None:
    async with house(premises) as opened:
        guest = premises.guest(opened)
        await guest.write("many words " * 8000)  # 88,000 characters: more than twenty messages
        assert FLOOD not in texts(guest.heard)


async def test_pressing_and_editing_count_as_speaking_does(premises: Premises) -> None:
    async with house(premises) as opened:
        guest = premises.guest(opened)
        await guest.say("/start")
        for _ in range(50):
            premises.telegram.press(guest.person, EN.say("button-write"))
            premises.telegram.edit(guest.person, guest.last_own.id, "/start again")
        await guest.say("/help")
        assert len(guest.heard) == ANSWERS_A_MINUTE + 1
        assert guest.heard[-1].text == FLOOD


async def test_talk_in_a_group_does_not_count_and_commands_there_do(premises: Premises) -> None:
    async with house(premises) as opened:
        guest = premises.guest(opened)
        for _ in range(100):
            premises.telegram.say_in_group(guest.person, "chatter", -1001)
        [answer] = await guest.say("/help")
        assert answer.text == EN.say("help")
        for _ in range(100):
            premises.telegram.say_in_group(guest.person, "/help", -1001)
        assert texts(await guest.say("/help")) == [FLOOD]  # it is said in private
        assert await guest.say("/help") == []
        in_group = [m for m in premises.telegram.messages if m.by_bot and m.chat_id == -1001]
        assert len(in_group) == ANSWERS_A_MINUTE - 1


async def test_a_flood_leaves_reminders_their_way(premises: Premises) -> None:
    async with house(premises) as opened:
        guest = premises.guest(opened)
        await guest.seal("my words", "me@example.com")
        premises.clock.advance(timedelta(days=7))
        await flood(guest, 100)
        assert any("my words" in m.text for m in guest.heard)


async def test_what_is_dropped_costs_no_commit_and_no_row(
    premises: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(premises) as opened:
        guest = premises.guest(opened)
        await flood(guest, ANSWERS_A_MINUTE + 1)
        rows = await count(opened.database, "updates")
        begun = 0
        transaction = opened.database.transaction

        def counted(*, urgent: bool = False) -> AbstractAsyncContextManager[Transaction]:
            nonlocal begun
            begun += 1
            return transaction(urgent=urgent)

        monkeypatch.setattr(opened.database, "transaction", counted)
        sent = [premises.telegram.say(guest.person, "x") for _ in range(200)]
        await premises.telegram.confirmed(sent[-1])
        await opened.answered()
        assert begun == 0
        assert await count(opened.database, "updates") == rows


async def test_the_operator_hears_once_an_hour_of_floods_however_many_there_are(
    premises: Premises,
) -> None:
    boss = premises.telegram.person("boss")
    premises.environ = {"ADMIN_CHAT_ID": str(boss.id)}
    async with house(premises) as opened:
        for name in ("one", "two", "three"):
            await flood(premises.guest(opened, name), 100)
        operator = premises.guest(opened, "boss")
        assert texts(operator.heard) == [EN.say("operator-flood")]
        premises.clock.advance(60 * MINUTE)
        await flood(premises.guest(opened, "four"), 100)
        assert texts(operator.heard) == [EN.say("operator-flood")] * 2
