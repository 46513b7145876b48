"""Each channel repairs the other, and what neither can repair is in the operator's report."""

from datetime import timedelta

from bot.letters import Channel, State
from bot.local.messages import Button, Message
from bot.messages.address_wanted import CHANGE_ADDRESS
from bot.messages.mail_failed import MailGivenUp
from bot.store import people, suppressions
from bot.store.mailboxes import mailbox_key
from tests.support.delivery_side import ADMIN, Lanes
from tests.support.sealed_letters import DAY_7, SEOUL, WORDS
from tests.support.smtp import Phase, reply
from tests.support.smtpd import ScriptedSmtp
from tests.support.telegram import ScriptedTelegram

DAY = timedelta(days=1)
MINUTES = timedelta(minutes=20)
BLOCKED = {"description": "Forbidden: bot was blocked by the user"}
HOW_TO_COME_BACK = "reach you on Telegram right now"


def notes_to(telegram: ScriptedTelegram, person_id: int) -> list[Message]:
    return [each for each in telegram.messages if each.chat_id == person_id]


def address_notes(telegram: ScriptedTelegram) -> list[Message]:
    """Return what the first person was told about an address: all but the reminders."""
    return [each for each in notes_to(telegram, 1) if WORDS not in each.text]


def mail_says(server: ScriptedSmtp, number: int, words: str) -> bool:
    """Return whether both parts of an accepted mail hold some words."""
    parts = list(server.accepted[number].message.iter_parts())
    return all(words in part.get_content().replace("&#39;", "'") for part in parts)


async def suppress(lanes: Lanes, address: str) -> None:
    """Let an address's holder want no mail any more: it fails at once, and for certain."""
    async with lanes.database.transaction() as tx:
        await suppressions.suppress(tx, mailbox_key(tx.vault, address), lanes.clock.now())


async def test_a_refused_address_is_told_in_the_chat_with_a_button_to_give_another(
    lanes: Lanes, telegram: ScriptedTelegram, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.refuse("person1@example.com", 550, "5.1.1")
    await lanes.seal()
    await lanes.sweep()
    await lanes.pass_time(3 * DAY, step=MINUTES)
    row = await lanes.database.reader.one("SELECT id, refused_at FROM addresses")
    assert row is not None
    assert row["refused_at"] is not None
    [note] = address_notes(telegram)
    assert "person1@example.com" in note.text
    data = CHANGE_ADDRESS.data(row["id"])
    assert note.buttons == ((Button(label="Give another address", data=data),),)


async def test_two_letters_refused_at_one_address_are_one_note(
    lanes: Lanes, telegram: ScriptedTelegram, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.refuse("person1@example.com", 550, "5.1.1")
    await lanes.seal()
    await lanes.seal()
    await lanes.sweep()
    await lanes.pass_time(3 * DAY, step=MINUTES)
    mails = await lanes.rows_of(Channel.EMAIL)
    assert [mail.state for mail in mails] == [State.FAILED] * 2
    assert len(address_notes(telegram)) == 1


async def test_an_address_that_takes_mail_again_is_no_longer_refused(
    lanes: Lanes, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.refuse("person1@example.com", 550, "5.1.1")
    await lanes.seal()
    await lanes.sweep()
    await lanes.pass_time(3 * DAY, step=MINUTES)
    smtp_server.heal()
    await lanes.seal()
    await lanes.sweep()
    row = await lanes.database.reader.one("SELECT refused_at FROM addresses")
    assert row is not None
    assert row["refused_at"] is None


async def test_the_next_mail_to_a_person_who_blocked_the_bot_says_how_to_come_back(
    lanes: Lanes, telegram: ScriptedTelegram, smtp_server: ScriptedSmtp
) -> None:
    telegram.fail_next("sendMessage", 403, BLOCKED)
    await lanes.seal(days=(7, 30))
    await lanes.sweep()
    assert (await lanes.rows_of(Channel.CHAT))[0].reason == "telegram-403"
    await lanes.pass_time(timedelta(days=23), step=23 * DAY)
    assert len(smtp_server.accepted) == 2
    assert mail_says(smtp_server, 1, HOW_TO_COME_BACK)


async def test_speaking_again_is_coming_back(
    lanes: Lanes, telegram: ScriptedTelegram, smtp_server: ScriptedSmtp
) -> None:
    telegram.fail_next("sendMessage", 403, BLOCKED)
    await lanes.seal(days=(7, 30))
    await lanes.sweep()
    async with lanes.database.transaction() as tx:
        await people.upsert_person(tx, 1, language="en", zone=SEOUL, now=lanes.clock.now())
    await lanes.pass_time(timedelta(days=23), step=23 * DAY)
    assert len(notes_to(telegram, 1)) == 1
    assert not mail_says(smtp_server, 1, HOW_TO_COME_BACK)


async def test_what_failed_on_both_channels_is_counted_in_the_days_report(
    lanes: Lanes, telegram: ScriptedTelegram
) -> None:
    telegram._state.blocked_by |= {1, 2}
    for person_id in (1, 2):
        await lanes.seal(person_id)
        await suppress(lanes, f"person{person_id}@example.com")
    await lanes.sweep()
    assert not telegram.messages
    await lanes.seal(3)
    await lanes.sweep()
    await lanes.reporter.report()
    await lanes.lane_runner.idle()
    [report] = notes_to(telegram, ADMIN)
    assert "reminders that failed on both channels: 2" in report.text
    assert "2 deliveries sent, 6 failed" in report.text


async def test_a_day_has_one_report_however_often_the_job_runs(
    lanes: Lanes, telegram: ScriptedTelegram
) -> None:
    for _ in range(3):
        await lanes.reporter.report()
        await lanes.sweep()
    lanes.clock.advance(timedelta(minutes=5))
    await lanes.reporter.report()
    await lanes.sweep()
    assert len(notes_to(telegram, ADMIN)) == 1
    lanes.clock.advance(DAY)
    await lanes.reporter.report()
    await lanes.sweep()
    assert len(notes_to(telegram, ADMIN)) == 2


async def test_the_report_names_the_lane_that_stands_still(
    lanes: Lanes, telegram: ScriptedTelegram, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.fault(Phase.GREETING, reply(421))
    await lanes.seal()
    await lanes.sweep()
    await lanes.reporter.report()
    await lanes.sweep()
    [report] = notes_to(telegram, ADMIN)
    assert "Mail (smtp-421@greeting)" in report.text
    assert "1 overdue" in report.text


async def test_content_that_no_server_takes_is_told_in_the_chat(
    lanes: Lanes, telegram: ScriptedTelegram, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.fault(Phase.FINAL_DOT, reply(554, "5.6.0"), times=1)
    await lanes.seal()
    await lanes.sweep()
    await lanes.seal(2)
    await lanes.sweep()
    smtp_server.fault(Phase.FINAL_DOT, reply(554, "5.6.0"), times=1)
    await lanes.pass_time(timedelta(minutes=1))
    assert (await lanes.row_of(Channel.CHAT, MailGivenUp.kind)).state is State.SENT
    [note] = address_notes(telegram)
    assert "days" not in note.text  # it was tried for a minute


async def test_a_failed_note_makes_no_further_notes(
    lanes: Lanes, telegram: ScriptedTelegram
) -> None:
    for _ in range(2):
        telegram.fail_next("sendMessage", 403, BLOCKED)
    await lanes.seal(sealed_at=lanes.clock.now() - DAY_7)
    await suppress(lanes, "person1@example.com")
    await lanes.pass_time(timedelta(hours=1))
    rows = await lanes.database.reader.all("SELECT kind, state FROM deliveries ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("reminder", "failed"),
        ("reminder", "failed"),
        ("address-stopped", "failed"),
    ]
