"""Another address for one letter: long after it was sealed, and after a refusal."""

from datetime import timedelta

from bot.app import App
from tests.support.app import FakeUser, Harness
from tests.support.mails import CONFIRM, is_confirmation, link_in
from tests.support.rows import count
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, texts, told

OLD, NEW = "old@example.com", "new@example.com"
DAY, WEEK = timedelta(days=1), timedelta(days=7)


async def ask(user: FakeUser, number: str = "1") -> None:
    """Ask for another address of one's letter."""
    await user.say("/letters")
    await user.press(number)
    await user.press(told("button-address"))


def letters_to(smtp_server: ScriptedSmtp, address: str) -> int:
    return sum(
        mail.recipients == (address,) and not is_confirmation(mail) for mail in smtp_server.accepted
    )


async def test_the_question_has_no_buttons_once_an_address_is_typed(
    user: FakeUser,
) -> None:
    await user.has_confirmed(NEW)
    await user.seal("Run", OLD)
    await ask(user)
    asked = user.heard[-1]
    assert NEW in labels([asked])
    await user.say(NEW)
    assert labels([each for each in user.heard if each.id == asked.id]) == []


async def test_asked_anew_it_stands_once(user: FakeUser) -> None:
    await user.seal("Run", OLD)
    for _ in range(2):
        await ask(user)
    assert texts(user.heard).count(told("ask-letter-address")) == 1


async def test_one_letter_goes_elsewhere_and_the_others_stay(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.has_confirmed(NEW)
    await user.seal("Run", OLD)
    await user.seal("Read", OLD)
    await harness.pass_time(app, DAY)
    await ask(user)
    await user.say(NEW)
    assert user.heard[-1].text == told("letter-address-changed", address=NEW)
    await harness.pass_time(app, WEEK)
    assert [letters_to(smtp_server, each) for each in (OLD, NEW)] == [1, 1]


async def test_to_an_unconfirmed_one_it_waits_until_that_is_confirmed(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("Run", OLD)
    await harness.pass_time(app, 6 * DAY)
    await ask(user)
    await user.say(NEW)
    await harness.pass_time(app, 2 * DAY)
    assert letters_to(smtp_server, NEW) == letters_to(smtp_server, OLD) == 0
    [mail] = [each for each in smtp_server.accepted if is_confirmation(each)]
    await user.open(link_in(mail, CONFIRM))
    await app.settle()
    assert letters_to(smtp_server, NEW) == 1


async def test_what_was_refused_goes_to_the_new_address(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.has_confirmed(NEW)
    await user.seal("Run", OLD)
    async with app.database.transaction() as tx:
        await tx.run(
            "UPDATE deliveries SET state = 'failed', reason = '5.1.1', failed_at = due_at"
            " WHERE day = 7 AND channel = 'email'"
        )
    await harness.pass_time(app, 8 * DAY)
    await ask(user)
    await user.say(NEW)
    await app.settle()
    assert letters_to(smtp_server, NEW) == 1
    await harness.pass_time(app, 22 * DAY)
    assert letters_to(smtp_server, NEW) == 2


async def test_what_has_arrived_does_not_come_again(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.has_confirmed(NEW)
    await user.seal("Run", OLD)
    await harness.pass_time(app, 8 * DAY)
    await ask(user)
    await user.say(NEW)
    await harness.pass_time(app, 22 * DAY)
    assert [letters_to(smtp_server, each) for each in (OLD, NEW)] == [1, 1]


async def test_a_letter_for_the_chat_alone_gets_its_first(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.has_confirmed(NEW)
    await user.write("Run")
    await user.press(told("button-just-here"))
    await harness.pass_time(app, DAY)
    await ask(user)
    await user.say(NEW)
    for days in (6, 23):
        await harness.pass_time(app, days * DAY)
    assert letters_to(smtp_server, NEW) == 2


async def test_a_letter_can_come_in_the_chat_alone_from_now_on(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("Run", OLD)
    await harness.pass_time(app, DAY)
    await ask(user)
    await user.press(told("button-just-here"))
    assert user.heard[-1].text == told("letter-just-here")
    await harness.pass_time(app, WEEK)
    assert letters_to(smtp_server, OLD) == 0
    assert "Run" in user.heard[-1].text


async def test_nobody_sends_anothers_letter_elsewhere(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.seal("Run", OLD)
    [row] = await app.database.reader.all("SELECT message_id FROM letters")
    other = harness.user(app, "other")
    await other.say("/letters")
    await other.forge(f"letters:address:{row['message_id']}")
    assert other.heard[-1].text.endswith(told("letters-none"))
    assert await count(app.database, "drafts") == 0
