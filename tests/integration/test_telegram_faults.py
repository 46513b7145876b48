"""All that Telegram may answer, through the real client and lane; the mail goes its way."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.botapi.budget import Rates
from bot.letters import Channel, State
from bot.local.telegram import Telegram
from bot.text import Entity, Words
from tests.support.app import Harness
from tests.support.bot_api import (
    BotApiServer,
    answer,
    bad_gateway,
    blocked,
    chat_not_found,
    deactivated,
    flood,
    malformed_json,
    migrated,
    over_http,
    server_error,
    walled_off,
)
from tests.support.clock import ManualClock
from tests.support.delivery_side import Lanes
from tests.support.faults import Fault, accept_then_drop, drop, garbage, reset, silence
from tests.support.sealed_letters import WORDS
from tests.support.smtpd import ScriptedSmtp
from tests.support.tuning import tuned

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
GROUP = -1009
MAYBE_AGAIN = "(maybe for the second time)"
BOLD = Words("run", (Entity(type="bold", offset=0, length=3),))
SEND = "sendMessage"


@pytest.fixture
async def lanes(harness: Harness, bot_api: BotApiServer) -> AsyncIterator[Lanes]:
    """Open the posting side over a Telegram that is a server on loopback."""
    harness.api = bot_api
    async with harness.lanes() as opened:
        yield opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What Telegram does, and where the reminder and its lane stand afterwards."""

    fault: Fault
    state: State = State.RETRY
    reason: str
    failures: int = 0
    doubts: int = 0
    trouble: bool = False
    arrived: int = 0
    blocked: bool = False

    def __str__(self) -> str:
        return str(self.fault)


CASES = (
    Case(fault=blocked(), state=State.FAILED, reason="telegram-403", blocked=True),
    Case(fault=deactivated(), state=State.FAILED, reason="telegram-403", blocked=True),
    Case(fault=chat_not_found(), reason="telegram-400-nobody"),
    Case(fault=migrated(GROUP), state=State.FAILED, reason="telegram-migrated", blocked=True),
    Case(fault=answer(400, "Bad Request: message is too long"), reason="telegram-400"),
    Case(fault=answer(403, "Forbidden: bots are asleep"), reason="telegram-403"),
    Case(fault=answer(401, "Unauthorized"), reason="telegram-token-refused", trouble=True),
    Case(fault=answer(404, "Not Found"), reason="telegram-token-refused", trouble=True),
    Case(fault=walled_off(403), reason="telegram-walled-off", trouble=True),
    Case(fault=walled_off(400), reason="telegram-walled-off", trouble=True),
    Case(fault=server_error(), reason="telegram-5xx", failures=1),
    Case(fault=answer(503, "Service Unavailable"), reason="telegram-5xx", failures=1),
    Case(fault=bad_gateway(), reason="telegram-5xx", failures=1),
    Case(fault=malformed_json(), reason="telegram-garbled", failures=1, doubts=1),
    Case(fault=drop(), reason="telegram-broken-off", failures=1, doubts=1),
    Case(fault=reset(), reason="telegram-broken-off", failures=1, doubts=1),
    Case(fault=garbage(), reason="telegram-broken-off", failures=1, doubts=1),
    Case(fault=silence(), reason="telegram-broken-off", failures=1, doubts=1),
    Case(fault=accept_then_drop(), reason="telegram-broken-off", failures=1, doubts=1, arrived=1),
)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_what_telegram_does_is_understood_and_the_mail_goes_its_way(
    lanes: Lanes,
    bot_api: BotApiServer,
    telegram: Telegram,
    smtp_server: ScriptedSmtp,
    case: Case,
) -> None:
    bot_api.fault(SEND, case.fault)
    await lanes.seal()
    await lanes.sweep()
    chat = await lanes.row_of(Channel.CHAT)
    assert (chat.state, chat.reason) == (case.state, case.reason)
    assert (chat.failures, chat.doubts) == (case.failures, case.doubts)
    assert (lanes.health(Channel.CHAT).trouble is not None) is case.trouble
    assert len([each for each in telegram.messages if WORDS in each.text]) == case.arrived
    person = await lanes.database.reader.one("SELECT blocked_at FROM people WHERE id = 1")
    assert person is not None
    assert (person["blocked_at"] is not None) is case.blocked
    assert (await lanes.row_of(Channel.EMAIL)).state is State.SENT
    assert len(smtp_server.accepted) == 1

    await lanes.pass_time(7 * MINUTE)
    expected = case.arrived + (case.state is State.RETRY)
    assert [each.chat_id for each in telegram.messages if WORDS in each.text] == [1] * expected
    told = [MAYBE_AGAIN in each.text for each in telegram.messages if WORDS in each.text]
    assert told == [False] * (expected - case.doubts) + [True] * case.doubts


async def test_a_flood_wait_is_obeyed_to_the_second_and_not_a_second_longer(
    lanes: Lanes, bot_api: BotApiServer, telegram: Telegram, clock: ManualClock
) -> None:
    bot_api.fault(SEND, flood(600))
    await lanes.seal()
    await lanes.sweep()
    chat = await lanes.row_of(Channel.CHAT)
    assert (chat.state, chat.failures) == (State.RETRY, 0)
    assert chat.next_at - clock.now() == 600 * SECOND

    await lanes.pass_time(599.9 * SECOND)
    assert not telegram.messages
    clock.advance(0.1 * SECOND)
    await bot_api.wait_for_calls(SEND, 2)
    await lanes.lane_runner.idle()
    assert len(telegram.messages) == 1


async def test_a_flood_wait_of_one_chat_holds_no_other(
    lanes: Lanes, bot_api: BotApiServer, telegram: Telegram
) -> None:
    bot_api.fault(SEND, flood(20))
    await lanes.seal_many(5)
    await lanes.sweep()
    assert len(telegram.messages) == 4
    assert lanes.health(Channel.CHAT).held_for == 0


async def test_a_flood_wait_of_two_chats_is_everybodys(
    lanes: Lanes, bot_api: BotApiServer, clock: ManualClock, telegram: Telegram
) -> None:
    bot_api.fault(SEND, flood(20), times=2)
    await lanes.seal_many(2)
    await lanes.sweep()
    await lanes.seal_many(5)
    lanes.lane_runner.wake()
    await clock.asleep(3)
    await lanes.sweep_while_asleep()
    assert len(bot_api.calls_of(SEND)) == 2
    clock.advance(19 * SECOND)
    await lanes.sweep_while_asleep()
    assert len(bot_api.calls_of(SEND)) == 2
    clock.advance(SECOND)
    await lanes.lane_runner.idle()
    await lanes.sweep()
    assert sorted(each.chat_id for each in telegram.messages) == [1, 1, 2, 2, 3, 4, 5]


async def test_who_waits_for_a_slot_when_everybodys_wait_begins_waits_for_its_end(
    harness: Harness, bot_api: BotApiServer, clock: ManualClock, telegram: Telegram
) -> None:
    async with (
        over_http(bot_api) as bot,
        harness.lanes(bot=bot, tuning=tuned(rates=Rates(overall=2))) as lanes,
    ):
        bot_api.fault(SEND, flood(20), times=2)
        gate = bot_api.hold(SEND)
        await lanes.seal_many(4)
        lanes.lane_runner.wake()
        await gate.reached()
        await clock.asleep()
        clock.advance(1.1 * SECOND)
        await gate.reached(2)
        await clock.asleep()
        gate.release()
        while {each.state for each in (await lanes.rows_of(Channel.CHAT))[:2]} != {State.RETRY}:
            pass
        for _ in range(19):
            clock.advance(SECOND)
            await lanes.sweep_while_asleep()
        assert len(bot_api.calls_of(SEND)) == 2
        await lanes.sweep_in_time(SECOND / 2)
        await lanes.pass_time(MINUTE)
        chats = await lanes.rows_of(Channel.CHAT)
    assert {(each.state, each.failures) for each in chats} == {(State.SENT, 0)}
    assert sorted(each.chat_id for each in telegram.messages) == [1, 2, 3, 4]


async def test_where_the_formatting_is_refused_the_plain_words_arrive(
    lanes: Lanes, bot_api: BotApiServer, telegram: Telegram
) -> None:
    bot_api.fault(SEND, answer(400, "Bad Request: can't parse entities: no end"))
    await lanes.seal(words=BOLD)
    await lanes.sweep()
    [reminder] = telegram.messages
    assert "\nrun\n" in reminder.text
    assert not reminder.words.entities
    assert (await lanes.row_of(Channel.CHAT)).state is State.SENT


async def test_words_never_follow_their_person_into_a_group(
    lanes: Lanes, bot_api: BotApiServer, telegram: Telegram
) -> None:
    bot_api.fault(SEND, migrated(GROUP), times=None)
    await lanes.seal()
    await lanes.sweep()
    await lanes.pass_time(timedelta(hours=5), step=timedelta(hours=1))
    assert {call.parameters["chat_id"] for call in bot_api.calls_of(SEND)} == {"1"}
    assert not telegram.messages


async def test_a_telegram_that_refuses_connections_is_nobodys_failure(
    lanes: Lanes, bot_api: BotApiServer, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    await bot_api.stop()
    await lanes.seal_many(5)
    await lanes.sweep()
    await lanes.pass_time(10 * MINUTE)
    chats = await lanes.rows_of(Channel.CHAT)
    assert {(each.failures, each.doubts) for each in chats} == {(0, 0)}
    assert lanes.health(Channel.CHAT).trouble == "telegram-unreachable"
    assert len(smtp_server.accepted) == 5
    await bot_api.start()
    await lanes.pass_time(8 * MINUTE)
    assert len(telegram.messages) == 5
    assert not any(MAYBE_AGAIN in each.text for each in telegram.messages)


async def test_a_full_pool_of_connections_is_waited_out(
    harness: Harness, bot_api: BotApiServer, clock: ManualClock, telegram: Telegram
) -> None:
    async with (
        over_http(bot_api, pool_size=1, pool_timeout=0.05) as bot,
        harness.lanes(bot=bot) as lanes,
    ):
        gate = bot_api.hold(SEND)
        await lanes.seal_many(2)
        lanes.lane_runner.wake()
        await gate.reached()
        await _until_one_waits(lanes)
        gate.release()
        await clock.asleep()
        clock.advance(SECOND)
        await lanes.lane_runner.idle()
        chats = await lanes.rows_of(Channel.CHAT)
    assert [(each.state, each.failures, each.doubts) for each in chats] == [(State.SENT, 0, 0)] * 2
    assert len(telegram.messages) == 2


async def test_a_doubtful_reminder_waits_until_telegram_answers_at_all(
    lanes: Lanes, bot_api: BotApiServer, telegram: Telegram
) -> None:
    bot_api.fault(SEND, accept_then_drop())
    bot_api.fault("sendChatAction", bad_gateway(), times=2)
    await lanes.seal()
    await lanes.sweep()
    await lanes.pass_time(timedelta(hours=2), step=5 * MINUTE)
    chat = await lanes.row_of(Channel.CHAT)
    assert (chat.state, chat.doubts) == (State.SENT, 1)
    assert len(telegram.messages) == 2
    assert len(bot_api.calls_of("sendChatAction")) == 3


async def test_one_blocked_person_holds_up_nobody(
    lanes: Lanes, bot_api: BotApiServer, telegram: Telegram
) -> None:
    bot_api.fault(SEND, blocked(), times=2)
    await lanes.seal_many(6)
    await lanes.sweep()
    states = [each.state for each in await lanes.rows_of(Channel.CHAT)]
    assert states.count(State.FAILED) == 2
    assert states.count(State.SENT) == 4
    assert len(telegram.messages) == 4


@pytest.mark.parametrize(
    "no",
    [answer(403, "Forbidden: bots are asleep"), answer(400, "Bad Request: MESSAGES_ASLEEP")],
    ids=str,
)
async def test_what_telegram_refuses_everybody_costs_nobody_a_reminder(
    lanes: Lanes, bot_api: BotApiServer, telegram: Telegram, no: Fault
) -> None:
    bot_api.fault(SEND, no, times=None)
    await lanes.seal_many(6)
    await lanes.sweep()
    await lanes.pass_time(timedelta(hours=2), step=5 * MINUTE)
    chats = await lanes.rows_of(Channel.CHAT)
    assert {each.state for each in chats} <= {State.DUE, State.RETRY}
    assert lanes.health(Channel.CHAT).trouble is not None
    row = await lanes.database.reader.row("SELECT max(blocked_at) AS blocked_at FROM people")
    assert row["blocked_at"] is None

    bot_api.heal()
    await lanes.pass_time(17 * MINUTE)
    reminders = [each.chat_id for each in telegram.messages if WORDS in each.text]
    assert sorted(reminders) == [1, 2, 3, 4, 5, 6]
    assert all("asleep" in each.text.lower() for each in telegram.messages if "⚠️" in each.text)


async def test_a_refusal_of_one_person_is_believed_once_others_are_reached(
    lanes: Lanes, bot_api: BotApiServer, telegram: Telegram
) -> None:
    bot_api.fault(SEND, answer(403, "Forbidden: you are not wanted"), times=1)
    await lanes.seal(1)
    await lanes.sweep()
    await lanes.seal(2)
    await lanes.sweep()
    bot_api.fault(SEND, answer(403, "Forbidden: you are not wanted"), times=1)
    await lanes.pass_time(MINUTE)
    first, second = await lanes.rows_of(Channel.CHAT)
    assert (first.state, second.state) == (State.FAILED, State.SENT)
    row = await lanes.database.reader.row("SELECT blocked_at FROM people WHERE id = 1")
    assert row["blocked_at"] is not None


async def _until_one_waits(lanes: Lanes) -> None:
    """Return once one of the reminders was put off; the client's own time limit brings it about."""
    async with asyncio.timeout(60):
        chats = await lanes.rows_of(Channel.CHAT)
        while not any(each.reason for each in chats):
            chats = await lanes.rows_of(Channel.CHAT)
