"""Every reply that matters is heard by itself, once and in order, whatever Telegram does meanwhile.

The calls go over HTTP to a Bot API on loopback, whose faults are declared; time is moved by hand.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.app import App
from bot.local.messages import Message
from bot.store import replies
from bot.store.replies import Reply
from bot.text import Entity, Words
from tests.support.app import FakeUser, Harness
from tests.support.bot_api import (
    BotApiServer,
    answer,
    bad_gateway,
    blocked,
    flood,
    malformed_json,
    server_error,
    walled_off,
)
from tests.support.faults import Fault, accept_then_drop, drop, reset, silence
from tests.support.mails import CONFIRM, STOP, link_in
from tests.support.rows import count
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import so_far, texts, told

pytestmark = pytest.mark.usefixtures("calls_over_http")

ADDRESS, OTHER = "me@example.com", "other@example.com"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
Act = Callable[[FakeUser, ScriptedSmtp], Awaitable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A reply: what leads up to it, what it answers, and how it begins."""

    name: str
    lines: tuple[str, ...] = ()
    act: Act
    begins: str
    method: str = "sendMessage"

    def __str__(self) -> str:
        return self.name


def says(line: str) -> Act:
    async def act(user: FakeUser, _: ScriptedSmtp) -> int:
        return user.telegram.say(user.person, line)

    return act


def presses(label: str) -> Act:
    async def act(user: FakeUser, _: ScriptedSmtp) -> int:
        return user.telegram.press(user.person, label)

    return act


def taps(kind: str) -> Act:
    async def act(user: FakeUser, server: ScriptedSmtp) -> int:
        return user.telegram.open(user.person, link_in(server.accepted[-1], kind))

    return act


async def stops(user: FakeUser, server: ScriptedSmtp) -> int:
    await user.handled(await taps(STOP)(user, server))
    return user.telegram.press(user.person, told("button-stop"))


async def lifts(user: FakeUser, server: ScriptedSmtp) -> int:
    await user.handled(await stops(user, server))
    await user.handled(await taps(STOP)(user, server))
    return user.telegram.press(user.person, told("button-lift"))


SEALED = told("sealed", words="§", when="", change="").split("§")[0]
LETTER = ("/write", "Run")
CASES = (
    Case(name="a question", act=says("/write"), begins=told("ask-words")),
    Case(name="the next", lines=LETTER[:1], act=says("Run"), begins=so_far("Run")),
    Case(name="no address", lines=LETTER, act=says("me@"), begins=told("address-no-domain")),
    Case(name="sealed", lines=LETTER, act=says(ADDRESS), begins=SEALED),
    Case(
        name="confirmed",
        lines=(*LETTER, ADDRESS),
        act=taps(CONFIRM),
        begins=told("confirm-confirmed", address=ADDRESS),
        method="editMessageText",
    ),
    Case(
        name="replaced",
        lines=(*LETTER, ADDRESS, ":" + told("button-no-mail"), ":" + told("button-wrong-address")),
        act=says(OTHER),
        begins=told("address-replaced-unconfirmed"),
    ),
    Case(
        name="stopped",
        lines=(*LETTER, ADDRESS),
        act=stops,
        begins=told("stop-done-unconfirmed"),
        method="editMessageText",
    ),
    Case(
        name="lifted",
        lines=(*LETTER, ADDRESS),
        act=lifts,
        begins=told("lift-done"),
        method="editMessageText",
    ),
    Case(
        name="erased",
        lines=(*LETTER, ADDRESS, "/delete"),
        act=presses(told("button-delete")),
        begins=told("delete-done"),
        method="editMessageText",
    ),
    Case(
        name="exported",
        lines=(*LETTER, ADDRESS),
        act=says("/export"),
        begins=told("export"),
        method="sendDocument",
    ),
)
FAULTS = (
    server_error(),
    bad_gateway(),
    malformed_json(),
    reset(),
    drop(),
    silence(),
    walled_off(403),
    walled_off(400),
    answer(401, "Unauthorized"),
)


@asynccontextmanager
async def ready(harness: Harness, case: Case) -> AsyncIterator[tuple[App, FakeUser]]:
    """Open the program, and come to where the reply is next."""
    async with harness.app() as app:
        user = harness.user(app)
        for line in case.lines:
            await (user.press(line[1:]) if line.startswith(":") else user.say(line))
        yield app, user


def heard(user: FakeUser, case: Case) -> list[Message]:
    """Return what was heard of a reply."""
    return [each for each in user.heard if each.text.startswith(case.begins)]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_reply_is_heard_within_a_minute_once_and_before_the_next(
    harness: Harness, bot_api: BotApiServer, smtp_server: ScriptedSmtp, case: Case, fault: Fault
) -> None:
    async with ready(harness, case) as (app, user):
        act = await case.act(user, smtp_server)
        bot_api.fault(case.method, fault)
        await user.handled(act)
        assert heard(user, case) == []
        other = harness.user(app, "other")
        assert texts(await other.say("/help")) == [told("help")]
        await user.handled(user.telegram.say(user.person, "/help"))
        for _ in range(59):
            await harness.let_wait(app, SECOND)
        assert len(heard(user, case)) == 1
        assert user.heard[-1].text.startswith(told("help"))
        await harness.pass_time(app, MINUTE)
        assert len(heard(user, case)) == 1
        assert await count(app.database, "replies") == 0


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_wait_that_telegram_asks_for_is_obeyed_to_the_second(
    harness: Harness, bot_api: BotApiServer, smtp_server: ScriptedSmtp, case: Case
) -> None:
    async with ready(harness, case) as (app, user):
        act = await case.act(user, smtp_server)
        bot_api.fault(case.method, flood(30))
        await user.handled(act)
        await harness.pass_time(app, 29.9 * SECOND)
        assert heard(user, case) == []
        assert texts(await harness.user(app, "other").say("/help")) == [told("help")]
        await harness.pass_time(app, 0.1 * SECOND)
        assert len(heard(user, case)) == 1


async def test_a_wait_of_an_hour_is_obeyed_over_a_restart(
    harness: Harness, bot_api: BotApiServer
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        bot_api.fault("sendMessage", flood(3600))
        assert await user.say("/write") == []
    harness.clock.advance(59 * MINUTE)
    calls = len(bot_api.calls_of("sendMessage"))
    async with harness.app() as app:
        user = harness.user(app)
        await app.settle()
        assert len(bot_api.calls_of("sendMessage")) == calls
        await harness.pass_time(app, MINUTE)
        assert texts(user.heard) == [told("ask-words")]


async def test_a_reply_in_flight_at_the_end_is_sent_again_once_telegram_answers(
    harness: Harness, bot_api: BotApiServer
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        gate = bot_api.hold_reply("sendMessage")
        user.telegram.say(user.person, "/write")
        await gate.reached()
    gate.release()
    bot_api.fault("sendChatAction", bad_gateway())
    async with harness.app() as app:
        await app.settle()
        assert len(user.heard) == 1
        await harness.pass_time(app, SECOND)
        assert texts(user.heard) == [told("ask-words")] * 2
        assert await count(app.database, "replies") == 0


async def test_a_telegram_that_takes_replies_and_never_says_so_gets_two_copies(
    harness: Harness, app: App, bot_api: BotApiServer
) -> None:
    user = harness.user(app)
    bot_api.fault("sendMessage", accept_then_drop(), times=None)
    await user.say("/write")
    await harness.pass_time(app, MINUTE)
    await harness.pass_time(app, MINUTE)
    assert texts(user.heard) == [told("ask-words")] * 2


async def test_a_telegram_that_is_away_for_an_hour_is_answered_within_a_minute_of_its_return(
    harness: Harness, app: App, bot_api: BotApiServer
) -> None:
    user = harness.user(app)
    await bot_api.stop()
    assert await user.say("/write") == []
    for _ in range(60):
        await harness.pass_time(app, MINUTE)
    await bot_api.start()
    await harness.pass_time(app, MINUTE)
    assert texts(user.heard) == [told("ask-words")]


async def test_who_blocks_the_bot_is_told_nothing_more_and_holds_up_nobody(
    harness: Harness, app: App, bot_api: BotApiServer
) -> None:
    user = harness.user(app)
    await user.say("/start")
    bot_api.fault("sendMessage", blocked())
    assert await user.say("/write") == []
    row = await app.database.reader.one("SELECT blocked_at FROM people")
    assert row is not None
    assert row["blocked_at"] is not None
    assert await count(app.database, "replies") == 0
    assert texts(await user.say("/cancel")) == [told("nothing-to-cancel")]


async def test_a_letter_whose_formatting_telegram_refuses_is_shown_plain(
    harness: Harness, app: App, bot_api: BotApiServer
) -> None:
    user = harness.user(app)
    await user.say("/start")
    bot_api.fault("sendMessage", answer(400, "Bad Request: can't parse entities: no end"))
    bold = Words("run", (Entity(type="bold", offset=0, length=3),))
    async with app.database.transaction() as tx:
        owed = await replies.add(tx, user.person.id, Reply(words=bold))
    app.replies.send([owed])
    await app.answered()
    assert user.heard[-1].text == "run"
    assert not user.heard[-1].words.entities


async def test_one_person_writes_a_letter_while_anothers_reply_hangs(
    harness: Harness, bot_api: BotApiServer
) -> None:
    async with harness.app() as app:
        slow, quick = harness.user(app, "slow"), harness.user(app, "quick")
        await quick.has_confirmed(ADDRESS)
        gate = bot_api.hold("sendMessage", chat_id=slow.person.id)
        slow.telegram.say(slow.person, "/write")
        await gate.reached()
        for line in (*LETTER, ADDRESS):
            heard = len(quick.heard)
            await quick.telegram.confirmed(quick.telegram.say(quick.person, line))
            await bot_api.wait_for_said(quick.person.id, heard + 1)
        assert "💌" in quick.heard[-1].text
        # What the slow one says next is handled too; only its answer waits behind the first.
        await slow.telegram.confirmed(slow.telegram.say(slow.person, "Swim"))
        await app.inbox.join()
        row = await app.database.reader.one("SELECT step FROM drafts")
        assert row is not None
        assert row["step"] == "address"
        assert slow.heard == []
        gate.release()
        await app.answered()
        assert texts(slow.heard) == [told("ask-words"), so_far("Swim")]


async def test_many_people_are_each_answered_in_the_order_of_what_they_said(
    harness: Harness, app: App
) -> None:
    users = [harness.user(app, f"user {number}") for number in range(20)]
    for line in ("/write", "Run", "me@"):
        for user in users:
            user.telegram.say(user.person, line)
    last = users[-1].telegram.say(users[-1].person, "/cancel")
    await users[-1].handled(last)
    said = [told("ask-words"), so_far("Run"), told("address-no-domain")]
    assert [texts(user.heard)[:3] for user in users] == [said] * 20


async def test_a_reply_that_was_heard_leaves_no_row_and_one_not_heard_is_in_the_export(
    harness: Harness, app: App, bot_api: BotApiServer
) -> None:
    user = harness.user(app)
    await user.say("/start")
    assert await count(app.database, "replies") == 0
    bot_api.fault("sendMessage", server_error())
    await user.say("/write")
    owed = await replies.texts_owed(app.database.reader, user.person.id)
    assert owed == [told("ask-words")]
