"""Updates that come twice, and updates that a crash left behind."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import AsyncMock

import pytest

from bot.app import App
from bot.local.telegram import Telegram
from bot.store import inbox, letters
from tests.support.app import FakeUser, Harness, open_app, send_nothing
from tests.support.rows import count
from tests.support.talk import EN, so_far, texts, told

ADDRESS = "me@example.com"


def again(telegram: Telegram, wire: dict[str, Any]) -> None:
    """Queue an update with the id it had, as Telegram does until it is confirmed."""
    telegram._state.updates.append(wire)
    telegram._updates._changed()


def queued(user: FakeUser, act: Callable[[], int]) -> dict[str, Any]:
    """Let a person act; returns the update that comes of it, as it goes over the wire."""
    act()
    return dict(user.telegram._state.updates[-1])


async def sealed(app: App) -> tuple[int, int]:
    """Return the number of letters, and of their deliveries."""
    row = await app.database.reader.one("SELECT count(letter_id) AS n FROM deliveries")
    assert row is not None
    return await count(app.database, "letters"), int(row["n"])


async def test_an_update_served_again_after_a_restart_is_handled_once(harness: Harness) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await user.write("Run")
        wire = queued(user, partial(harness.telegram.say, user.person, ADDRESS))
        await user.handled(wire["update_id"])
        heard = len(user.heard)
    async with harness.app() as app:
        user = harness.user(app)
        again(harness.telegram, wire)
        assert await user.handled(wire["update_id"]) == []
        assert len(user.heard) == heard
        assert await sealed(app) == (1, 4)


async def test_an_update_that_comes_twice_in_one_answer_is_handled_once(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.write("Run")
    wire = queued(user, partial(harness.telegram.say, user.person, ADDRESS))
    again(harness.telegram, wire)
    assert len(await user.handled(wire["update_id"])) == 2
    assert await count(app.database, "letters") == 1


async def test_the_message_that_brought_a_letter_seals_no_second_one(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.say("/write")
    words = queued(user, partial(harness.telegram.say, user.person, "Run"))
    await user.handled(words["update_id"])
    await user.say(ADDRESS)
    await user.say("/write")
    replayed = harness.telegram._queued("message", words["message"])
    await user.handled(replayed)
    await user.say("other@example.com")
    assert await sealed(app) == (1, 4)


async def left_behind(harness: Harness, wire: dict[str, Any]) -> None:
    """Keep an update as a run does that is killed before it handles it."""
    app = await open_app(harness.settings, harness.clock, harness.telegram)
    try:
        async with app.database.transaction() as tx:
            await inbox.receive(tx, [wire], harness.clock.now())
    finally:
        await app.close()
    harness.telegram._state.updates.clear()


async def test_an_update_received_and_not_handled_is_handled_at_the_next_start(
    harness: Harness,
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await user.write("Run")
    wire = queued(user, partial(harness.telegram.say, user.person, ADDRESS))
    await left_behind(harness, wire)
    async with harness.app() as app:
        user = harness.user(app)
        await app.settle()
        assert "💌" in user.heard[-2].text
        assert await count(app.database, "letters") == 1
    async with harness.app() as app:
        await app.settle()
        assert texts(user.heard).count(user.heard[-1].text) == 1


async def test_updates_left_behind_are_handled_in_the_order_they_came(harness: Harness) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await user.say("/start")
    for line in ("/write", "Run", ADDRESS):
        wire = queued(user, partial(harness.telegram.say, user.person, line))
        await left_behind(harness, wire)
    async with harness.app() as app:
        user = harness.user(app)
        await app.settle()
        heard = texts(user.heard)
        assert heard[1:3] == [told("ask-words"), so_far("Run")]
        assert "💌" in heard[3]
        assert len(heard) == 5


@pytest.mark.parametrize(
    ("before", "line", "answer"),
    [
        ((), "/start", told("start", after=EN.after((7, 30)))),
        ((), "/write", told("ask-words")),
        (("/write",), "Run", so_far("Run")),
        (("/write", "Run"), "me@", told("address-no-domain")),
        (("/write", "Run"), "/cancel", told("cancelled")),
        ((), "/help", told("help")),
        ((), "hello", told("stray")),
        (("/write",), "/fly", told("unknown-command")),
    ],
)
async def test_an_answer_that_a_kill_kept_back_is_given_after_it_once_and_changes_nothing(
    harness: Harness,
    monkeypatch: pytest.MonkeyPatch,
    before: tuple[str, ...],
    line: str,
    answer: str,
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        for each in before:
            await user.say(each)
        send_nothing(app, monkeypatch)
        assert await user.say(line) == []
        drafts, heard = await whole(app, "drafts"), len(user.heard)
    async with harness.app() as app:
        await app.settle()
        assert texts(user.heard[heard:]) == [answer]
        assert await whole(app, "drafts") == drafts
        assert await count(app.database, "replies") == 0
    async with harness.app() as app:
        await app.settle()
        assert len(user.heard) == heard + 1


async def test_a_sealing_that_a_kill_kept_from_being_told_is_told_and_seals_nothing_more(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await user.write("Run")
        send_nothing(app, monkeypatch)
        assert await user.say(ADDRESS) == []
    harness.clock.advance(timedelta(hours=1))
    async with harness.app() as app:
        await app.settle()
        assert sum("💌" in said for said in texts(user.heard)) == 1
        assert await sealed(app) == (1, 4)


async def test_an_answer_that_telegram_fails_to_take_comes_by_itself_before_the_next(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.write("Run")
    harness.telegram.fail_next("sendMessage", 500, {"description": "Internal Server Error"})
    assert await user.say(ADDRESS) == []
    assert await count(app.database, "letters") == 1
    assert await user.say("hello") == []
    heard = len(user.heard)
    await harness.pass_time(app, timedelta(seconds=1))
    sealed, _, stray = texts(user.heard[heard:])
    assert "💌" in sealed
    assert stray == told("stray")
    assert texts(await user.say("hello")) == [told("stray")]


async def test_a_store_that_fails_while_a_letter_is_sealed_leaves_it_to_be_sealed_anew(
    app: App, user: FakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await user.write("Run")
    failing = AsyncMock(side_effect=sqlite3.OperationalError("disk I/O error"))
    with monkeypatch.context() as broken:
        broken.setattr(letters, "sealed_from", failing)
        assert texts(await user.say(ADDRESS)) == [told("store-failed")]
    assert await count(app.database, "letters") == 0
    assert "💌" in (await user.say(ADDRESS))[0].text


async def whole(app: App, table: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await app.database.reader.all(f"SELECT * FROM {table}")]  # noqa: S608 - a constant
