"""How much is too much: held to the letter, and said kindly."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot import callbacks
from bot.app import House
from bot.locales import Language, catalog
from bot.store import consent, people
from tests.support.house import Guest, Premises
from tests.support.mails import is_confirmation
from tests.support.smtpd import ScriptedSmtp

ADDRESS = "victim@gmail.com"
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
SEOUL = ZoneInfo("Asia/Seoul")

Way = Callable[[Guest, str], Awaitable[str]]


async def ask(guest: Guest, address: str) -> str:
    """Seal a letter to an address not yet confirmed; gives the bot's last words."""
    return (await guest.seal("words", address, confirmed=False))[-1].text


async def by_letters(guest: Guest, address: str) -> str:
    return await ask(guest, address)


async def by_replacing(guest: Guest, address: str) -> str:
    """Let the letter go to another address, which the bot never asked for."""
    reader, telegram = guest.house.database.reader, guest.telegram
    used = await people.addresses_of(reader, guest.person.id, limit=1)
    if not used:
        return await ask(guest, address)
    await guest.handled(telegram.forge(guest.person, callbacks.change_address(used[0].id)))
    return (await guest.say(address))[-1].text


async def by_erasing(guest: Guest, address: str) -> str:
    text = await ask(guest, address)
    await guest.say("/delete")
    await guest.press("Yes, erase everything")
    return text


def capped(premises: Premises, address: str, wait: timedelta, language: Language) -> str:
    speech = catalog(language)
    when = speech.date_and_time(premises.clock.now() + wait, SEOUL)
    return speech.say("confirm-capped", address=address, when=when)


@pytest.mark.parametrize("language", Language)
async def test_a_mailbox_gets_one_confirmation_mail_an_hour_and_three_a_day(
    premises: Premises, house: House, smtp_server: ScriptedSmtp, language: Language
) -> None:
    guest = premises.guest(house, language=language)
    assert catalog(language).say("confirm-sent", address=ADDRESS) in await ask(guest, ADDRESS)
    for mails, wait in enumerate((HOUR, HOUR, DAY - 2 * HOUR, HOUR), start=1):
        assert len(smtp_server.accepted) == mails
        left = wait
        for step in (SECOND, wait - 2 * SECOND):
            premises.clock.advance(step)
            left -= step
            [answer] = await guest.say("/confirm")
            assert answer.text == capped(premises, ADDRESS, left, language)
            assert len(smtp_server.accepted) == mails
        premises.clock.advance(SECOND)
        [answer] = await guest.say("/confirm")
        assert answer.text == catalog(language).say("confirm-sent", address=ADDRESS)


async def test_all_spellings_and_all_people_share_a_mailboxs_cap(
    premises: Premises, smtp_server: ScriptedSmtp
) -> None:
    spellings = ["victim@gmail.com", "v.i.ctim@gmail.com", "Victim+1@gmail.com", "VICTIM@GMAIL.COM"]
    async with premises.house() as house:
        for number, spelling in enumerate([*spellings, "victim@googlemail.com"]):
            guest = premises.guest(house, f"guest {number}")
            assert "💌" in await ask(guest, spelling)
        assert len(smtp_server.accepted) == 1


async def test_a_domain_has_a_cap_of_its_own(premises: Premises, smtp_server: ScriptedSmtp) -> None:
    premises.environ = {"CAP_MAILS_DOMAIN_HOUR": "3"}
    async with premises.house() as house:
        guest = premises.guest(house)
        for number in range(3):
            await ask(guest, f"me{number}@company.example")
        text = await ask(guest, "me3@company.example")
        assert capped(premises, "me3@company.example", HOUR, Language.EN) in text
        await ask(guest, "me@elsewhere.example")
        assert len(smtp_server.accepted) == 4
        premises.clock.advance(HOUR)
        await ask(guest, "me3@company.example")
        assert len(smtp_server.accepted) == 5


@pytest.mark.parametrize("way", [by_letters, by_replacing, by_erasing])
async def test_one_person_has_only_so_many_strangers_mailed_a_day_whatever_way_they_go(
    premises: Premises, smtp_server: ScriptedSmtp, way: Way
) -> None:
    premises.environ = {"CAP_MAILS_PERSON_DAY": "3"}
    async with premises.house() as house:
        guest = premises.guest(house)
        for number in range(3):
            await way(guest, f"stranger{number}@company{number}.example")
        assert len(smtp_server.accepted) == 3
        text = await way(guest, "stranger3@company3.example")
        assert capped(premises, "stranger3@company3.example", DAY, Language.EN) in text
        await ask(premises.guest(house, "other"), "me@example.com")
        assert len(smtp_server.accepted) == 4
        premises.clock.advance(DAY)
        await way(guest, "stranger4@company4.example")
        assert len(smtp_server.accepted) == 5


async def test_all_together_have_a_cap_too(premises: Premises, smtp_server: ScriptedSmtp) -> None:
    premises.environ = {"CAP_MAILS_HOUR": "4"}
    async with premises.house() as house:
        guests = [premises.guest(house, f"guest {number}") for number in range(6)]
        for number, guest in enumerate(guests):
            await ask(guest, f"me@company{number}.example")
        assert len(smtp_server.accepted) == 4
        premises.clock.advance(HOUR)
        await guests[-1].say("/confirm")
        assert len(smtp_server.accepted) == 5


async def test_where_several_caps_are_reached_the_latest_moment_is_named(
    premises: Premises, smtp_server: ScriptedSmtp
) -> None:
    premises.environ = {"CAP_MAILS_ADDRESS_DAY": "2", "CAP_MAILS_HOUR": "2"}
    async with premises.house() as house:
        guest = premises.guest(house)
        await ask(guest, ADDRESS)
        await premises.pass_time(house, HOUR)
        await guest.say("/confirm")
        [answer] = await guest.say("/confirm")
        assert answer.text == capped(premises, ADDRESS, DAY - HOUR, Language.EN)


async def test_a_cap_holds_over_a_restart(premises: Premises, smtp_server: ScriptedSmtp) -> None:
    async with premises.house() as house:
        await ask(premises.guest(house), ADDRESS)
    premises.clock.advance(HOUR - SECOND)
    async with premises.house() as house:
        await ask(premises.guest(house, "other"), ADDRESS)
    assert len(smtp_server.accepted) == 1


async def test_a_capped_letter_is_sealed_all_the_same(
    premises: Premises, house: House, smtp_server: ScriptedSmtp
) -> None:
    other, guest = premises.guest(house, "other"), premises.guest(house)
    await ask(other, ADDRESS)
    assert "💌" in await ask(guest, ADDRESS)
    await premises.pass_time(house, timedelta(days=7))
    assert any("words" in m.text for m in guest.heard[3:])


async def test_reminders_count_towards_no_cap(
    premises: Premises, smtp_server: ScriptedSmtp
) -> None:
    premises.environ = {"CAP_MAILS_HOUR": "1"}
    async with premises.house() as house:
        guest = premises.guest(house)
        for number in range(5):
            await guest.seal(f"letter {number}", ADDRESS)
        await premises.pass_time(house, timedelta(days=7))
        assert len(smtp_server.accepted) == 5


async def test_what_no_cap_looks_back_to_is_forgotten(premises: Premises, house: House) -> None:
    await ask(premises.guest(house), ADDRESS)
    await premises.pass_time(house, DAY + SECOND)
    rows = await house.database.reader.all("SELECT * FROM confirmation_mails")
    assert rows == []
    assert await consent.pending(house.database.reader, 0) == []


@pytest.mark.parametrize("language", Language)
async def test_a_person_seals_so_many_letters_a_day(
    premises: Premises, smtp_server: ScriptedSmtp, language: Language
) -> None:
    premises.environ = {"CAP_LETTERS_DAY": "3"}
    speech = catalog(language)
    async with premises.house() as house:
        guest, other = premises.guest(house, language=language), premises.guest(house, "other")
        for _ in range(3):
            assert "💌" in (await guest.seal("words", "me@example.com"))[-1].text
            premises.clock.advance(HOUR)
        when = speech.date_and_time(premises.clock.now() + DAY - 3 * HOUR, SEOUL)
        answer = (await guest.seal("the fourth", "me@example.com"))[-1]
        assert answer.text == speech.say("letters-capped", when=when)
        assert "💌" in (await other.seal("words", "me@example.com"))[-1].text
        premises.clock.advance(DAY - 3 * HOUR - SECOND)
        assert (await guest.say("me@example.com"))[-1].text == answer.text
        premises.clock.advance(SECOND)
        assert "💌" in (await guest.say("me@example.com"))[-1].text
        await premises.pass_time(house, timedelta(days=7))
        assert any("the fourth" in m.text for m in guest.heard)


async def test_a_person_has_so_many_letters_on_their_way(
    premises: Premises, smtp_server: ScriptedSmtp
) -> None:
    premises.environ = {"CAP_OPEN_LETTERS": "2"}
    speech = catalog(Language.EN)
    async with premises.house() as house:
        guest = premises.guest(house)
        for _ in range(2):
            assert "💌" in (await guest.seal("words", "me@example.com"))[-1].text
            premises.clock.advance(2 * DAY)
        ends = premises.clock.now() + timedelta(days=30) - 4 * DAY
        answer = (await guest.seal("the third", "me@example.com"))[-1]
        when = speech.date_and_time(ends, SEOUL)
        assert answer.text == speech.say("letters-capped", when=when)
        await premises.pass_time(house, timedelta(days=26))
        await guest.press(speech.say("button-go-on"))
        assert "💌" in (await guest.say("me@example.com"))[-1].text
        mails = [mail for mail in smtp_server.accepted if is_confirmation(mail)]
        assert mails == []


@pytest.mark.parametrize("language", Language)
async def test_a_person_has_so_many_letters_kept_until_they_let_one_go(
    premises: Premises, language: Language
) -> None:
    premises.environ = {"CAP_LETTERS": "2"}
    speech = catalog(language)
    async with premises.house() as house:
        guest, other = premises.guest(house, language=language), premises.guest(house, "other")
        for _ in range(2):
            assert "💌" in (await guest.seal("words", "me@example.com"))[-1].text
            premises.clock.advance(SECOND)
        for days in (7, 30, 365):
            await premises.pass_time(house, timedelta(days=days))
        answer = (await guest.seal("the third", "me@example.com"))[-1]
        assert answer.text == speech.say("letters-full", most="2")
        assert "💌" in (await other.seal("words", "me@example.com"))[-1].text
        await guest.press(speech.say("button-let-go"))
        assert "💌" in (await guest.say("me@example.com"))[-1].text


@pytest.mark.parametrize("language", Language)
async def test_a_person_has_so_many_addresses_and_may_use_each_again(
    premises: Premises, language: Language
) -> None:
    premises.environ = {"CAP_ADDRESSES": "2"}
    speech = catalog(language)
    async with premises.house() as house:
        guest, other = premises.guest(house, language=language), premises.guest(house, "other")
        for number in range(2):
            await guest.seal("words", f"me{number}@example.com")
        await guest.write("more words")
        for _ in range(2):
            answer = (await guest.say("me2@example.com"))[-1]
            assert answer.text == speech.say("addresses-full", most="2")
        assert "💌" in (await other.seal("words", "me2@example.com"))[-1].text
        assert "💌" in (await guest.say("ME0@example.com"))[-1].text
        assert len(await people.addresses_of(house.database.reader, guest.person.id, 9)) == 2


async def test_an_address_too_many_takes_the_place_of_none(premises: Premises) -> None:
    premises.environ = {"CAP_ADDRESSES": "1"}
    async with premises.house() as house:
        guest = premises.guest(house)
        await guest.seal("words", "me@example.com")
        [used] = await people.addresses_of(house.database.reader, guest.person.id, limit=9)
        await guest.forge(callbacks.change_address(used.id))
        answer = (await guest.say("you@example.com"))[-1]
        assert answer.text == catalog(Language.EN).say("addresses-full", most="1")
        assert await people.addresses_of(house.database.reader, guest.person.id, 9) == [used]
        await guest.say("/cancel")
        assert "💌" in (await guest.seal("words", "me@example.com"))[-1].text


async def test_addresses_from_before_the_cap_may_still_be_used(premises: Premises) -> None:
    async with premises.house() as house:
        for number in range(3):
            await premises.guest(house).seal("words", f"me{number}@example.com")
    premises.environ = {"CAP_ADDRESSES": "1"}
    async with premises.house() as house:
        assert "💌" in (await premises.guest(house).seal("words", "me1@example.com"))[-1].text
