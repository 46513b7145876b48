"""Which language a person is spoken to in, and when it changes."""

from datetime import timedelta

import pytest

from bot.app import House
from bot.locales import Language, catalog
from tests.support.house import Premises
from tests.support.smtpd import ScriptedSmtp

ADDRESS = "me@example.com"
WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("code", "default", "spoken"),
    [
        ("ko", "en", Language.KO),
        ("ko-KR", "en", Language.KO),
        ("en-GB", "ko", Language.EN),
        ("de", "ko", Language.KO),
        ("de", "en", Language.EN),
        (None, "ko", Language.KO),
    ],
)
async def test_telegrams_language_is_spoken_or_else_the_default(
    premises: Premises, smtp_server: ScriptedSmtp, code: str | None, default: str, spoken: Language
) -> None:
    premises.environ = {"DEFAULT_LANGUAGE": default}
    async with premises.house() as house:
        guest = premises.guest(house, language=code)
        [greeting] = await guest.say("/start")
        speech = catalog(spoken)
        assert greeting.text == speech.say("start", after=speech.after((7, 30)))
        await guest.seal("Run", ADDRESS)
        await premises.pass_time(house, WEEK)
    sealed = catalog(spoken).date(premises.clock.now() - WEEK, premises.settings.zone)
    assert guest.heard[-1].text.startswith(
        catalog(spoken).count("reminder-opening", 7, date=sealed)
    )
    assert smtp_server.accepted[0].message["Content-Language"] == spoken.value


async def test_reminders_come_in_the_language_last_spoken(
    premises: Premises, house: House, smtp_server: ScriptedSmtp
) -> None:
    await premises.guest(house, language="en").seal("Run", ADDRESS)
    await premises.guest(house, language="ko").say("/start")
    await premises.pass_time(house, WEEK)
    assert smtp_server.accepted[0].message["Content-Language"] == "ko"


async def test_the_operators_zone_is_that_of_the_dates(premises: Premises) -> None:
    premises.environ = {"TIMEZONE": "America/New_York", "REMINDER_DAYS": "1,100"}
    async with premises.house() as house:
        [answer] = await premises.guest(house).seal("Run", ADDRESS, confirmed=False)
    assert "in 1 day: Friday, January 2, 2026, 4:00" in answer.text
    assert "in 100 days: Saturday, April 11, 2026, 4:00" in answer.text


async def test_whoever_speaks_again_is_spoken_to_as_they_speak_now(
    premises: Premises, house: House
) -> None:
    guest = premises.guest(house, language="en")
    await guest.seal("Run", "me@example.com")
    guest = premises.guest(house, language="ko")
    await guest.say("안녕")
    await premises.pass_time(house, timedelta(days=7))
    assert "7일 전" in guest.heard[-1].text
