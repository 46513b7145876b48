"""What is said of an address that isn't confirmed: one message, edited until it is settled."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.local.messages import Message
from bot.locales import Catalog
from tests.support.app import FakeUser, Harness
from tests.support.mails import CONFIRM, code_in, link_in
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, texts, told

ADDRESS = "me@example.com"
HOUR = timedelta(hours=1)
NO_MAIL, WRONG, AGAIN = "button-no-mail", "button-wrong-address", "button-confirm-again"
SENT = told("confirm-sent", address=ADDRESS)
CONFIRMED = told("confirm-confirmed", address=ADDRESS)


async def seal(user: FakeUser, words: str = "Run") -> list[Message]:
    """Seal a letter to the address, which isn't confirmed."""
    return await user.seal(words, ADDRESS, confirmed=False)


def about(user: FakeUser) -> list[Message]:
    """Return what is said of the address, apart from what is said of letters."""
    return [each for each in user.heard if ADDRESS in each.text and "💌" not in each.text]


async def test_it_is_a_message_of_its_own_beside_that_of_the_letter(
    harness: Harness, app: App, speech: Catalog
) -> None:
    user = harness.user(app, language=speech.language)
    sealed, asked = await seal(user)
    assert ADDRESS not in sealed.text
    assert asked.text == speech.say("confirm-sent", address=ADDRESS)
    assert [[each.label for each in row] for row in asked.buttons] == [
        [speech.say(NO_MAIL), speech.say(WRONG)]
    ]


async def test_a_letter_soon_after_is_covered_by_the_mail_that_went(
    harness: Harness, app: App, speech: Catalog, smtp_server: ScriptedSmtp
) -> None:
    user = harness.user(app, language=speech.language)
    await seal(user)
    harness.clock.advance(HOUR - timedelta(minutes=1))
    await seal(user, "Read")
    moment = speech.time(app.clock.now() - HOUR + timedelta(minutes=1), app._settings.zone)
    covered = speech.say("confirm-covers", address=ADDRESS, moment=moment)
    assert texts(about(user)) == [covered]
    assert user.heard[-1].text == covered
    await harness.pass_time(app, 2 * HOUR)
    assert len(smtp_server.accepted) == 1
    await user.open(link_in(smtp_server.accepted[0], CONFIRM))
    await harness.pass_time(app, timedelta(days=7))
    assert len(smtp_server.accepted) == 3


async def test_a_letter_an_hour_later_has_a_mail_of_its_own(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    await harness.pass_time(app, HOUR)
    await seal(user, "Read")
    assert texts(about(user)) == [SENT]
    assert len(smtp_server.accepted) == 2


async def test_another_mail_is_offered_for_when_it_can_go_and_goes_by_itself(
    harness: Harness, app: App, speech: Catalog, smtp_server: ScriptedSmtp
) -> None:
    user = harness.user(app, language=speech.language)
    _, asked = await seal(user)
    moment = speech.time(app.clock.now() + HOUR, app._settings.zone)
    when = speech.say("at-time", time=moment)
    later = speech.say("button-confirm-later", when=when)
    harness.clock.advance(timedelta(minutes=20))
    [where] = await user.press(speech.say(NO_MAIL))
    assert where.id == asked.id
    assert labels([where]) == [later, speech.say(WRONG)]
    [promised] = await user.press(later)
    assert promised.id == asked.id
    assert promised.text == speech.say("confirm-waits", address=ADDRESS, when=when)
    assert labels([promised]) == [speech.say(WRONG)]
    await user.say("/confirm")
    assert texts(about(user)) == [promised.text]
    assert len(smtp_server.accepted) == 1
    await harness.pass_time(app, timedelta(minutes=39))
    assert len(smtp_server.accepted) == 1
    await harness.pass_time(app, timedelta(minutes=1))
    assert len(smtp_server.accepted) == 2
    await harness.pass_time(app, timedelta(days=1))
    assert len(smtp_server.accepted) == 2


async def test_after_the_hour_another_mail_is_sent_at_once(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    _, asked = await seal(user)
    await harness.pass_time(app, HOUR)
    [where] = await user.press(told(NO_MAIL))
    assert labels([where]) == [told(AGAIN), told(WRONG)]
    [sent] = await user.press(told(AGAIN))
    assert (sent.id, sent.text) == (asked.id, SENT)
    assert len(smtp_server.accepted) == 2


async def test_a_mail_promised_to_an_address_that_was_changed_is_no_obstacle(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    await user.press(told(NO_MAIL))
    await user.press(told("button-confirm-later", when="").strip())
    await user.press(told(WRONG))
    await user.say("other@example.com")
    await harness.pass_time(app, 2 * HOUR)
    await seal(user, "Read")
    assert [mail.recipients for mail in smtp_server.accepted] == [
        (ADDRESS,),
        ("other@example.com",),
        (ADDRESS,),
    ]


@pytest.mark.parametrize("way", ["code", "link"])
async def test_it_says_in_place_that_the_address_is_confirmed(
    app: App, user: FakeUser, smtp_server: ScriptedSmtp, way: str
) -> None:
    _, asked = await seal(user)
    [mail] = smtp_server.accepted
    act = user.say(code_in(mail)) if way == "code" else user.open(link_in(mail, CONFIRM))
    [settled] = await act
    assert (settled.id, settled.text, settled.buttons) == (asked.id, CONFIRMED, ())


async def test_what_is_out_of_sight_is_said_anew_and_not_twice(
    user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await seal(user)
    await user.say("/help")
    await user.say(code_in(smtp_server.accepted[0]))
    assert user.heard[-1].text == CONFIRMED
    assert texts(about(user)) == [CONFIRMED]


async def test_what_is_settled_stays_so(user: FakeUser, smtp_server: ScriptedSmtp) -> None:
    await seal(user)
    link = link_in(smtp_server.accepted[0], CONFIRM)
    await user.open(link)
    already = told("confirm-already")
    assert texts(await user.open(link)) == [already]
    row = user.heard[-1].id
    for data in ("confirm:1", "spam:1"):
        assert texts(await user.forge(data)) == [already]
    assert user.heard[-1].id > row
    assert len(smtp_server.accepted) == 1
