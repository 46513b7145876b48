"""Honest lateness: what is late says when it was due, and after an outage the oldest goes first."""

from datetime import timedelta
from email.message import EmailMessage

import pytest

from bot.delivery.lane import LaneSettings
from bot.local.telegram import Telegram
from bot.locales import Language, catalog
from tests.support.clock import ManualClock
from tests.support.post_office import Posting
from tests.support.sealed_letters import DAY_7, SEOUL
from tests.support.smtpd import ScriptedSmtp
from tests.support.street import Street, tuned

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    ("after", "late"),
    [
        (timedelta(), False),
        (2 * HOUR, False),
        (2 * HOUR + timedelta(seconds=1), True),
        (96 * HOUR, True),
    ],
    ids=str,
)
async def test_a_reminder_more_than_two_hours_late_says_when_it_was_due(
    office: Posting,
    telegram: Telegram,
    smtp_server: ScriptedSmtp,
    after: timedelta,
    language: Language,
    *,
    late: bool,
) -> None:
    due_at = office.clock.now()
    await office.seal(language=language)
    office.clock.advance(after)
    await office.sweep()
    due = catalog(language).date_and_time(due_at, SEOUL)
    [note] = telegram.messages
    [mail] = smtp_server.accepted
    assert (due in note.text) is late
    for part in mail.message.iter_parts():
        assert isinstance(part, EmailMessage)
        assert (due in part.get_content()) is late


async def test_a_reminder_that_is_days_late_says_how_old_its_letter_is_now(
    office: Posting, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    await office.seal(language=Language.EN)
    office.clock.advance(timedelta(days=2))
    await office.sweep()
    [note], [mail] = telegram.messages, smtp_server.accepted
    assert "📮 9 days ago" in note.text
    assert mail.message["Subject"] == "A letter from you, 9 days ago"


async def test_after_an_outage_the_oldest_goes_first_and_each_once(
    street: Street, clock: ManualClock, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    async with street.open(tuning=tuned(lane=LaneSettings(attempts=1))) as office:
        ages = {1: 5, 2: 90, 3: 41, 4: 1, 5: 60, 6: 18}  # hours overdue, by person
        for person_id, age in ages.items():
            await office.seal(person_id, sealed_at=clock.now() - DAY_7 - age * HOUR)
        await office.sweep()
        await office.sweep()
    oldest_first = sorted(ages, key=lambda person_id: -ages[person_id])
    assert [each.chat_id for each in telegram.messages] == oldest_first
    assert [mail.recipients for mail in smtp_server.accepted] == [
        (f"person{person_id}@example.com",) for person_id in oldest_first
    ]
