"""What goes out to a chat unasked: in rows of buttons, an answer, silent, with a quote, a date."""

from datetime import UTC, datetime

import pytest

from bot.botapi.buttons import Button
from bot.letters import Channel, State
from bot.messages.message import ChatText, Sending
from bot.messages.reminder import ReminderMessage
from bot.text import Entity, Words
from tests.support.app import Harness
from tests.support.bot_api import BotApiServer, server_error
from tests.support.clock import ManualClock
from tests.support.delivery_side import Lanes
from tests.support.telegram import ScriptedTelegram

ONE, TWO, THREE = (Button(label, f"test:{label}") for label in ("one", "two", "three"))
DAY = Words.moment("Jan 8", datetime(2026, 1, 8, 9, tzinfo=UTC), "wD")
PARTS = (DAY.followed_by(Words("Run 🏃").quoted(), "\n"), Words("https://example.com"))


@pytest.fixture
def answered(telegram: ScriptedTelegram, monkeypatch: pytest.MonkeyPatch) -> int:
    """Let reminders answer the message of a person's; returns their id."""
    person = telegram.person("you")
    telegram.say(person, "Run")
    [own] = telegram.chat(person)
    buttons = ((ONE, TWO), THREE)
    text = ChatText(parts=PARTS, buttons=buttons, reply_to=own.id, silent=True)

    def in_chat(_: ReminderMessage, __: Sending) -> ChatText:
        return text

    monkeypatch.setattr(ReminderMessage, "in_chat", in_chat)
    return person.id


async def test_the_first_part_answers_and_the_last_has_the_buttons_and_none_makes_a_sound(
    lanes: Lanes, telegram: ScriptedTelegram, answered: int
) -> None:
    await lanes.seal(answered)
    await lanes.sweep()
    own, first, last = telegram.messages
    assert first.replied_to is not None
    assert (first.replied_to.id, last.replied_to) == (own.id, None)
    assert [len(row) for row in first.buttons] == []
    assert [[each.label for each in row] for row in last.buttons] == [["one", "two"], ["three"]]
    assert (first.silent, last.silent) == (True, True)
    assert first.words.entities == (
        Entity(type="date_time", offset=0, length=5, unix_time=1767862800, date_time_format="wD"),
        Entity(type="blockquote", offset=6, length=6),
    )


async def test_what_is_sent_again_from_its_second_part_on_answers_nothing(
    harness: Harness,
    bot_api: BotApiServer,
    clock: ManualClock,
    telegram: ScriptedTelegram,
    answered: int,
) -> None:
    harness.api = bot_api
    async with harness.lanes() as lanes:
        gate = bot_api.hold_reply("sendMessage")
        await lanes.seal(answered)
        lanes.lane_runner.wake()
        await gate.reached()
        bot_api.fault("sendMessage", server_error())
        gate.release()
        await lanes.lane_runner.idle()
        assert (await lanes.row_of(Channel.CHAT)).state is State.RETRY
        clock.advance((await lanes.row_of(Channel.CHAT)).next_at - clock.now())
        await lanes.sweep()
    _, first, last = telegram.messages
    assert first.replied_to is not None
    assert (last.text, last.replied_to) == (PARTS[1].text, None)
    previews = {call.parameters["link_preview_options"] for call in bot_api.calls_of("sendMessage")}
    assert previews == {'{"is_disabled": true}'}
