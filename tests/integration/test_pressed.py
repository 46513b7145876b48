"""What becomes of a message whose button was pressed, whatever Telegram says to it."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from bot.app import App
from tests.support.app import FakeUser, Harness
from tests.support.bot_api import BotApiServer, answer, blocked, flood, server_error
from tests.support.faults import Fault, accept_then_drop, drop, silence
from tests.support.mails import STOP, link_in
from tests.support.rows import count
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, so_far, texts, told

pytestmark = pytest.mark.usefixtures("calls_over_http")

ADDRESS, SLIP = "me@example.com", "me@gmial.com"
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
EDIT, BUTTONS, SEND = "editMessageText", "editMessageReplyMarkup", "sendMessage"

CAN_NOT = answer(400, "Bad Request: message can't be edited")
GONE = answer(400, "Bad Request: message to edit not found")
UNKNOWN = answer(400, "Bad Request: MESSAGE_ID_INVALID")
NO_TEXT = answer(400, "Bad Request: there is no text in the message to edit")
AS_IT_WAS = answer(
    400,
    "Bad Request: message is not modified: specified new message content and reply markup are"
    " exactly the same as a current content and reply markup of the message",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A button: what leads up to it, its label, and the buttons that are left when it is pressed.

    `days` pass before it is pressed.
    """

    name: str
    lines: tuple[str, ...]
    label: str
    left: tuple[str, ...] = ()
    days: tuple[int, ...] = ()

    def __str__(self) -> str:
        return self.name


SEALED = ("/write", "Run", ADDRESS)
CASES = (
    Case(
        name="as suggested",
        lines=("/write", "Run", SLIP),
        label=told("button-as-suggested", address="me@gmail.com"),
    ),
    Case(name="as typed", lines=("/write", "Run", SLIP), label=told("button-as-typed")),
    Case(name="as keyed", lines=("/write", "Run", "ㅡㄷ@naver.com"), label=told("button-as-keyed")),
    Case(name="retype", lines=("/write", "Run", "ㅡㄷ@naver.com"), label=told("button-retype")),
    Case(name="used before", lines=(*SEALED, "/write", "Swim"), label=ADDRESS),
)


@pytest.fixture
async def user(harness: Harness, app: App) -> FakeUser:
    user = harness.user(app)
    for address in (SLIP, "me@gmail.com", "me@naver.com", ADDRESS):
        await user.has_confirmed(address)
    return user


@pytest.fixture
async def asked(user: FakeUser) -> AsyncIterator[FakeUser]:
    """Return a user who is asked whether everything should be erased."""
    await user.say("/delete")
    yield user
    assert await count(user.app.database, "replies") == 0


async def lead_up(harness: Harness, user: FakeUser, case: Case) -> None:
    for line in case.lines:
        await user.say(line)
    for days in case.days:
        await harness.pass_time(user.app, days * DAY)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_pressed_button_goes_and_what_its_message_says_stays(
    harness: Harness, user: FakeUser, case: Case
) -> None:
    await lead_up(harness, user, case)
    asked = user.heard[-1]
    assert case.label in labels([asked])
    assert len(await user.press(case.label)) == 1
    [pressed] = [each for each in user.heard if each.id == asked.id]
    assert (pressed.text, tuple(labels([pressed]))) == (asked.text, case.left)


@pytest.mark.parametrize(
    "fault",
    [CAN_NOT, GONE, AS_IT_WAS, server_error(), drop(), silence(), answer(401, "Unauthorized")],
    ids=str,
)
@pytest.mark.parametrize("case", CASES, ids=str)
async def test_buttons_that_could_not_be_taken_away_keep_nobody_from_the_answer(
    harness: Harness, bot_api: BotApiServer, user: FakeUser, case: Case, fault: Fault
) -> None:
    await lead_up(harness, user, case)
    bot_api.fault(BUTTONS, fault)
    assert len(await user.press(case.label)) == 1
    tried = len(bot_api.calls_of(BUTTONS))
    [answered] = texts(await user.say("/help"))
    assert answered.startswith(told("help"))
    await harness.pass_time(user.app, MINUTE)
    assert len(bot_api.calls_of(BUTTONS)) == tried


async def test_the_answer_to_a_press_does_not_wait_for_the_buttons_to_go(
    bot_api: BotApiServer, user: FakeUser
) -> None:
    for line in ("/write", "Run", "ㅡㄷ@naver.com"):
        await user.say(line)
    gate = bot_api.hold(BUTTONS)
    user.telegram.press(user.person, told("button-retype"))
    await gate.reached()
    assert user.heard[-1].text == told("ask-other-address")
    gate.release()
    await user.app.answered()


async def test_a_wait_asked_for_when_buttons_go_is_obeyed_by_the_next_answer(
    harness: Harness, bot_api: BotApiServer, user: FakeUser
) -> None:
    for line in ("/write", "Run", "ㅡㄷ@naver.com"):
        await user.say(line)
    bot_api.fault(BUTTONS, flood(30))
    await user.press(told("button-retype"))
    assert await user.say("/help") == []
    await harness.pass_time(user.app, 29.9 * SECOND)
    assert not user.heard[-1].text.startswith(told("help"))
    await harness.pass_time(user.app, 0.1 * SECOND)
    assert user.heard[-1].text.startswith(told("help"))


async def test_a_button_whose_time_is_over_goes_too(user: FakeUser) -> None:
    await user.say("/write")
    await user.say("Run")
    [asked] = await user.say(SLIP)
    await user.say("/cancel")
    assert texts(await user.forge("address:as-typed")) == [told("stale-press")]
    [pressed] = [each for each in user.heard if each.id == asked.id]
    assert labels([pressed]) == []


@pytest.mark.parametrize(
    ("label", "becomes"),
    [("button-go-on", so_far("Run")), ("button-start-over", told("ask-words"))],
)
async def test_the_offer_of_a_letter_under_way_becomes_what_was_chosen(
    user: FakeUser, label: str, becomes: str
) -> None:
    await user.write("Run")
    [offer] = await user.say("/write")
    before = len(user.heard)
    [chosen] = await user.press(told(label))
    assert (chosen.id, chosen.text) == (offer.id, becomes)
    assert len(user.heard) <= before


async def test_the_question_whether_to_erase_becomes_the_answer(asked: FakeUser) -> None:
    question, before = asked.heard[-1], len(asked.heard)
    [answered] = await asked.press("erase")
    assert (answered.id, answered.text) == (question.id, told("delete-done"))
    assert labels([answered]) == []
    assert len(asked.heard) == before


async def test_the_question_whether_to_stop_becomes_the_answer(
    user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("Run", "other@example.com", confirmed=False)
    [question] = await user.open(link_in(smtp_server.accepted[-1], STOP))
    [answered] = await user.press(told("button-stop"))
    assert (answered.id, answered.text) == (question.id, told("stop-done-unconfirmed"))
    assert labels([answered]) == []


@pytest.mark.parametrize("fault", [CAN_NOT, GONE, UNKNOWN, NO_TEXT], ids=str)
async def test_where_the_message_can_not_be_edited_the_answer_is_a_new_one(
    bot_api: BotApiServer, asked: FakeUser, fault: Fault
) -> None:
    question = asked.heard[-1]
    bot_api.fault(EDIT, fault)
    [answered] = await asked.press("erase")
    assert answered.id > question.id
    assert answered.text == told("delete-done")
    assert len(bot_api.calls_of(EDIT)) == 1


async def test_an_edit_that_changes_nothing_is_done(
    bot_api: BotApiServer, asked: FakeUser, caplog: pytest.LogCaptureFixture
) -> None:
    bot_api.fault(EDIT, AS_IT_WAS)
    with caplog.at_level(logging.INFO, logger="bot"):
        assert await asked.press("erase") == []
    assert len(bot_api.calls_of(EDIT)) == 1
    assert caplog.messages == []


async def test_an_edit_in_doubt_is_made_until_telegram_says_yes_and_nothing_is_said_twice(
    harness: Harness, bot_api: BotApiServer, asked: FakeUser
) -> None:
    before = len(asked.heard)
    bot_api.fault(EDIT, accept_then_drop(), times=5)
    await asked.press("erase")
    for _ in range(4):
        await harness.pass_time(asked.app, MINUTE)
        assert await count(asked.app.database, "replies") == 1
    await harness.pass_time(asked.app, MINUTE)
    assert len(bot_api.calls_of(EDIT)) == 6
    assert len(asked.heard) == before
    assert asked.heard[-1].text == told("delete-done")


async def test_a_new_message_in_place_of_an_edit_comes_twice_at_most(
    harness: Harness, bot_api: BotApiServer, asked: FakeUser
) -> None:
    bot_api.fault(EDIT, accept_then_drop())
    bot_api.fault(EDIT, GONE)
    bot_api.fault(SEND, accept_then_drop(), times=None)
    before = len(asked.heard)
    await asked.press("erase")
    for _ in range(5):
        await harness.pass_time(asked.app, MINUTE)
    assert texts(asked.heard[before:]) == [told("delete-done")] * 2


async def test_a_new_message_in_place_of_an_edit_is_owed_over_a_restart(
    harness: Harness, bot_api: BotApiServer
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await user.has_confirmed(ADDRESS)
        await user.say("/delete")
        bot_api.fault(EDIT, GONE)
        bot_api.fault(SEND, server_error())
        assert await user.press("erase") == []
    async with harness.app() as app:
        await app.settle()
        assert user.heard[-1].text == told("delete-done")
        assert len(bot_api.calls_of(EDIT)) == 1
        assert await count(app.database, "replies") == 0


async def test_an_edit_for_somebody_who_blocks_the_bot_is_given_up(
    bot_api: BotApiServer, asked: FakeUser
) -> None:
    bot_api.fault(EDIT, blocked())
    assert await asked.press("erase") == []
    assert len(bot_api.calls_of(SEND)) == 1


async def test_a_new_message_in_place_of_an_edit_that_a_kill_cut_off_is_not_given_up_sooner(
    harness: Harness, bot_api: BotApiServer
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await user.has_confirmed(ADDRESS)
        await user.say("/delete")
        gate = bot_api.hold_reply(EDIT)
        user.telegram.press(user.person, "erase")
        await gate.reached()
    gate.release()
    bot_api.fault(EDIT, GONE)
    bot_api.fault(SEND, silence())
    async with harness.app() as app:
        await app.settle()
        await harness.pass_time(app, MINUTE)
        assert texts(user.heard[-2:]) == [told("delete-done")] * 2
        assert await count(app.database, "replies") == 0
