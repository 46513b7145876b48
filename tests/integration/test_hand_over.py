"""Whoever asks for a confirmation mail and wants it no more keeps no other from theirs."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.app import App
from tests.support.app import FakeUser, Harness
from tests.support.mails import CONFIRM, code_in, link_in
from tests.support.smtp import Phase, reply
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import told

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
VICTIM = "victim@example.com"


async def ask(user: FakeUser) -> None:
    """Seal a letter to the victim's address."""
    await user.seal("words", VICTIM, confirmed=False)


async def vanish(user: FakeUser) -> None:
    """Erase all that is kept of somebody."""
    await user.say("/delete")
    await user.press(told("button-delete"))


async def take_back(user: FakeUser) -> None:
    """Take back the letter just sealed."""
    await user.press(told("button-take-back"))


async def delete_letter(user: FakeUser) -> None:
    """Delete the only letter, in /letters."""
    await user.say("/letters")
    await user.press("1")
    await user.press(told("button-delete-letter"))
    await user.press(told("button-delete-letter"))


async def go_elsewhere(user: FakeUser) -> None:
    """Type another address for the letter just sealed."""
    await user.press(told("button-wrong-address"))
    await user.say("attacker@example.net")


WAYS_OUT = pytest.mark.parametrize(
    "leave", [vanish, take_back, delete_letter, go_elsewhere], ids=lambda each: each.__name__
)
Leave = Callable[[FakeUser], Awaitable[None]]


@WAYS_OUT
async def test_a_mail_that_serves_others_goes_although_who_asked_wants_it_no_more(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp, leave: Leave
) -> None:
    attacker = harness.user(app, "attacker")
    smtp_server.fault(Phase.RCPT, reply(451, "4.7.1"), times=1)
    await ask(attacker)
    await ask(user)
    assert smtp_server.accepted == []
    await leave(attacker)
    await harness.pass_time(app, HOUR)
    [mail] = [each for each in smtp_server.accepted if each.recipients == (VICTIM,)]
    [answer, *_] = await user.open(link_in(mail, CONFIRM))
    assert answer.text == told("confirm-confirmed", address=VICTIM)


@WAYS_OUT
async def test_a_mail_that_serves_nobody_goes_no_more_once_who_asked_wants_it_no_more(
    harness: Harness, app: App, smtp_server: ScriptedSmtp, leave: Leave
) -> None:
    attacker = harness.user(app, "attacker")
    smtp_server.fault(Phase.RCPT, reply(451, "4.7.1"), times=1)
    await ask(attacker)
    await leave(attacker)
    await harness.pass_time(app, DAY)
    assert [each for each in smtp_server.accepted if each.recipients == (VICTIM,)] == []


async def test_a_mail_goes_no_more_once_all_who_asked_want_it_no_more(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    other = harness.user(app, "other")
    smtp_server.fault(Phase.RCPT, reply(451, "4.7.1"), times=1)
    await ask(other)
    await ask(user)
    await take_back(user)
    await take_back(other)
    await harness.pass_time(app, DAY)
    assert smtp_server.accepted == []


@WAYS_OUT
async def test_mails_that_never_left_use_up_nothing_of_a_mailboxs_day(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp, leave: Leave
) -> None:
    for number in range(3):
        attacker = harness.user(app, f"attacker {number}")
        smtp_server.fault(Phase.RCPT, reply(451, "4.7.1"), times=1)
        await ask(attacker)
        await leave(attacker)
        harness.clock.advance(HOUR)
    await ask(user)
    [_] = [each for each in smtp_server.accepted if each.recipients == (VICTIM,)]


async def test_mails_that_went_count_although_who_asked_is_erased(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    attacker = harness.user(app, "attacker")
    await ask(attacker)
    await vanish(attacker)
    await ask(user)
    assert len(smtp_server.accepted) == 1


async def test_the_digits_of_a_mail_work_although_who_asked_for_it_is_erased(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    attacker = harness.user(app, "attacker")
    await ask(attacker)
    await ask(user)
    await vanish(attacker)
    [answer, *_] = await user.say(code_in(smtp_server.accepted[0]))
    assert answer.text == told("confirm-confirmed", address=VICTIM)
