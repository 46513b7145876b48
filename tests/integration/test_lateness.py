"""Honest lateness: what is late says when it was due, and after an outage the oldest goes first."""

from datetime import timedelta
from email.message import EmailMessage

import pytest

from bot.delivery.lane import LaneSettings
from bot.local.telegram import Telegram
from bot.locales import LANGUAGES, Language, catalog
from tests.support.app import Harness
from tests.support.clock import ManualClock
from tests.support.delivery_side import Lanes
from tests.support.languages import ENGLISH
from tests.support.sealed_letters import DAY_7, SEOUL
from tests.support.smtpd import ScriptedSmtp
from tests.support.tuning import tuned

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("language", LANGUAGES)
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
    lanes: Lanes,
    telegram: Telegram,
    smtp_server: ScriptedSmtp,
    after: timedelta,
    language: Language,
    *,
    late: bool,
) -> None:
    due_at = lanes.clock.now()
    await lanes.seal(language=language)
    lanes.clock.advance(after)
    await lanes.sweep()
    due = catalog(language).date_and_time(due_at, SEOUL, near=lanes.clock.now())
    [note] = telegram.messages
    [mail] = smtp_server.accepted
    assert (due in note.text) is late
    for part in mail.message.iter_parts():
        assert isinstance(part, EmailMessage)
        assert (due in part.get_content()) is late


async def test_a_reminder_that_is_days_late_says_how_old_its_letter_is_now(
    lanes: Lanes, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    await lanes.seal(language=ENGLISH)
    lanes.clock.advance(timedelta(days=2))
    await lanes.sweep()
    [note], [mail] = telegram.messages, smtp_server.accepted
    assert "📮 9 days ago" in note.text
    assert mail.message["Subject"] == "“매일 아침 달리기”: your letter, 9 days ago"


async def test_after_an_outage_the_oldest_goes_first_and_each_once(
    harness: Harness, clock: ManualClock, telegram: Telegram, smtp_server: ScriptedSmtp
) -> None:
    async with harness.lanes(tuning=tuned(lane=LaneSettings(attempts=1))) as lanes:
        ages = {1: 5, 2: 90, 3: 41, 4: 1, 5: 60, 6: 18}  # hours overdue, by person
        for person_id, age in ages.items():
            await lanes.seal(person_id, sealed_at=clock.now() - DAY_7 - age * HOUR)
        await lanes.sweep()
        await lanes.sweep()
    oldest_first = sorted(ages, key=lambda person_id: -ages[person_id])
    assert [each.chat_id for each in telegram.messages] == oldest_first
    assert [mail.recipients for mail in smtp_server.accepted] == [
        (f"person{person_id}@example.com",) for person_id in oldest_first
    ]
