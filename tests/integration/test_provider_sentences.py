"""Each provider's sentence through the real lane: said of one address among many, and of all."""

from collections import Counter
from datetime import timedelta

import pytest

from bot.letters import Channel, State
from bot.local.telegram import Telegram
from bot.messages.address_wanted import AddressRefused
from bot.messages.mail_failed import MailGivenUp, MailInDoubt
from bot.store import addresses, confirmation_queue, people
from tests.support.app import Harness
from tests.support.caps import UNCAPPED
from tests.support.delivery_side import ADMIN, DeliveryRow, Lanes
from tests.support.faults import Fault
from tests.support.provider_replies import FULL, OPERATORS, RECIPIENTS, TOO_FAST, Quoted
from tests.support.sealed_letters import SEOUL
from tests.support.smtp import Phase, reply
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import told

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MANY = 7
SHE = "person3@example.com"


@pytest.fixture(autouse=True)
def _few_connections(harness: Harness) -> None:
    """Let few set out together: who follows shows that one alone is refused."""
    harness.environ = {**harness.environ, "SMTP_CONNECTIONS": "5"}


def to_operator(telegram: Telegram) -> list[str]:
    return [each.text for each in telegram.messages if each.chat_id == ADMIN]


async def complaints(lanes: Lanes) -> list[DeliveryRow]:
    """Return all that people were told of their mail."""
    kinds = (AddressRefused.kind, MailGivenUp.kind, MailInDoubt.kind)
    return [each for kind in kinds for each in await lanes.rows_of(Channel.CHAT, kind)]


def everyone_once(server: ScriptedSmtp) -> bool:
    took = Counter(recipient for mail in server.accepted for recipient in mail.recipients)
    return took == Counter(f"person{number}@example.com" for number in range(1, MANY + 1))


async def ask_many(lanes: Lanes) -> None:
    """Let many people give addresses that never took mail."""
    now = lanes.clock.now()
    async with lanes.database.transaction() as tx:
        for number in range(1, MANY + 1):
            await people.upsert_person(tx, number, language="en", zone=SEOUL, now=now)
            used = await addresses.use(tx, number, f"person{number}@example.com", now)
            await confirmation_queue.ask(tx, used, UNCAPPED, now)


@pytest.mark.parametrize("quoted", OPERATORS, ids=str)
async def test_what_the_operator_must_mend_said_of_all_costs_nobody_a_letter(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp, quoted: Quoted
) -> None:
    smtp_server.fault(quoted.phase, quoted.fault)
    await lanes.seal_many(MANY)
    await lanes.sweep()
    await lanes.pass_time(2 * HOUR, step=5 * MINUTE)
    assert not smtp_server.accepted
    [down] = to_operator(telegram)
    assert told(f"remedy-{quoted.cause}") in down
    assert quoted.words.split()[-1][:20] in down or "…" in down

    smtp_server.heal()
    await lanes.pass_time(17 * MINUTE)
    assert everyone_once(smtp_server)
    assert await complaints(lanes) == []
    assert to_operator(telegram) == [down, told("lane-mended", channel="Mail")]


@pytest.mark.parametrize("quoted", OPERATORS, ids=str)
async def test_what_the_operator_must_mend_said_of_one_address_costs_it_no_letter_either(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp, quoted: Quoted
) -> None:
    smtp_server.refusals[SHE] = quoted.fault
    await lanes.seal_many(MANY)
    await lanes.sweep()
    assert len(smtp_server.accepted) == MANY - 1
    for _ in range(4):
        await lanes.pass_time(30 * MINUTE, step=5 * MINUTE)
        await lanes.seal(8)
        await lanes.sweep()
    assert len(smtp_server.accepted) == MANY - 1 + 4
    assert lanes.health(Channel.EMAIL).trouble is None
    [held] = to_operator(telegram)
    assert told(f"remedy-{quoted.cause}") in held
    assert told("letter-refused-meanwhile") in held

    smtp_server.heal()
    await lanes.pass_time(31 * MINUTE)
    assert len(smtp_server.accepted) == MANY + 4
    assert await complaints(lanes) == []
    assert len(to_operator(telegram)) == 1


@pytest.mark.parametrize("quoted", RECIPIENTS, ids=str)
async def test_what_names_the_recipient_is_told_to_that_one_person_once(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp, quoted: Quoted
) -> None:
    smtp_server.refusals[SHE] = quoted.fault
    await ask_many(lanes)
    await lanes.sweep()
    [note] = await complaints(lanes)
    assert (note.kind, note.person_id, note.state) == (AddressRefused.kind, 3, State.SENT)
    await lanes.pass_time(HOUR)
    assert len(await complaints(lanes)) == 1
    assert len(smtp_server.accepted) == MANY - 1
    assert not to_operator(telegram)


@pytest.mark.parametrize("quoted", RECIPIENTS, ids=str)
async def test_what_names_the_recipient_said_of_all_is_told_to_nobody(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp, quoted: Quoted
) -> None:
    smtp_server.fault(quoted.phase, quoted.fault)
    await ask_many(lanes)
    await lanes.sweep()
    await lanes.pass_time(2 * HOUR, step=5 * MINUTE)
    [down] = to_operator(telegram)
    assert told("remedy-recipients") in down

    smtp_server.heal()
    await lanes.pass_time(HOUR)
    assert everyone_once(smtp_server)
    assert await complaints(lanes) == []


@pytest.mark.parametrize("quoted", [*FULL, *TOO_FAST], ids=str)
async def test_what_may_pass_is_tried_for_five_days_and_arrives_if_it_does(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp, quoted: Quoted
) -> None:
    smtp_server.refusals[SHE] = quoted.fault
    await lanes.seal_many(MANY)
    await lanes.sweep()
    await lanes.pass_time(2 * DAY, step=2 * HOUR)
    assert len(smtp_server.accepted) == MANY - 1
    smtp_server.heal()
    await lanes.pass_time(DAY, step=2 * HOUR)
    assert everyone_once(smtp_server)
    assert await complaints(lanes) == []
    assert not to_operator(telegram)


DAILY = reply(454, text="Throttling failure: Daily message quota exceeded")
RATE = reply(421, "4.7.28", text="mail from your IP address has been temporarily rate limited")


@pytest.mark.parametrize("no", [DAILY, RATE], ids=["SES", "Gmail"])
async def test_a_share_that_is_used_up_for_now_lets_the_lane_wait_and_is_told_if_it_lasts(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp, no: Fault
) -> None:
    smtp_server.fault(Phase.FINAL_DOT, no)
    await lanes.seal_many(MANY)
    await lanes.sweep()
    await lanes.pass_time(25 * MINUTE)
    assert not to_operator(telegram)
    await lanes.pass_time(2 * HOUR, step=5 * MINUTE)
    tries = [each for each in smtp_server.commands if each.startswith("MAIL")]
    assert MANY <= len(tries) <= 4 + 4 + 2 * 60 / 15 + 1  # at once; then after each pause
    [down] = to_operator(telegram)
    assert told("remedy-quota") in down
    smtp_server.heal()
    await lanes.pass_time(17 * MINUTE)
    assert everyone_once(smtp_server)
    assert await complaints(lanes) == []
    assert to_operator(telegram) == [down, told("lane-mended", channel="Mail")]


async def test_a_share_that_is_used_up_by_one_recipients_server_holds_up_nobody_else(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.refusals[SHE] = DAILY
    await lanes.seal_many(MANY)
    await lanes.sweep()
    assert len(smtp_server.accepted) == MANY - 1
    assert lanes.health(Channel.EMAIL).trouble is None
    await lanes.pass_time(HOUR)
    smtp_server.heal()
    await lanes.pass_time(31 * MINUTE)
    assert everyone_once(smtp_server)
    assert await complaints(lanes) == []


@pytest.mark.parametrize("quoted", FULL, ids=str)
async def test_a_mailbox_that_stays_full_is_told_of_once(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp, quoted: Quoted
) -> None:
    smtp_server.refusals[SHE] = quoted.fault
    await lanes.seal_many(MANY)
    await lanes.seal(3)
    await lanes.sweep()
    await lanes.pass_time(7 * DAY, step=2 * HOUR)
    [note] = await complaints(lanes)
    assert (note.kind, note.person_id) == (MailGivenUp.kind, 3)
    assert not to_operator(telegram)
