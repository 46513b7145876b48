"""A confirmation mail that a cap keeps back goes in turn, once, unasked; nobody is locked out."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.messages.address_wanted import CHANGE_ADDRESS
from bot.store import confirmation_turns
from bot.store.confirmation_queue import WAIT_LIFE
from tests.support.app import FakeUser, Harness
from tests.support.mails import CONFIRM, STOP, is_confirmation, link_in
from tests.support.rows import contents
from tests.support.smtp import Phase, reply
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import told

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
VICTIM = "victim@gmail.com"
SPELLINGS = (
    ("victim@gmail.com", "v.ictim@gmail.com", "vi.ctim+a@googlemail.com", "VICTIM+b@gmail.com"),
    ("victim@hanmail.net", "victim@daum.net", "v.ictim@hanmail.net", "victim+a@daum.net"),
    ("victim@icloud.com", "victim@me.com", "victim+a@mac.com", "v.ictim@me.com"),
    ("vic-tim@proton.me", "victim@pm.me", "vic.tim+a@protonmail.com", "vic_tim@protonmail.ch"),
    ("vic-tim@yandex.ru", "vic.tim@ya.ru", "vic.tim@yandex.com", "victim+a@yandex.kz"),
    (
        "victim@fastmail.com",
        "a@victim.fastmail.com",
        "victim+b@fastmail.com",
        "v.ictim@fastmail.com",
    ),
    ("straße@firma.de", "strasse@firma.de", "Strasse+a@firma.de", "str.asse@firma.de"),
)


async def ask(user: FakeUser, address: str) -> None:
    """Seal a letter to an address not yet confirmed."""
    await user.seal("words", address, confirmed=False)


def recipients(server: ScriptedSmtp) -> list[str]:
    return [mail.recipients[0] for mail in server.accepted]


async def waiting(app: App) -> int:
    row = await app.database.reader.row(
        "SELECT count(*) AS mails FROM deliveries WHERE state = 'held' AND kind = 'confirmation'"
    )
    return int(row["mails"])


@pytest.mark.parametrize("spellings", SPELLINGS, ids=lambda each: each[0])
async def test_all_spellings_of_a_victims_mailbox_share_a_cap(
    harness: Harness, app: App, smtp_server: ScriptedSmtp, spellings: tuple[str, ...]
) -> None:
    for number, address in enumerate((*spellings, *spellings)):
        await ask(harness.user(app, f"account {number}"), address)
    assert len(smtp_server.accepted) == 1


async def test_one_account_asking_hourly_keeps_a_victim_from_nothing(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    attacker = harness.user(app, "attacker")
    await ask(attacker, VICTIM)
    for hour in range(6):
        await harness.pass_time(app, HOUR - MINUTE)
        if hour == 2:
            await ask(user, VICTIM)
            [answer] = await user.open(link_in(smtp_server.accepted[-1], CONFIRM))
            assert answer.text == told("confirm-confirmed", address=VICTIM)
        await harness.pass_time(app, MINUTE)
        await attacker.say("/confirm")


async def test_one_account_asking_for_other_spellings_delays_a_victim_to_the_next_turn(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    attacker = harness.user(app, "attacker")
    for address in ("v.ictim@gmail.com", "vi.ctim@gmail.com", "vic.tim@gmail.com"):
        await ask(attacker, address)
    await ask(user, VICTIM)
    assert recipients(smtp_server) == ["v.ictim@gmail.com"]
    harness.clock.advance(HOUR)
    await ask(attacker, "vict.im@gmail.com")  # at the very moment at which there is room
    assert recipients(smtp_server)[1:] == [VICTIM]


async def test_accounts_that_ask_for_other_spellings_daily_are_not_before_a_victim_for_ever(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    attackers = [harness.user(app, f"account {number}") for number in range(12)]
    for _ in range(6):
        for number, attacker in enumerate(attackers):
            for place in range(2):
                await ask(attacker, f"victim+{number}x{place}@gmail.com")
        await ask(user, VICTIM)
        for _ in range(3):
            await harness.pass_time(app, 8 * HOUR)
    assert VICTIM in recipients(smtp_server)


async def test_twenty_accounts_keep_nobody_new_from_a_large_providers_mailbox(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    for number in range(20):
        account = harness.user(app, f"account {number}")
        for place in range(10):
            await ask(account, f"stranger{number}x{place}@gmail.com")
    before = len(smtp_server.accepted)
    assert before <= 80
    await ask(user, VICTIM)
    assert recipients(smtp_server)[before:] == [VICTIM]


async def test_where_newcomers_have_used_up_their_part_who_is_known_goes_at_once(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    harness.environ = {"CAP_MAILS_DOMAIN_HOUR": "6"}
    async with harness.app() as app:
        for number in range(10):
            await ask(harness.user(app, f"account {number}"), f"stranger{number}@gmail.com")
        assert len(smtp_server.accepted) == 3
        known = harness.user(app, "known")
        await known.has_confirmed("known@example.org")
        await ask(known, VICTIM)
        assert recipients(smtp_server)[3:] == [VICTIM]


async def test_it_is_the_turn_of_who_had_the_fewest_then_of_who_waits_the_longest(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    harness.environ = {"CAP_MAILS_DOMAIN_HOUR": "2"}
    async with harness.app() as app:
        greedy, late, later = (harness.user(app, name) for name in ("greedy", "late", "later"))
        for number in range(4):
            await ask(greedy, f"greedy{number}@gmail.com")
        harness.clock.advance(MINUTE)
        await ask(late, "late0@gmail.com")
        await ask(late, "late1@gmail.com")
        harness.clock.advance(MINUTE)
        await ask(later, "later@gmail.com")
        for _ in range(6):
            await harness.pass_time(app, HOUR)
        assert recipients(smtp_server) == [
            "greedy0@gmail.com",
            "late0@gmail.com",
            "later@gmail.com",
            "greedy1@gmail.com",
            "late1@gmail.com",
            "greedy2@gmail.com",
            "greedy3@gmail.com",
        ]


async def test_one_mail_serves_all_who_wait_for_one_at_that_address(
    harness: Harness, app: App, smtp_server: ScriptedSmtp
) -> None:
    users = [harness.user(app, f"user {number}") for number in range(5)]
    for user in users:
        await ask(user, VICTIM)
    assert len(smtp_server.accepted) == 1
    await harness.pass_time(app, HOUR)
    assert len(smtp_server.accepted) == 2
    await harness.pass_time(app, 4 * DAY)
    assert len(smtp_server.accepted) == 2
    assert await waiting(app) == 0


async def test_what_waits_goes_once_however_often_it_is_asked_for(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await ask(user, VICTIM)
    for _ in range(20):
        await user.say("/confirm")
    assert await waiting(app) == 1
    row = await app.database.reader.row("SELECT count(*) AS rows FROM confirmations")
    assert row["rows"] == 2
    for hours, mails in ((1, 2), (1, 2), (22, 2), (100, 2)):
        await harness.pass_time(app, hours * HOUR)
        assert len(smtp_server.accepted) == mails


async def test_what_waits_outlives_a_restart(harness: Harness, smtp_server: ScriptedSmtp) -> None:
    async with harness.app() as app:
        await ask(harness.user(app, "other"), VICTIM)
        await ask(harness.user(app), "v.ictim@gmail.com")
    harness.clock.advance(HOUR)
    async with harness.app() as app:
        await app.settle()
        assert recipients(smtp_server) == [VICTIM, "v.ictim@gmail.com"]


async def test_the_sweep_lets_go_what_waits(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await ask(harness.user(app, "other"), VICTIM)
    await ask(user, "v.ictim@gmail.com")
    harness.clock.advance(HOUR)
    await app.jobs.sweep()
    await app.lane_runner.idle()
    assert recipients(smtp_server) == [VICTIM, "v.ictim@gmail.com"]


async def test_nothing_waits_for_ever(harness: Harness, smtp_server: ScriptedSmtp) -> None:
    harness.environ = {"CAP_MAILS_ADDRESS_DAY": "1"}
    async with harness.app() as app:
        for number in range(10):
            user = harness.user(app, f"user {number}")
            await ask(user, f"v{'.' * (number > 0)}ictim+{number}@gmail.com")
        for _ in range(WAIT_LIFE // DAY + 1):
            await harness.pass_time(app, DAY)
        assert await waiting(app) == 0
        assert len(smtp_server.accepted) == 1 + WAIT_LIFE // DAY


async def test_a_mail_is_waited_for_no_more_once_the_address_is_confirmed(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await ask(user, VICTIM)
    await user.say("/confirm")
    assert await waiting(app) == 1
    await user.open(link_in(smtp_server.accepted[0], CONFIRM))
    assert await waiting(app) == 0
    await harness.pass_time(app, DAY)
    assert len(smtp_server.accepted) == 1


async def test_a_mail_to_an_address_that_was_wrong_is_waited_for_no_more(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await ask(harness.user(app, "other"), VICTIM)
    await ask(user, "v.ictim@gmail.com")
    row = await app.database.reader.row(
        "SELECT id FROM addresses WHERE person_id = :person", person=user.person.id
    )
    await user.forge(CHANGE_ADDRESS.data(row["id"]))
    await user.say("mine@example.com")
    await harness.pass_time(app, DAY)
    assert recipients(smtp_server) == [VICTIM, "mine@example.com"]


async def test_a_mail_is_waited_for_no_more_once_who_asked_is_erased(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await ask(harness.user(app, "other"), VICTIM)
    await ask(user, "v.ictim@gmail.com")
    await user.say("/delete")
    await user.press(told("button-delete"))
    await harness.pass_time(app, DAY)
    assert recipients(smtp_server) == [VICTIM]


async def test_nothing_that_waits_goes_to_a_mailbox_that_was_stopped_meanwhile(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    other = harness.user(app, "other")
    await ask(other, VICTIM)
    await ask(user, "v.ictim@gmail.com")
    await other.open(link_in(smtp_server.accepted[0], STOP))
    await other.press(told("button-stop"))
    await harness.pass_time(app, DAY)
    assert recipients(smtp_server) == [VICTIM]


async def test_after_an_outage_a_victim_gets_one_mail_however_many_were_asked_for(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    smtp_server.fault(Phase.RCPT, reply(451, "4.7.1"), times=40)
    for number in range(4):
        await ask(harness.user(app, f"user {number}"), VICTIM)
        await harness.pass_time(app, 2 * HOUR)
    smtp_server.heal()
    await harness.pass_time(app, 6 * HOUR)
    assert len(smtp_server.accepted) == 1


async def test_a_crowd_that_waits_keeps_nobody_waiting_who_asks_elsewhere(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    for number in range(3 * confirmation_turns.BATCH):
        account = harness.user(app, f"account {number}")
        await ask(account, f"victim+{number}@gmail.com")
    harness.clock.advance(HOUR)
    await ask(user, "me@example.com")
    await harness.pass_time(app, MINUTE)
    assert "me@example.com" in recipients(smtp_server)
    assert all(is_confirmation(mail) for mail in smtp_server.accepted)


async def test_a_mail_that_has_not_left_goes_no_more_once_another_has_confirmed(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await ask(user, VICTIM)
    await harness.pass_time(app, HOUR)
    smtp_server.fault(Phase.RCPT, reply(451, "4.7.1"), times=1)
    await user.say("/confirm")
    await user.open(link_in(smtp_server.accepted[0], CONFIRM))
    await harness.pass_time(app, DAY)
    assert len(smtp_server.accepted) == 1


async def test_a_tap_of_somebody_who_never_spoke_leaves_nothing_of_them(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await ask(user, VICTIM)
    before = await contents(app.database.reader)
    stranger = harness.user(app, "stranger")
    [answer] = await stranger.open(link_in(smtp_server.accepted[0], CONFIRM))
    assert answer.text == told("confirm-not-yours")
    after = await contents(app.database.reader)
    assert {name for name in after if after[name] != before[name]} <= {"updates"}
