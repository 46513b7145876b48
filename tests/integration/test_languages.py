"""Which language a person is spoken to in, and when it changes."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.locales import Language, catalog
from tests.support.app import Harness
from tests.support.languages import ENGLISH, JAPANESE, KOREAN
from tests.support.smtpd import ScriptedSmtp

ADDRESS = "me@example.com"
WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("code", "default", "spoken"),
    [
        ("ko", "en", KOREAN),
        ("ko-KR", "en", KOREAN),
        ("en-GB", "ko", ENGLISH),
        ("de", "ko", KOREAN),
        ("de", "en", ENGLISH),
        ("ja", "ko", JAPANESE),
        ("de", "ja", JAPANESE),
        (None, "ko", KOREAN),
    ],
)
async def test_telegrams_language_is_spoken_or_else_the_default(
    harness: Harness, smtp_server: ScriptedSmtp, code: str | None, default: str, spoken: Language
) -> None:
    harness.environ = {"DEFAULT_LANGUAGE": default}
    async with harness.app() as app:
        user = harness.user(app, language=code)
        [greeting] = await user.say("/start")
        speech = catalog(spoken)
        assert greeting.text == speech.say("start", after=speech.after((7, 30)))
        await user.seal("Run", ADDRESS)
        await harness.pass_time(app, WEEK)
    sealed = catalog(spoken).date(
        harness.clock.now() - WEEK, harness.settings.zone, near=harness.clock.now()
    )
    assert user.heard[-1].text.startswith(catalog(spoken).count("reminder-opening", 7, date=sealed))
    assert smtp_server.accepted[0].message["Content-Language"] == spoken


async def test_reminders_come_in_the_language_last_spoken(
    harness: Harness, app: App, smtp_server: ScriptedSmtp
) -> None:
    await harness.user(app, language="en").seal("Run", ADDRESS)
    await harness.user(app, language="ko").say("/start")
    await harness.pass_time(app, WEEK)
    assert smtp_server.accepted[0].message["Content-Language"] == "ko"


async def test_the_operators_zone_is_that_of_the_dates(harness: Harness) -> None:
    harness.environ = {"TIMEZONE": "America/New_York", "REMINDER_DAYS": "1,100"}
    async with harness.app() as app:
        answer, _ = await harness.user(app).seal("Run", ADDRESS, confirmed=False)
    assert "on Fri, Jan 2 and Sat, Apr 11, about 4 AM" in answer.text


async def test_whoever_speaks_again_is_spoken_to_as_they_speak_now(
    harness: Harness, app: App
) -> None:
    user = harness.user(app, language="en")
    await user.seal("Run", "me@example.com")
    user = harness.user(app, language="ko")
    await user.say("안녕")
    await harness.pass_time(app, timedelta(days=7))
    assert "7일 전" in user.heard[-1].text
