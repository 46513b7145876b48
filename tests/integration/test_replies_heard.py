"""Every reply that matters is heard by itself, once and in order, whatever Telegram does meanwhile.

The calls go over HTTP to a Bot API on loopback, whose faults are declared; time is moved by hand.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.app import House
from bot.local.messages import Message
from bot.store import replies
from bot.store.replies import Reply
from bot.words import Entity, Words
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
from tests.support.house import Guest, Premises
from tests.support.mails import CONFIRM, STOP, link_in
from tests.support.rows import count
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import texts, told

ADDRESS, OTHER = "me@example.com", "other@example.com"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
Act = Callable[[Guest, ScriptedSmtp], Awaitable[int]]


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
    async def act(guest: Guest, _: ScriptedSmtp) -> int:
        return guest.telegram.say(guest.person, line)

    return act


def presses(label: str) -> Act:
    async def act(guest: Guest, _: ScriptedSmtp) -> int:
        return guest.telegram.press(guest.person, label)

    return act


def taps(kind: str) -> Act:
    async def act(guest: Guest, server: ScriptedSmtp) -> int:
        return guest.telegram.open(guest.person, link_in(server.accepted[-1], kind))

    return act


async def stops(guest: Guest, server: ScriptedSmtp) -> int:
    await guest.handled(await taps(STOP)(guest, server))
    return guest.telegram.press(guest.person, told("button-stop"))


SEALED = told("sealed", days="§", address="").split("§")[0]
LETTER = ("/write", "Run")
CASES = (
    Case(name="a question", act=says("/write"), begins=told("ask-words")),
    Case(name="the next", lines=LETTER[:1], act=says("Run"), begins=told("ask-address")),
    Case(name="no address", lines=LETTER, act=says("nonsense"), begins=told("address-no-at")),
    Case(name="sealed", lines=LETTER, act=says(ADDRESS), begins=SEALED),
    Case(
        name="confirmed",
        lines=(*LETTER, ADDRESS),
        act=taps(CONFIRM),
        begins=told("confirm-confirmed", address=ADDRESS),
    ),
    Case(
        name="replaced",
        lines=(*LETTER, ADDRESS, ":" + told("button-no-mail"), ":" + told("button-change-address")),
        act=says(OTHER),
        begins=told("address-replaced", address=OTHER),
    ),
    Case(name="stopped", lines=(*LETTER, ADDRESS), act=stops, begins=told("stop-done")),
    Case(
        name="erased",
        lines=(*LETTER, ADDRESS, "/delete"),
        act=presses(told("button-delete")),
        begins=told("delete-done"),
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


@pytest.fixture
async def premises(premises: Premises, bot_api: BotApiServer) -> Premises:
    """Let the calls go over HTTP."""
    premises.api = bot_api
    return premises


@asynccontextmanager
async def ready(premises: Premises, case: Case) -> AsyncIterator[tuple[House, Guest]]:
    """Open the program, and come to where the reply is next."""
    async with premises.house() as house:
        guest = premises.guest(house)
        for line in case.lines:
            await (guest.press(line[1:]) if line.startswith(":") else guest.say(line))
        yield house, guest


def heard_since(guest: Guest, before: int, begins: str) -> list[Message]:
    """Return what was heard of a reply."""
    return [each for each in guest.heard[before:] if each.text.startswith(begins)]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_reply_is_heard_within_a_minute_once_and_before_the_next(
    premises: Premises, bot_api: BotApiServer, smtp_server: ScriptedSmtp, case: Case, fault: Fault
) -> None:
    async with ready(premises, case) as (house, guest):
        before = len(guest.heard)
        act = await case.act(guest, smtp_server)
        before = len(guest.heard) if case.act is stops else before
        bot_api.fault(case.method, fault)
        await guest.handled(act)
        assert heard_since(guest, before, case.begins) == []
        other = premises.guest(house, "other")
        assert texts(await other.say("/help")) == [told("help")]
        await guest.handled(guest.telegram.say(guest.person, "/help"))
        for _ in range(59):
            await premises.pass_time(house, SECOND)
        assert len(heard_since(guest, before, case.begins)) == 1
        assert guest.heard[-1].text == told("help")
        await premises.pass_time(house, MINUTE)
        assert len(heard_since(guest, before, case.begins)) == 1
        assert await count(house.database, "replies") == 0


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_wait_that_telegram_asks_for_is_obeyed_to_the_second(
    premises: Premises, bot_api: BotApiServer, smtp_server: ScriptedSmtp, case: Case
) -> None:
    async with ready(premises, case) as (house, guest):
        act = await case.act(guest, smtp_server)
        before = len(guest.heard)
        bot_api.fault(case.method, flood(30))
        await guest.handled(act)
        await premises.pass_time(house, 29.9 * SECOND)
        assert heard_since(guest, before, case.begins) == []
        assert texts(await premises.guest(house, "other").say("/help")) == [told("help")]
        await premises.pass_time(house, 0.1 * SECOND)
        assert len(heard_since(guest, before, case.begins)) == 1


async def test_a_wait_of_an_hour_is_obeyed_over_a_restart(
    premises: Premises, bot_api: BotApiServer
) -> None:
    async with premises.house() as house:
        guest = premises.guest(house)
        bot_api.fault("sendMessage", flood(3600))
        assert await guest.say("/write") == []
    premises.clock.advance(59 * MINUTE)
    calls = len(bot_api.calls_of("sendMessage"))
    async with premises.house() as house:
        guest = premises.guest(house)
        await house.settle()
        assert len(bot_api.calls_of("sendMessage")) == calls
        await premises.pass_time(house, MINUTE)
        assert texts(guest.heard) == [told("ask-words")]


async def test_a_reply_in_flight_at_the_end_is_sent_again_once_telegram_answers(
    premises: Premises, bot_api: BotApiServer
) -> None:
    async with premises.house() as house:
        guest = premises.guest(house)
        gate = bot_api.hold_reply("sendMessage")
        guest.telegram.say(guest.person, "/write")
        await gate.reached()
    gate.release()
    bot_api.fault("sendChatAction", bad_gateway())
    async with premises.house() as house:
        await house.settle()
        assert len(guest.heard) == 1
        await premises.pass_time(house, SECOND)
        assert texts(guest.heard) == [told("ask-words")] * 2
        assert await count(house.database, "replies") == 0


async def test_a_telegram_that_takes_replies_and_never_says_so_gets_two_copies(
    premises: Premises, house: House, bot_api: BotApiServer
) -> None:
    guest = premises.guest(house)
    bot_api.fault("sendMessage", accept_then_drop(), times=None)
    await guest.say("/write")
    await premises.pass_time(house, MINUTE)
    await premises.pass_time(house, MINUTE)
    assert texts(guest.heard) == [told("ask-words")] * 2


async def test_a_telegram_that_is_away_for_an_hour_is_answered_within_a_minute_of_its_return(
    premises: Premises, house: House, bot_api: BotApiServer
) -> None:
    guest = premises.guest(house)
    await bot_api.stop()
    assert await guest.say("/write") == []
    for _ in range(60):
        await premises.pass_time(house, MINUTE)
    await bot_api.start()
    await premises.pass_time(house, MINUTE)
    assert texts(guest.heard) == [told("ask-words")]


async def test_who_blocks_the_bot_is_told_nothing_more_and_holds_up_nobody(
    premises: Premises, house: House, bot_api: BotApiServer
) -> None:
    guest = premises.guest(house)
    await guest.say("/start")
    bot_api.fault("sendMessage", blocked())
    assert await guest.say("/write") == []
    row = await house.database.reader.one("SELECT blocked_at FROM people")
    assert row is not None
    assert row["blocked_at"] is not None
    assert await count(house.database, "replies") == 0
    assert texts(await guest.say("/cancel")) == [told("cancelled")]


async def test_a_letter_whose_formatting_telegram_refuses_is_shown_plain(
    premises: Premises, house: House, bot_api: BotApiServer
) -> None:
    guest = premises.guest(house)
    await guest.say("/start")
    bot_api.fault("sendMessage", answer(400, "Bad Request: can't parse entities: no end"))
    bold = Words("run", (Entity(type="bold", offset=0, length=3),))
    async with house.database.transaction() as tx:
        owed = await replies.add(tx, guest.person.id, Reply(words=bold))
    house.replies.send([owed])
    await house.answered()
    assert guest.heard[-1].text == "run"
    assert not guest.heard[-1].words.entities


async def test_one_person_writes_a_letter_while_anothers_reply_hangs(
    premises: Premises, bot_api: BotApiServer
) -> None:
    async with premises.house() as house:
        slow, quick = premises.guest(house, "slow"), premises.guest(house, "quick")
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
        await house.inbox.join()
        row = await house.database.reader.one("SELECT step FROM drafts")
        assert row is not None
        assert row["step"] == "address"
        assert slow.heard == []
        gate.release()
        await house.answered()
        assert texts(slow.heard) == [told("ask-words"), told("ask-address")]


async def test_many_people_are_each_answered_in_the_order_of_what_they_said(
    premises: Premises, house: House
) -> None:
    guests = [premises.guest(house, f"guest {number}") for number in range(20)]
    for line in ("/write", "Run", "nonsense"):
        for guest in guests:
            guest.telegram.say(guest.person, line)
    last = guests[-1].telegram.say(guests[-1].person, "/cancel")
    await guests[-1].handled(last)
    said = [told("ask-words"), told("ask-address"), told("address-no-at")]
    assert [texts(guest.heard)[:3] for guest in guests] == [said] * 20


async def test_a_reply_that_was_heard_leaves_no_row_and_one_not_heard_is_in_the_export(
    premises: Premises, house: House, bot_api: BotApiServer
) -> None:
    guest = premises.guest(house)
    await guest.say("/start")
    assert await count(house.database, "replies") == 0
    bot_api.fault("sendMessage", server_error())
    await guest.say("/write")
    owed = await replies.texts_owed(house.database.reader, guest.person.id)
    assert owed == [told("ask-words")]
