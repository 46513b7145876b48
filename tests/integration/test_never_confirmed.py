"""Who never confirms an address is asked about it once, and may say that here is fine."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.local.messages import Message
from bot.locales import Catalog
from tests.support.app import FakeUser, Harness
from tests.support.mails import CONFIRM, link_in, text_of
from tests.support.rows import count
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, texts, told

ADDRESS, OTHER = "me@example.com", "other@example.com"
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
ASKED = told("address-unconfirmed", address=ADDRESS)
FINE, AGAIN = "button-here-is-fine", "button-send-mail-again"


async def seal(user: FakeUser, words: str = "Run") -> list[Message]:
    """Seal a letter to the address, which isn't confirmed."""
    return await user.seal(words, ADDRESS, confirmed=False)


def asked(user: FakeUser) -> int:
    """Return how often somebody was asked about the address."""
    return texts(user.heard).count(ASKED)


async def test_a_day_later_it_is_asked_once_and_never_again(
    harness: Harness, app: App, speech: Catalog
) -> None:
    user = harness.user(app, language=speech.language)
    await seal(user)
    await harness.pass_time(app, DAY - MINUTE)
    question = speech.say("address-unconfirmed", address=ADDRESS)
    assert question not in texts(user.heard)
    await harness.pass_time(app, MINUTE)
    assert user.heard[-1].text == question
    assert labels(user.heard[-1:]) == [
        speech.say(each) for each in (AGAIN, "button-change-it", FINE)
    ]
    await seal(user, "Read")
    for _ in range(40):
        await harness.pass_time(app, DAY)
    assert texts(user.heard).count(question) == 1
    assert texts(user.heard).count(speech.say("mail-not-sent")) == 1


async def test_the_first_letter_without_its_mail_says_so_and_can_be_confirmed_then(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    await harness.pass_time(app, 7 * DAY)
    assert user.heard[-1].text == told("mail-not-sent")
    assert "Run" in user.heard[-2].text
    [sent] = await user.press(told("button-confirm-now"))
    assert sent.text == told("confirm-sent", address=ADDRESS)
    await user.open(link_in(smtp_server.accepted[-1], CONFIRM))
    await app.settle()
    mail = text_of(smtp_server.accepted[-1])
    assert told("mail-reminder-waited", due="Thu, Jan 8, 6 PM") not in mail  # due an instant ago


async def test_a_mail_that_waited_for_its_person_is_not_apologised_for(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    await harness.pass_time(app, 8 * DAY)
    await user.say("/confirm")
    await user.open(link_in(smtp_server.accepted[-1], CONFIRM))
    await app.settle()
    mail = text_of(smtp_server.accepted[-1])
    assert told("mail-reminder-waited", due="Thu, Jan 8, 6 PM") in mail
    assert "Sorry" not in mail


async def test_of_a_confirmed_address_nothing_is_said(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.seal("Run", ADDRESS)
    await harness.pass_time(app, 30 * DAY)
    assert told("mail-not-sent") not in texts(user.heard)


async def test_two_letters_to_it_ask_once(harness: Harness, app: App, user: FakeUser) -> None:
    await seal(user)
    harness.clock.advance(timedelta(hours=5))
    await seal(user, "Read")
    for _ in range(3):
        await harness.pass_time(app, DAY)
    assert asked(user) == 1


@pytest.mark.parametrize("way", ["confirmed", "changed", "taken back", "just here", "deleted"])
async def test_who_has_settled_it_is_not_asked(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp, way: str
) -> None:
    await seal(user)
    match way:
        case "confirmed":
            await user.open(link_in(smtp_server.accepted[0], CONFIRM))
        case "changed":
            await user.has_confirmed(OTHER)
            await user.press(told("button-wrong-address"))
            await user.say(OTHER)
        case "taken back":
            await user.press(told("button-take-back"))
        case "just here":
            await user.press(told("button-change-its-address"))
            await user.press(told("button-just-here"))
        case "deleted":
            await user.say("/delete")
            await user.press(told("button-delete"))
    await harness.pass_time(app, 2 * DAY)
    assert asked(user) == 0


async def test_just_here_is_fine_and_no_mail_is_waited_for(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    await harness.pass_time(app, DAY)
    question = user.heard[-1]
    [settled] = await user.press(told(FINE))
    assert (settled.id, settled.text, settled.buttons) == (question.id, told("just-here-then"), ())
    assert await count(app.database, "deliveries WHERE channel = 'email' AND state = 'held'") == 0
    assert labels(user.heard) == []
    await user.open(link_in(smtp_server.accepted[0], CONFIRM))
    mails = len(smtp_server.accepted)
    await harness.pass_time(app, 30 * DAY)
    assert len(smtp_server.accepted) == mails
    assert "Run" in user.heard[-2].text or "Run" in user.heard[-1].text


async def test_the_mail_is_sent_again_in_the_questions_place(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    await harness.pass_time(app, DAY)
    question = user.heard[-1]
    [sent] = await user.press(told(AGAIN))
    assert (sent.id, sent.text) == (question.id, told("confirm-sent", address=ADDRESS))
    await user.open(link_in(smtp_server.accepted[-1], CONFIRM))
    await harness.pass_time(app, 6 * DAY)
    assert "Run" in str(smtp_server.accepted[-1].message)


async def test_that_here_is_fine_does_nothing_to_a_confirmed_or_anothers_address(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("Run", ADDRESS)
    other = harness.user(app, "other")
    await other.say("/start")
    assert texts(await user.forge("address:withdraw:1")) == [told("confirm-already")]
    assert texts(await other.forge("address:withdraw:1")) == [told("stale-press")]
    assert await count(app.database, "deliveries") == 4
