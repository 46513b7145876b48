"""Updates that come twice, and updates that a crash left behind."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import AsyncMock

import pytest

from bot.app import House
from bot.local.telegram import Telegram
from bot.store import inbox, letters
from tests.support.house import Guest, Premises, open_house, send_nothing
from tests.support.rows import count
from tests.support.talk import EN, texts, told

ADDRESS = "me@example.com"


def again(telegram: Telegram, wire: dict[str, Any]) -> None:
    """Queue an update with the id it had, as Telegram does until it is confirmed."""
    telegram._ledger.updates.append(wire)
    telegram._updates._changed()


def queued(guest: Guest, act: Callable[[], int]) -> dict[str, Any]:
    """Let a person act; give the update that comes of it, as it goes over the wire."""
    act()
    return dict(guest.telegram._ledger.updates[-1])


async def sealed(house: House) -> tuple[int, int]:
    """Give the number of letters, and of their deliveries."""
    row = await house.database.reader.one("SELECT count(letter_id) AS n FROM deliveries")
    assert row is not None
    return await count(house.database, "letters"), int(row["n"])


async def test_an_update_served_again_after_a_restart_is_handled_once(premises: Premises) -> None:
    async with premises.house() as house:
        guest = premises.guest(house)
        await guest.write("Run")
        wire = queued(guest, partial(premises.telegram.say, guest.person, ADDRESS))
        await guest.handled(wire["update_id"])
        heard = len(guest.heard)
    async with premises.house() as house:
        guest = premises.guest(house)
        again(premises.telegram, wire)
        assert await guest.handled(wire["update_id"]) == []
        assert len(guest.heard) == heard
        assert await sealed(house) == (1, 4)


async def test_an_update_that_comes_twice_in_one_answer_is_handled_once(
    premises: Premises, house: House, guest: Guest
) -> None:
    await guest.write("Run")
    wire = queued(guest, partial(premises.telegram.say, guest.person, ADDRESS))
    again(premises.telegram, wire)
    assert len(await guest.handled(wire["update_id"])) == 1
    assert await count(house.database, "letters") == 1


async def test_the_message_that_brought_a_letter_seals_no_second_one(
    premises: Premises, house: House, guest: Guest
) -> None:
    await guest.say("/write")
    words = queued(guest, partial(premises.telegram.say, guest.person, "Run"))
    await guest.handled(words["update_id"])
    await guest.say(ADDRESS)
    await guest.say("/write")
    replayed = premises.telegram._queued("message", words["message"])
    await guest.handled(replayed)
    await guest.say("other@example.com")
    assert await sealed(house) == (1, 4)


async def left_behind(premises: Premises, wire: dict[str, Any]) -> None:
    """Keep an update as a run does that is killed before it handles it."""
    house = await open_house(premises.settings, premises.clock, premises.telegram)
    try:
        async with house.database.transaction() as tx:
            await inbox.receive(tx, [wire], premises.clock.now())
    finally:
        await house.close()
    premises.telegram._ledger.updates.clear()


async def test_an_update_received_and_not_handled_is_handled_at_the_next_start(
    premises: Premises,
) -> None:
    async with premises.house() as house:
        guest = premises.guest(house)
        await guest.write("Run")
    wire = queued(guest, partial(premises.telegram.say, guest.person, ADDRESS))
    await left_behind(premises, wire)
    async with premises.house() as house:
        guest = premises.guest(house)
        await house.settle()
        assert "💌" in guest.heard[-1].text
        assert await count(house.database, "letters") == 1
    async with premises.house() as house:
        await house.settle()
        assert texts(guest.heard).count(guest.heard[-1].text) == 1


async def test_updates_left_behind_are_handled_in_the_order_they_came(premises: Premises) -> None:
    async with premises.house() as house:
        guest = premises.guest(house)
        await guest.say("/start")
    for line in ("/write", "Run", ADDRESS):
        wire = queued(guest, partial(premises.telegram.say, guest.person, line))
        await left_behind(premises, wire)
    async with premises.house() as house:
        guest = premises.guest(house)
        await house.settle()
        heard = texts(guest.heard)
        assert heard[1:3] == [told("ask-words"), told("ask-address")]
        assert "💌" in heard[3]
        assert len(heard) == 4


@pytest.mark.parametrize(
    ("before", "line", "answer"),
    [
        ((), "/start", told("start", after=EN.after((7, 30)))),
        ((), "/write", told("ask-words")),
        (("/write",), "Run", told("ask-address")),
        (("/write", "Run"), "nonsense", told("address-no-at")),
        (("/write", "Run"), "/cancel", told("cancelled")),
        ((), "/help", told("help")),
        ((), "hello", told("stray")),
        (("/write",), "/fly", told("unknown-command")),
    ],
)
async def test_an_answer_that_a_kill_kept_back_is_given_after_it_once_and_changes_nothing(
    premises: Premises,
    monkeypatch: pytest.MonkeyPatch,
    before: tuple[str, ...],
    line: str,
    answer: str,
) -> None:
    async with premises.house() as house:
        guest = premises.guest(house)
        for each in before:
            await guest.say(each)
        send_nothing(house, monkeypatch)
        assert await guest.say(line) == []
        drafts, heard = await whole(house, "drafts"), len(guest.heard)
    async with premises.house() as house:
        await house.settle()
        assert texts(guest.heard[heard:]) == [answer]
        assert await whole(house, "drafts") == drafts
        assert await count(house.database, "replies") == 0
    async with premises.house() as house:
        await house.settle()
        assert len(guest.heard) == heard + 1


async def test_a_sealing_that_a_kill_kept_from_being_told_is_told_and_seals_nothing_more(
    premises: Premises, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with premises.house() as house:
        guest = premises.guest(house)
        await guest.write("Run")
        send_nothing(house, monkeypatch)
        assert await guest.say(ADDRESS) == []
    premises.clock.advance(timedelta(hours=1))
    async with premises.house() as house:
        await house.settle()
        assert "💌" in guest.heard[-1].text
        assert await sealed(house) == (1, 4)


async def test_an_answer_that_telegram_fails_to_take_comes_by_itself_before_the_next(
    premises: Premises, house: House, guest: Guest
) -> None:
    await guest.write("Run")
    premises.telegram.fail_next("sendMessage", 500, {"description": "Internal Server Error"})
    assert await guest.say(ADDRESS) == []
    assert await count(house.database, "letters") == 1
    assert await guest.say("hello") == []
    heard = len(guest.heard)
    await premises.pass_time(house, timedelta(seconds=1))
    sealed, stray = texts(guest.heard[heard:])
    assert "💌" in sealed
    assert stray == told("stray")
    assert texts(await guest.say("hello")) == [told("stray")]


async def test_a_store_that_fails_while_a_letter_is_sealed_leaves_it_to_be_sealed_anew(
    house: House, guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    await guest.write("Run")
    failing = AsyncMock(side_effect=sqlite3.OperationalError("disk I/O error"))
    with monkeypatch.context() as broken:
        broken.setattr(letters, "sealed_from", failing)
        assert texts(await guest.say(ADDRESS)) == [told("store-failed")]
    assert await count(house.database, "letters") == 0
    assert "💌" in (await guest.say(ADDRESS))[-1].text


async def whole(house: House, table: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await house.database.reader.all(f"SELECT * FROM {table}")]  # noqa: S608 - a constant
