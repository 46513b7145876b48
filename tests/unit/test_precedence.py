"""The posting side gives way to whoever is being answered, and not for ever."""

import asyncio

import pytest

from bot import precedence
from bot.precedence import Precedence


async def test_where_nobody_is_answered_nobody_waits() -> None:
    waiting = asyncio.create_task(Precedence().give_way())
    await asyncio.sleep(0)
    assert waiting.done()


async def test_a_step_waits_until_the_last_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "LONGEST", 60)
    people = Precedence()
    with people.answering():
        with people.answering():
            waiting = asyncio.create_task(people.give_way())
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.done()
    await waiting


async def test_a_crowd_that_never_ends_holds_up_a_step_no_longer_than_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(precedence, "LONGEST", 0.001)
    people = Precedence()
    with people.answering():
        await people.give_way()
