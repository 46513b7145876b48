"""A fake user of a campaign notices what a reply must not do."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from bot.local.people import Person
from bot.local.telegram import Telegram
from bot.locales import catalog
from tests.crash.crowd import Crowd
from tests.crash.fake_user import HEARD_WITHIN, MAILED_WITHIN, FakeUser, Mailboxes
from tests.crash.reconciliation import Reconciliation
from tests.crash.replies import name_of
from tests.crash.snapshot import Snapshot
from tests.crash.stories import leave_unconfirmed
from tests.crash.uptime import Uptime
from tests.support.clock import ManualClock
from tests.support.languages import ENGLISH

SAY = catalog(ENGLISH)


class Talk:
    """One user, the bot's side of whose chat is played by the test."""

    def __init__(self, clock: ManualClock) -> None:
        self.uptime = Uptime(clock)
        self.uptime.begin()
        self.books = Reconciliation(self.uptime)
        self.updates: list[int] = []
        self.user = FakeUser(
            telegram=Telegram(clock=clock),
            person=Person(name="A"),
            words="Run.",
            mailboxes=Mailboxes(first="a@example.com", other="b@example.com", dead="c@example.com"),
            clock=clock,
            uptime=self.uptime,
            books=self.books,
            on_update=self.updates.append,
        )

    async def hears(self, *names: str) -> None:
        """Let the bot say these, and the user wait for each."""
        for name in names:
            self.user.take_message(name, "")
            assert await self.user.hears(name) == name

    async def is_told(self, name: str, *, lives_later: int = 0) -> list[str]:
        """Let the bot say something behind the story's end; return what is wrong with it."""
        for _ in range(lives_later):
            self.uptime.end()
            self.uptime.begin()
        self.user.take_message(name, "")
        with listening(self.user):
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return self.books.breaches


@contextmanager
def listening(user: FakeUser) -> Iterator[None]:
    task = asyncio.ensure_future(user.listens())
    yield
    task.cancel()


@pytest.fixture
def talk(clock: ManualClock) -> Talk:
    return Talk(clock)


async def test_a_reply_may_come_once_more_after_each_of_two_kills_and_then_not_again(
    talk: Talk,
) -> None:
    await talk.hears("ask-words", "so-far")
    assert await talk.is_told("so-far", lives_later=1) == []
    assert await talk.is_told("so-far", lives_later=1) == []
    assert await talk.is_told("so-far", lives_later=1) == ["A was told so-far 4 times"]


async def test_a_reply_that_comes_twice_in_one_life_is_a_breach(talk: Talk) -> None:
    await talk.hears("ask-words")
    assert await talk.is_told("ask-words") == ["A was told ask-words twice without a kill between"]


async def test_a_reply_behind_a_later_one_is_a_breach(talk: Talk) -> None:
    await talk.hears("ask-words", "so-far")
    found = await talk.is_told("ask-words", lives_later=1)
    assert found == ["A was told ask-words out of order, at the end"]


async def test_a_reply_to_nothing_is_a_breach_and_a_word_on_what_was_put_aside_is_none(
    talk: Talk,
) -> None:
    await talk.hears("ask-words")
    assert await talk.is_told("update-put-aside") == []
    assert await talk.is_told("stray") == ["A was told stray for no reason, at the end"]


async def test_a_reply_that_came_late_is_a_breach(talk: Talk, clock: ManualClock) -> None:
    waiting = asyncio.ensure_future(talk.user.hears("sealed"))
    await asyncio.sleep(0)
    clock.advance(timedelta(seconds=HEARD_WITHIN + 1))
    talk.user.take_message("sealed", "")
    await waiting
    assert talk.books.breaches == ["A waited 61 s for sealed"]


async def test_a_mail_has_the_time_that_a_lane_at_a_stand_needs(
    talk: Talk, clock: ManualClock
) -> None:
    waiting = asyncio.ensure_future(talk.user.finds_last_mail("first@example.com"))
    await asyncio.sleep(0)
    clock.advance(timedelta(seconds=MAILED_WITHIN))
    assert talk.user.patience == 0
    clock.advance(timedelta(seconds=1))
    assert talk.user.patience < 0
    waiting.cancel()


async def test_a_reply_that_never_comes_is_named(talk: Talk, clock: ManualClock) -> None:
    crowd = Crowd(
        telegram=Telegram(clock=clock),
        books=talk.books,
        uptime=talk.uptime,
        clock=clock,
        chance=random.Random(1),  # noqa: S311 - no secret
        on_update=talk.updates.append,
        refuse=lambda _: None,
    )
    crowd.begin(leave_unconfirmed)
    await asyncio.sleep(0)
    clock.advance(timedelta(seconds=HEARD_WITHIN + 1))
    crowd.check(Snapshot(intact=True))
    assert talk.books.breaches == ["Talker 1 was never told ask-words after nothing"]
    assert not crowd.is_talking


async def test_an_offer_that_comes_a_fourth_time_is_a_breach(talk: Talk) -> None:
    for _ in range(3):
        talk.user.take_message("address-refused", "")
    assert not talk.books.breaches
    talk.user.take_message("address-refused", "")
    assert talk.books.breaches == ["A was told address-refused 4 times"]


@pytest.mark.parametrize(
    "name",
    [
        "sealed",
        "confirm-confirmed",
        "address-replaced-unconfirmed",
        "delete-done",
    ],
)
def test_a_reply_is_known_by_its_text(name: str) -> None:
    text = SAY.say(name, words="Run", when="On Monday.", change="", address="a@example.com")
    assert name_of(f"{text}\n\nAnd something more.") == name


def test_a_reminder_is_none_until_it_is_edited_to_what_was_answered() -> None:
    taken = SAY.say("answer-taken", answer=SAY.say("button-half"), response="Half is half.")
    reminder = f"{SAY.count('reminder-opening', 7, date='today')}\n\nRun.\n\n{taken}"
    assert name_of(reminder) is None
    assert name_of(reminder, edited=True) == name_of(taken) == "answer-taken"
