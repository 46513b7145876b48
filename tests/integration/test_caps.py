"""How much is too much: held to the letter, and said kindly."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.app import App
from bot.locales import LANGUAGES, Language, catalog
from bot.messages.address_wanted import CHANGE_ADDRESS
from bot.store import addresses
from tests.support.app import FakeUser, Harness
from tests.support.languages import ENGLISH
from tests.support.mails import CONFIRM, is_confirmation, link_in
from tests.support.rows import count
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, texts

ADDRESS = "victim@gmail.com"
HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)
SEOUL = ZoneInfo("Asia/Seoul")

Way = Callable[[FakeUser, str], Awaitable[str]]


async def ask(user: FakeUser, address: str) -> str:
    """Seal a letter to an address not yet confirmed; returns what the bot says of it."""
    return "\n".join(texts(await user.seal("words", address, confirmed=False)))


async def by_letters(user: FakeUser, address: str) -> str:
    return await ask(user, address)


async def by_replacing(user: FakeUser, address: str) -> str:
    """Let the letter go to another address, which the bot never asked for."""
    reader, telegram = user.app.database.reader, user.telegram
    used = await addresses.usable(reader, user.person.id, limit=1)
    if not used:
        return await ask(user, address)
    await user.handled(telegram.forge(user.person, CHANGE_ADDRESS.data(used[0].id)))
    return (await user.say(address))[-1].text


async def by_erasing(user: FakeUser, address: str) -> str:
    text = await ask(user, address)
    await user.say("/delete")
    await user.press("Yes, erase everything")
    return text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_mailbox_gets_one_confirmation_mail_an_hour_and_three_a_day_in_turn_and_unasked(
    harness: Harness, app: App, smtp_server: ScriptedSmtp, language: Language
) -> None:
    user = harness.user(app, language=language)
    assert catalog(language).say("confirm-sent", address=ADDRESS) in await ask(user, ADDRESS)
    for mails, wait in enumerate((HOUR, HOUR, DAY - 2 * HOUR), start=1):
        answer = (await user.say("/confirm"))[-1]
        assert ADDRESS in answer.text
        assert labels([answer]) == [catalog(language).say("button-wrong-address")]
        assert len(smtp_server.accepted) == mails
        await harness.pass_time(app, wait - SECOND)
        assert len(smtp_server.accepted) == mails
        await harness.pass_time(app, SECOND)
        assert len(smtp_server.accepted) == mails + 1


async def test_all_spellings_and_all_people_share_a_mailboxs_cap(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    spellings = ["victim@gmail.com", "v.i.ctim@gmail.com", "Victim+1@gmail.com", "VICTIM@GMAIL.COM"]
    async with harness.app() as app:
        for number, spelling in enumerate([*spellings, "victim@googlemail.com"]):
            user = harness.user(app, f"user {number}")
            assert "💌" in await ask(user, spelling)
        assert len(smtp_server.accepted) == 1


async def test_a_domain_where_nobody_confirmed_takes_few_mails_and_more_with_each_who_did(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    harness.environ = {"CAP_MAILS_DOMAIN_HOUR": "40"}
    async with harness.app() as app:
        users = [harness.user(app, f"user {number}") for number in range(6)]
        for number, user in enumerate(users):
            await ask(user, f"me{number}@company.example")
        assert len(smtp_server.accepted) == 2  # half of the tenth is for who was never confirmed
        for user, mails in ((users[0], 4), (users[1], 6)):
            await user.open(link_in(smtp_server.accepted[users.index(user)], CONFIRM))
            await harness.pass_time(app, timedelta(minutes=1))
            assert len(smtp_server.accepted) == mails


async def test_names_below_a_domain_share_its_cap(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    harness.environ = {"CAP_MAILS_DOMAIN_HOUR": "40"}
    async with harness.app() as app:
        for number in range(6):
            await ask(harness.user(app, f"user {number}"), f"me@x{number}.wildcard.example")
        assert len(smtp_server.accepted) == 2


async def test_no_domain_takes_more_mails_in_an_hour_than_the_cap(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    harness.environ = {"CAP_MAILS_DOMAIN_HOUR": "3"}
    async with harness.app() as app:
        users = [harness.user(app, f"user {number}") for number in range(5)]
        for number, user in enumerate(users):
            await user.has_confirmed(f"known{number}@company.example")
        for number, user in enumerate(users):
            await ask(user, f"me{number}@company.example")
        assert len(smtp_server.accepted) == 3
        await ask(users[0], "me@elsewhere.example")
        assert len(smtp_server.accepted) == 4
        await harness.pass_time(app, HOUR)
        assert len(smtp_server.accepted) == 6


@pytest.mark.parametrize("way", [by_letters, by_replacing, by_erasing])
async def test_a_new_account_has_few_strangers_mailed_a_day_whatever_way_it_goes(
    harness: Harness, smtp_server: ScriptedSmtp, way: Way
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        for number in range(8):
            await way(user, f"stranger{number}@company{number}.example")
            await harness.pass_time(app, HOUR)
        assert len(smtp_server.accepted) == 4
        await ask(harness.user(app, "other"), "me@example.com")
        assert len(smtp_server.accepted) == 5


async def test_what_a_person_may_ask_for_grows_with_the_mailboxes_they_confirmed(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    async with harness.app() as app:
        for confirmed, most in ((0, 4), (1, 8), (2, 10), (3, 10)):
            user = harness.user(app, f"user {confirmed}")
            for number in range(confirmed):
                await user.has_confirmed(f"known{number}@example.org")
                await user.has_confirmed(f"known{number}+x@example.org")
            before = len(smtp_server.accepted)
            for number in range(12):
                await ask(user, f"me@{confirmed}.company{number}.example")
                if number % 4 == 3:
                    await harness.pass_time(app, HOUR)
            assert len(smtp_server.accepted) == before + most


async def test_even_who_is_well_known_asks_for_so_many_an_hour(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    async with harness.app() as app:
        user = harness.user(app)
        for number in range(3):
            await user.has_confirmed(f"known{number}@example.org")
        for number in range(10):
            await ask(user, f"me@company{number}.example")
        for mails in (4, 8, 10, 10):
            assert len(smtp_server.accepted) == mails
            await harness.pass_time(app, HOUR)


async def test_all_together_have_a_cap_too_half_of_it_for_who_is_known(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    harness.environ = {"CAP_MAILS_HOUR": "4"}
    async with harness.app() as app:
        new = [harness.user(app, f"new {number}") for number in range(4)]
        known = [harness.user(app, f"known {number}") for number in range(4)]
        for number, user in enumerate(new):
            await ask(user, f"me@new{number}.example")
        assert len(smtp_server.accepted) == 2
        for number, user in enumerate(known):
            await user.has_confirmed(f"known{number}@example.org")
            await ask(user, f"me@known{number}.example")
        assert len(smtp_server.accepted) == 4
        await harness.pass_time(app, HOUR)
        assert len(smtp_server.accepted) == 8


async def test_a_cap_holds_over_a_restart(harness: Harness, smtp_server: ScriptedSmtp) -> None:
    async with harness.app() as app:
        await ask(harness.user(app), ADDRESS)
    harness.clock.advance(HOUR - SECOND)
    async with harness.app() as app:
        await ask(harness.user(app, "other"), ADDRESS)
    assert len(smtp_server.accepted) == 1


async def test_a_capped_letter_is_sealed_all_the_same(
    harness: Harness, app: App, smtp_server: ScriptedSmtp
) -> None:
    other, user = harness.user(app, "other"), harness.user(app)
    await ask(other, ADDRESS)
    assert "💌" in await ask(user, ADDRESS)
    await harness.pass_time(app, timedelta(days=7))
    assert any("words" in m.text for m in user.heard[3:])


async def test_reminders_count_towards_no_cap(harness: Harness, smtp_server: ScriptedSmtp) -> None:
    harness.environ = {"CAP_MAILS_HOUR": "1"}
    async with harness.app() as app:
        user = harness.user(app)
        for number in range(5):
            await user.seal(f"letter {number}", ADDRESS)
        await harness.pass_time(app, timedelta(days=7))
        assert len(smtp_server.accepted) == 5


async def test_what_no_cap_looks_back_to_is_forgotten(harness: Harness, app: App) -> None:
    await ask(harness.user(app), ADDRESS)
    await harness.pass_time(app, DAY + SECOND)
    for table in ("confirmation_asks", "confirmation_mails", "confirmation_tries"):
        assert await count(app.database, table) == 0


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_person_seals_so_many_letters_a_day(
    harness: Harness, smtp_server: ScriptedSmtp, language: Language
) -> None:
    harness.environ = {"CAP_LETTERS_DAY": "3"}
    speech = catalog(language)
    async with harness.app() as app:
        user, other = harness.user(app, language=language), harness.user(app, "other")
        for _ in range(3):
            assert "💌" in (await user.seal("words", "me@example.com"))[0].text
            harness.clock.advance(HOUR)
        now = harness.clock.now()
        when = speech.date_and_time(now + DAY - 3 * HOUR, SEOUL, near=now)
        answer = (await user.seal("the fourth", "me@example.com"))[-1]
        assert answer.text == speech.say("letters-capped", when=when)
        assert "💌" in (await other.seal("words", "me@example.com"))[0].text
        harness.clock.advance(DAY - 3 * HOUR - SECOND)
        assert (await user.say("me@example.com"))[-1].text == answer.text
        harness.clock.advance(SECOND)
        assert "💌" in (await user.say("me@example.com"))[0].text
        await harness.pass_time(app, timedelta(days=7))
        assert any("the fourth" in m.text for m in user.heard)


async def test_a_person_has_so_many_letters_on_their_way(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    harness.environ = {"CAP_OPEN_LETTERS": "2"}
    speech = catalog(ENGLISH)
    async with harness.app() as app:
        user = harness.user(app)
        for _ in range(2):
            assert "💌" in (await user.seal("words", "me@example.com"))[0].text
            harness.clock.advance(2 * DAY)
        ends = harness.clock.now() + timedelta(days=30) - 4 * DAY
        answer = (await user.seal("the third", "me@example.com"))[-1]
        when = speech.date_and_time(ends, SEOUL, near=harness.clock.now())
        assert answer.text == speech.say("letters-capped", when=when)
        await harness.pass_time(app, timedelta(days=26))
        await user.press(speech.say("button-go-on"))
        assert "💌" in (await user.say("me@example.com"))[0].text
        mails = [mail for mail in smtp_server.accepted if is_confirmation(mail)]
        assert mails == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_person_has_so_many_letters_kept_until_they_let_one_go(
    harness: Harness, language: Language
) -> None:
    harness.environ = {"CAP_LETTERS": "2"}
    speech = catalog(language)
    async with harness.app() as app:
        user, other = harness.user(app, language=language), harness.user(app, "other")
        for _ in range(2):
            assert "💌" in (await user.seal("words", "me@example.com"))[0].text
            harness.clock.advance(SECOND)
        for days in (7, 30, 365):
            await harness.pass_time(app, timedelta(days=days))
        answer = (await user.seal("the third", "me@example.com"))[-1]
        assert answer.text == speech.say("letters-full", most="2")
        assert "💌" in (await other.seal("words", "me@example.com"))[0].text
        for name in ("button-kept", "button-erase-letter", "button-erase-letter"):
            await user.press(speech.say(name))
        assert "💌" in (await user.say("me@example.com"))[0].text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_person_has_so_many_addresses_and_may_use_each_again(
    harness: Harness, language: Language
) -> None:
    harness.environ = {"CAP_ADDRESSES": "2"}
    speech = catalog(language)
    async with harness.app() as app:
        user, other = harness.user(app, language=language), harness.user(app, "other")
        for number in range(2):
            await user.seal("words", f"me{number}@example.com")
        await user.write("more words")
        for _ in range(2):
            answer = (await user.say("me2@example.com"))[-1]
            assert answer.text == speech.say("addresses-full", most="2")
        assert "💌" in (await other.seal("words", "me2@example.com"))[0].text
        assert "💌" in (await user.say("ME0@example.com"))[0].text
        assert len(await addresses.usable(app.database.reader, user.person.id, 9)) == 2


async def test_an_address_too_many_takes_the_place_of_none(harness: Harness) -> None:
    harness.environ = {"CAP_ADDRESSES": "1"}
    async with harness.app() as app:
        user = harness.user(app)
        await user.seal("words", "me@example.com")
        [used] = await addresses.usable(app.database.reader, user.person.id, limit=9)
        await user.forge(CHANGE_ADDRESS.data(used.id))
        answer = (await user.say("you@example.com"))[-1]
        assert answer.text == catalog(ENGLISH).say("addresses-full", most="1")
        assert await addresses.usable(app.database.reader, user.person.id, 9) == [used]
        await user.say("/cancel")
        assert "💌" in (await user.seal("words", "me@example.com"))[0].text


async def test_addresses_from_before_the_cap_may_still_be_used(harness: Harness) -> None:
    async with harness.app() as app:
        for number in range(3):
            await harness.user(app).seal("words", f"me{number}@example.com")
    harness.environ = {"CAP_ADDRESSES": "1"}
    async with harness.app() as app:
        assert "💌" in (await harness.user(app).seal("words", "me1@example.com"))[0].text
