"""An update that was open when the program ended without warning, twice, is put aside."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.app import House
from bot.chat import start
from bot.chat.exchange import Exchange
from bot.locales import Language
from bot.store import inbox
from tests.support.house import Premises
from tests.support.talk import texts, told

BOSS, SECRET = "boss", "/help quokka"


@pytest.fixture
def premises(premises: Premises) -> Premises:
    boss = premises.telegram.person(BOSS)
    premises.environ = {"ADMIN_CHAT_ID": str(boss.id)}
    return premises


async def _ends(_: Exchange) -> None:
    """End the handling as an end of the program does: nothing of it is written down."""
    raise asyncio.CancelledError


@asynccontextmanager
async def killed(premises: Premises, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """Run a program that any /help ends, and that doesn't end in good order."""

    async def close() -> None:
        pass

    with monkeypatch.context() as patched:
        patched.setattr(start, "help_", _ends)
        async with premises.house() as house:
            patched.setattr(house.inbox, "close", close)
            yield house


@pytest.mark.parametrize("language", Language)
async def test_what_ends_the_program_twice_is_put_aside_and_told_and_asked_for_again(
    premises: Premises,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    language: Language,
) -> None:
    async with killed(premises, monkeypatch) as house:
        guest = premises.guest(house, language=language)
        await guest.handled(guest.telegram.say(guest.person, SECRET))
    async with killed(premises, monkeypatch) as house:
        await house.answered()
    caplog.clear()
    async with killed(premises, monkeypatch) as house:
        await house.settle()
        assert texts(guest.heard) == [told("update-put-aside", language)]
        operator = premises.guest(house, BOSS)
        assert [each.text[:9] for each in operator.heard] == ["⚠️ Update"]
        assert await inbox.left_open(house.database.reader) == []
    [record] = [each for each in caplog.records if each.levelname == "ERROR"]
    assert record.getMessage() == "an update is put aside"
    assert "quokka" not in str(vars(record))
    async with premises.house() as house:
        await house.settle()
        assert len(guest.heard) == 1
        assert len(operator.heard) == 1


async def test_what_was_open_beside_it_is_handled(
    premises: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with killed(premises, monkeypatch) as house:
        guest, others = premises.guest(house), [premises.guest(house, name) for name in "abc"]
        await guest.handled(guest.telegram.say(guest.person, SECRET))
        wires = []
        for each in others:
            each.telegram.say(each.person, "/write")
            wires.append(each.telegram._ledger.updates.pop())
        async with house.database.transaction() as tx:
            await inbox.receive(tx, wires, premises.clock.now())
    async with killed(premises, monkeypatch) as house:
        await house.answered()
        assert [texts(each.heard) for each in others] == [[told("ask-words")]] * 3
        assert guest.heard == []


async def test_an_end_in_good_order_is_not_held_against_an_update(
    premises: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with killed(premises, monkeypatch) as house:
        guest = premises.guest(house)
        await guest.handled(guest.telegram.say(guest.person, SECRET))
    with monkeypatch.context() as patched:
        patched.setattr(start, "help_", _ends)
        async with premises.house() as house:
            await house.answered()
    async with premises.house() as house:
        await house.answered()
        assert texts(guest.heard) == [told("help")]


async def test_one_end_of_the_program_puts_nothing_aside(
    premises: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with killed(premises, monkeypatch) as house:
        guest = premises.guest(house)
        await guest.handled(guest.telegram.say(guest.person, SECRET))
    async with premises.house() as house:
        await house.answered()
        assert texts(guest.heard) == [told("help")]
