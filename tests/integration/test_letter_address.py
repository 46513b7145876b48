"""Another address for one letter: long after it was sealed, and after a refusal."""

from datetime import timedelta

from bot.app import App
from bot.locales import Catalog
from bot.store import addresses
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


async def refuse(app: App, address: str) -> None:
    """Let an address be one that its mail server refuses."""
    async with app.database.transaction() as tx:
        for row in await tx.all("SELECT * FROM addresses"):
            if addresses.Address.from_row(row, tx.vault).address == address:
                await addresses.note_refusal(tx, row["id"], app.clock.now(), dead=True)


async def test_of_a_refused_address_the_list_says_so(
    harness: Harness, app: App, speech: Catalog
) -> None:
    user = harness.user(app, language=speech.language)
    await user.seal("Run", OLD, confirmed=False)
    await refuse(app, OLD)
    [listed] = await user.say("/letters")
    assert speech.say("letters-next-refused", date="§").partition("§")[2] in listed.text
    [page] = await user.press("1")
    assert page.text.count(speech.say("standing-refused")) == 2
    [shown] = await user.say("/settings")
    assert speech.say("settings-refused", address=OLD) in shown.text


async def test_a_letter_that_has_ended_goes_nowhere_else(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.seal("Run", OLD)
    await user.say("/letters")
    [page] = await user.press("1")
    [data] = [b.data for row in page.buttons for b in row if b.label == told("button-address")]
    for days in (7, 23):
        await harness.pass_time(app, days * DAY)
    [page] = await user.forge(str(data))
    assert page.text.startswith(told("letter-address-too-late"))
    assert told("button-address") not in labels([page])
    assert await count(app.database, "drafts") == 0


async def test_but_what_was_refused_of_it_can_still_come(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.has_confirmed(NEW)
    await user.seal("Run", OLD)
    async with app.database.transaction() as tx:
        await tx.run(
            "UPDATE deliveries SET state = 'failed', reason = '5.1.1', failed_at = due_at"
            " WHERE channel = 'email'"
        )
    for days in (7, 23):
        await harness.pass_time(app, days * DAY)
    await ask(user)
    await user.say(NEW)
    await app.settle()
    assert letters_to(smtp_server, NEW) == 2


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
