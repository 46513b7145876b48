"""An update that was open when the program ended without warning, twice, is put aside."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.app import App
from bot.botapi.buttons import Button
from bot.chat import inbox as chat_inbox
from bot.chat.exchange import Exchange
from bot.locales import LANGUAGES, Language
from bot.store import inbox
from bot.store.database import StoreError, Transaction
from tests.support.app import Harness
from tests.support.talk import texts, told

BOSS, SECRET = "boss", "/help quokka"


@pytest.fixture
def harness(harness: Harness) -> Harness:
    boss = harness.telegram.person(BOSS)
    harness.environ = {"ADMIN_CHAT_ID": str(boss.id)}
    return harness


_say = Exchange.say


def _ends(exchange: Exchange, name: str, /, *buttons: Button, **values: object) -> None:
    """End the handling as an end of the program does: nothing of it is written down."""
    if name == "help":
        raise asyncio.CancelledError
    _say(exchange, name, *buttons, **values)


@asynccontextmanager
async def killed(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[App]:
    """Run a program that any /help ends, and that doesn't end in good order."""

    async def close() -> None:
        pass

    with monkeypatch.context() as patched:
        patched.setattr(Exchange, "say", _ends)
        async with harness.app() as app:
            patched.setattr(app.inbox, "close", close)
            yield app


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_ends_the_program_twice_is_put_aside_and_told_and_asked_for_again(
    harness: Harness,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    language: Language,
) -> None:
    async with killed(harness, monkeypatch) as app:
        user = harness.user(app, language=language)
        await user.handled(user.telegram.say(user.person, SECRET))
    async with killed(harness, monkeypatch) as app:
        await app.answered()
    caplog.clear()
    async with killed(harness, monkeypatch) as app:
        await app.settle()
        assert texts(user.heard) == [told("update-put-aside", language)]
        operator = harness.user(app, BOSS)
        assert [each.text[:9] for each in operator.heard] == ["⚠️ Update"]
        assert await inbox.left_open(app.database.reader) == []
    [record] = [each for each in caplog.records if each.levelname == "ERROR"]
    assert record.getMessage() == "an update is put aside"
    assert "quokka" not in str(vars(record))
    async with harness.app() as app:
        await app.settle()
        assert len(user.heard) == 1
        assert len(operator.heard) == 1


async def test_what_was_open_beside_it_is_handled(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with killed(harness, monkeypatch) as app:
        user, others = harness.user(app), [harness.user(app, name) for name in "abc"]
        await user.handled(user.telegram.say(user.person, SECRET))
        wires = []
        for each in others:
            each.telegram.say(each.person, "/write")
            wires.append(each.telegram._state.updates.pop())
        async with app.database.transaction() as tx:
            await inbox.receive(tx, wires, harness.clock.now())
    async with killed(harness, monkeypatch) as app:
        await app.answered()
        assert [texts(each.heard) for each in others] == [[told("ask-words")]] * 3
        assert user.heard == []


async def test_an_end_in_good_order_is_not_held_against_an_update(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with killed(harness, monkeypatch) as app:
        user = harness.user(app)
        await user.handled(user.telegram.say(user.person, SECRET))
    with monkeypatch.context() as patched:
        patched.setattr(Exchange, "say", _ends)
        async with harness.app() as app:
            await app.answered()
    async with harness.app() as app:
        await app.answered()
        assert texts(user.heard) == [told("help")]


async def test_one_end_of_the_program_puts_nothing_aside(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with killed(harness, monkeypatch) as app:
        user = harness.user(app)
        await user.handled(user.telegram.say(user.person, SECRET))
    async with harness.app() as app:
        await app.answered()
        assert texts(user.heard) == [told("help")]


async def test_more_than_are_handled_at_once_are_handled_after_a_kill(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_inbox, "MOST_OPEN", 3)
    async with harness.app() as app:
        users = [harness.user(app, name) for name in "abcdefgh"]
        wires = []
        for each in users:
            each.telegram.say(each.person, "/help")
            wires.append(each.telegram._state.updates.pop())
        async with app.database.transaction() as tx:
            await inbox.receive(tx, wires, harness.clock.now())
    async with harness.app() as app:
        await app.answered()
        assert [texts(each.heard) for each in users] == [[told("help")]] * len(users)
        assert texts(await harness.user(app, "a").say("/write")) == [told("ask-words")]


async def test_a_stop_goes_on_where_the_store_fails(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_: Transaction) -> None:
        raise StoreError("database or disk is full")

    async with harness.app() as app:
        await harness.user(app).say("/start")
        monkeypatch.setattr(inbox, "clear_begun", fail)
    assert not app.application._initialized
    assert [each.getMessage() for each in caplog.records] == ["the end in good order is not noted"]
