"""Whoever asks for a confirmation mail and erases themselves keeps no other from theirs."""

from datetime import timedelta

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


async def test_a_mail_that_serves_others_goes_although_who_asked_for_it_is_erased(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    attacker = harness.user(app, "attacker")
    smtp_server.fault(Phase.RCPT, reply(451, "4.7.1"), times=1)
    await ask(attacker)
    await ask(user)
    assert smtp_server.accepted == []
    await vanish(attacker)
    await harness.pass_time(app, HOUR)
    [mail] = smtp_server.accepted
    [answer, *_] = await user.open(link_in(mail, CONFIRM))
    assert answer.text == told("confirm-confirmed", address=VICTIM)


async def test_a_mail_that_serves_nobody_goes_no_more_once_who_asked_is_erased(
    harness: Harness, app: App, smtp_server: ScriptedSmtp
) -> None:
    attacker = harness.user(app, "attacker")
    smtp_server.fault(Phase.RCPT, reply(451, "4.7.1"), times=1)
    await ask(attacker)
    await vanish(attacker)
    await harness.pass_time(app, DAY)
    assert smtp_server.accepted == []


async def test_mails_that_never_left_use_up_nothing_of_a_mailboxs_day(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    for number in range(3):
        attacker = harness.user(app, f"attacker {number}")
        smtp_server.fault(Phase.RCPT, reply(451, "4.7.1"), times=1)
        await ask(attacker)
        await vanish(attacker)
        harness.clock.advance(HOUR)
    await ask(user)
    assert len(smtp_server.accepted) == 1


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
