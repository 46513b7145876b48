"""What fell due while the program was away."""

from datetime import timedelta

import pytest

from bot.locales import LANGUAGES, Language, catalog
from tests.support.app import Harness
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, texts, told

ADDRESS = "me@example.com"
DAY = timedelta(days=1)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_both_reminders_overdue_go_out_at_start_once_each_and_oldest_first(
    harness: Harness, smtp_server: ScriptedSmtp, language: Language
) -> None:
    async with harness.app() as app:
        user = harness.user(app, language=language)
        await user.seal("Run", ADDRESS)
        heard = len(user.heard)
    harness.clock.advance(40 * DAY)
    async with harness.app() as app:
        await app.settle()
        speech, zone = catalog(language), harness.settings.zone
        sealed_at = harness.clock.now() - 40 * DAY
        reminders = texts(user.heard[heard:])
        for text, day in zip(reminders, (7, 30), strict=True):
            date = speech.date(sealed_at, zone, near=harness.clock.now())
            assert text.startswith(speech.count("reminder-opening", 40, date=date))
            due = speech.date_and_time(sealed_at + day * DAY, zone, near=harness.clock.now())
            assert speech.say("reminder-late", due=due) in text
            assert "Run" in text
        subjects = [str(mail.message["Subject"]) for mail in smtp_server.accepted]
        assert subjects == 2 * [speech.count("mail-reminder-subject-words", 40, first="Run")]
        for mail, day in zip(smtp_server.accepted, (7, 30), strict=True):
            plain, html = mail.message.iter_parts()
            due = speech.date_and_time(sealed_at + day * DAY, zone, near=harness.clock.now())
            assert speech.say("mail-reminder-late", due=due) in plain.get_content()
            assert due in html.get_content()
    async with harness.app() as app:
        await app.settle()
    assert len(user.heard[heard:]) == 2
    assert len(smtp_server.accepted) == 2


async def test_the_letters_of_many_go_out_in_the_order_they_fell_due(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    names = [f"person-{number}" for number in range(5)]
    async with harness.app() as app:
        for name in names:
            await harness.user(app, name).seal(name, f"{name}@example.com")
            harness.clock.advance(timedelta(minutes=1))
    harness.clock.advance(8 * DAY)
    before = len(harness.telegram.messages)
    async with harness.app() as app:
        await app.settle()
    brought = [m.text.split("\n")[-2] for m in harness.telegram.messages[before:]]
    assert sorted(brought) == names
    assert brought[0] == names[0]
    assert {mail.recipients[0] for mail in smtp_server.accepted} == {
        f"{name}@example.com" for name in names
    }


async def test_what_is_not_due_yet_stays_after_downtime(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await user.seal("Run", ADDRESS)
        heard = len(user.heard)
    harness.clock.advance(8 * DAY)
    async with harness.app() as app:
        await app.settle()
        assert len(user.heard[heard:]) == len(smtp_server.accepted) == 1
        await harness.pass_time(app, 22 * DAY)
        assert len(user.heard[heard:]) == len(smtp_server.accepted) == 2
        assert "due on" not in user.heard[-1].text


async def test_a_draft_idle_for_days_of_downtime_is_put_aside_at_start(harness: Harness) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        await user.write("Run")
    harness.clock.advance(5 * DAY)
    async with harness.app() as app:
        await app.settle()
        assert user.heard[-1].text == told("draft-resting")
        assert labels(user.heard[-1:]) == ["Go on"]
