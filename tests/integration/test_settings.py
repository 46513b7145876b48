"""/settings: what is chosen holds, also for letters on their way."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.app import App
from bot.local.messages import Message
from bot.locales import Catalog, Language, catalog, name_of, zones
from bot.store import people
from bot.store.database import Transaction, Value
from tests.support.app import FakeUser, Harness
from tests.support.languages import ENGLISH, KOREAN
from tests.support.rows import count, kept_words
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, texts, told

ADDRESS = "me@example.com"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SEOUL, NEW_YORK = ZoneInfo("Asia/Seoul"), ZoneInfo("America/New_York")
SIX = datetime(2026, 1, 1, 18, tzinfo=SEOUL)


def page(language: Language = ENGLISH, **values: object) -> str:
    usual = {
        "language": name_of(language),
        "city": zones.city(SEOUL, language),
        "time": catalog(language).time(SIX, SEOUL),
        "arrives": told("settings-hour-of-sealing", language),
        "address": told("settings-no-address", language),
    }
    return catalog(language).say("settings", **(usual | values))


async def reminders(user: FakeUser) -> list[Message]:
    return [each for each in user.heard if each.text.startswith("📮")]


async def chosen(app: App, user: FakeUser) -> people.Person:
    row = await people.row_of(app.database.reader, user.person.id)
    assert row is not None
    return people.Person.from_row(row)


async def test_the_settings_are_shown_in_one_message(
    harness: Harness, app: App, speech: Catalog
) -> None:
    user = harness.user(app, language=speech.language)
    [shown] = await user.say("/settings")
    assert shown.text == page(speech.language)
    names = ("language", "zone", "hour", "address", "my-data", "erase-all")
    assert labels([shown]) == [speech.say(f"button-{name}") for name in names]
    for name in ("language", "zone", "hour"):
        [asked] = await user.press(speech.say(f"button-{name}"))
        assert asked.id == shown.id
        [again] = await user.press(speech.say("button-settings"))
        assert (again.id, again.text) == (shown.id, page(speech.language))


async def test_an_older_page_has_no_buttons_any_more(user: FakeUser) -> None:
    [first] = await user.say("/settings")
    await user.say("/settings")
    assert next(each for each in user.heard if each.id == first.id).buttons == ()


async def test_my_data_and_erase_all_lead_to_what_there_is(user: FakeUser) -> None:
    await user.say("/settings")
    assert told("export") in texts(await user.press(told("button-my-data")))[0]
    assert texts(await user.press(told("button-erase-all"))) == [told("delete-ask")]


class TestLanguage:
    async def test_it_is_spoken_whatever_telegram_says(
        self, harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
    ) -> None:
        await user.seal("Run", ADDRESS)
        await user.say("/settings")
        asked = await user.press(told("button-language"))
        assert labels(asked) == ["✓ English", "日本語", "한국어", told("button-settings")]
        [shown] = await user.press("한국어")
        assert shown.text == page(KOREAN, address=ADDRESS)
        assert texts(await user.say("hi")) == [told("stray", KOREAN)]
        await harness.pass_time(app, 7 * DAY)
        assert "7일 전" in user.heard[-1].text
        assert smtp_server.accepted[0].message["Content-Language"] == "ko"

    async def test_one_there_is_not_changes_nothing(self, user: FakeUser) -> None:
        await user.say("/settings")
        await user.press(told("button-language"))
        assert texts(await user.forge("settings:speak:xx")) == [page()]


class TestHour:
    async def test_letters_arrive_then_those_on_their_way_too(
        self, harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
    ) -> None:
        await user.seal("Run", ADDRESS)
        await user.say("/settings")
        await user.press(told("button-hour"))
        *_, shown = await user.press("7 AM")
        moved = told("settings-moved", when="Thu, Jan 8, 7 AM")
        assert shown.text == f"{page(arrives='at 7 AM', address=ADDRESS)}\n\n{moved}"
        await user.seal("Read", ADDRESS)
        await harness.pass_time(app, 6 * DAY + 13 * HOUR - MINUTE)
        assert smtp_server.accepted == []
        await harness.pass_time(app, MINUTE)
        assert len(await reminders(user)) == len(smtp_server.accepted) == 2

    async def test_a_chosen_hour_of_the_night_makes_its_sound(
        self, harness: Harness, app: App, user: FakeUser
    ) -> None:
        await user.seal("Run", ADDRESS)
        await user.say("/settings")
        await user.press(told("button-hour"))
        await user.press("10 PM")
        await harness.pass_time(app, 7 * DAY + 4 * HOUR)
        [reminder] = await reminders(user)
        assert not reminder.silent

    async def test_and_back_at_the_time_of_sealing(self, app: App, user: FakeUser) -> None:
        await user.seal("Run", ADDRESS)
        await user.say("/settings")
        for label in (told("button-hour"), "7 AM", told("button-hour")):
            await user.press(label)
        *_, shown = await user.press(told("button-as-sealed"))
        assert told("settings-moved", when="Thu, Jan 8, 6 PM") in shown.text
        assert (await chosen(app, user)).hour is None

    async def test_no_hour_of_a_forged_button_hurts(self, app: App, user: FakeUser) -> None:
        await user.say("/settings")
        await user.forge("settings:arrive:99")
        assert (await chosen(app, user)).hour == 23


class TestZone:
    @pytest.mark.parametrize("text", ["New York", "뉴욕이요", "new york please"])
    async def test_a_city_is_enough(self, app: App, user: FakeUser, text: str) -> None:
        await user.say("/settings")
        assert texts(await user.press(told("button-zone"))) == [told("settings-zone")]
        [shown] = await user.say(text)
        assert shown.text == page(city="New York", time="4 AM")
        assert (await chosen(app, user)).zone == NEW_YORK
        assert (await chosen(app, user)).zone_chosen

    async def test_a_time_leaves_a_few_to_press(self, user: FakeUser) -> None:
        await user.say("/settings")
        await user.press(told("button-zone"))
        [asked] = await user.say("4:00 AM")
        assert asked.text == told("zone-which")
        cities = ["New York, 4 AM", "Toronto, 4 AM", "Bogotá, 4 AM", told("button-settings")]
        assert labels([asked]) == cities
        [shown] = await user.press("New York")
        assert (shown.id, shown.text) == (asked.id, page(city="New York", time="4 AM"))

    async def test_other_words_get_a_kind_answer_and_another_try(self, user: FakeUser) -> None:
        await user.say("/settings")
        await user.press(told("button-zone"))
        assert texts(await user.say("Atlantis")) == [told("zone-unknown")]
        assert texts(await user.say("London")) == [page(city="London", time="9 AM")]
        assert texts(await user.say("Paris")) == [told("stray")]

    @pytest.mark.parametrize("text", ["cancel", "no", "취소"])
    async def test_it_can_be_left_as_it_is(self, app: App, user: FakeUser, text: str) -> None:
        await user.say("/settings")
        await user.press(told("button-zone"))
        assert texts(await user.say(text)) == [page()]
        assert not (await chosen(app, user)).zone_chosen

    async def test_cancel_leaves_the_question_and_no_letter_is_lost(
        self, app: App, user: FakeUser
    ) -> None:
        await user.write("Run")
        await user.say("/settings")
        await user.press(told("button-zone"))
        assert texts(await user.say("/cancel")) == [page()]
        assert await count(app.database, "drafts") == 1
        assert texts(await user.say("/cancel")) == [told("cancelled")]

    async def test_words_of_a_letter_are_left_to_it(self, app: App, user: FakeUser) -> None:
        await user.write("Run")
        await user.say("/settings")
        await user.press(told("button-zone"))
        await user.say("and in London I rest")
        words = await kept_words(app.database)
        assert words is not None
        assert words.text == "Run\nand in London I rest"
        assert "London" in texts(await user.say("London"))[0]

    async def test_a_letter_is_still_there_after_the_answer(self, app: App, user: FakeUser) -> None:
        await user.write("Run")
        await user.say("/settings")
        await user.press(told("button-zone"))
        assert texts(await user.say("London")) == [page(city="London", time="9 AM")]
        words = await kept_words(app.database)
        assert words is not None
        assert words.text == "Run"

    async def test_a_long_text_is_offered_as_a_letter(self, user: FakeUser) -> None:
        await user.say("/settings")
        await user.press(told("button-zone"))
        long = "From now on I will write home to London every week."
        assert texts(await user.say(long)) == [told("letter-offer")]

    async def test_a_later_text_is_no_answer(
        self, harness: Harness, app: App, user: FakeUser
    ) -> None:
        await user.say("/settings")
        await user.press(told("button-zone"))
        await harness.pass_time(app, DAY)
        assert texts(await user.say("London")) == [told("stray")]

    @pytest.mark.parametrize("data", ["zone:Asia/Atlantis", "zone:Etc/UTC"])
    async def test_one_that_is_none_changes_nothing(self, user: FakeUser, data: str) -> None:
        await user.say("/settings")
        await user.press(told("button-zone"))
        assert texts(await user.forge(data)) == [page()]


class TestMoved:
    async def test_who_moves_gets_both_reminders_at_the_same_time_there(
        self, harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
    ) -> None:
        harness.clock.set(datetime(2026, 2, 20, 9, tzinfo=UTC))
        await user.seal("Run", ADDRESS)
        await user.say("/settings")
        await user.press(told("button-zone"))
        [shown] = await user.say("New York")
        assert told("settings-moved", when="Fri, Feb 27, 6 PM") in shown.text
        for due in (
            datetime(2026, 2, 27, 18, tzinfo=NEW_YORK),
            datetime(2026, 3, 22, 18, tzinfo=NEW_YORK),
        ):
            before = len(smtp_server.accepted)
            await harness.pass_time(app, due.astimezone(UTC) - MINUTE - harness.clock.now())
            assert len(smtp_server.accepted) == before
            await harness.pass_time(app, MINUTE)
            assert len(smtp_server.accepted) == before + 1
        assert len(await reminders(user)) == 2

    async def test_nothing_comes_twice_or_at_once(
        self, harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
    ) -> None:
        await user.seal("Run", ADDRESS)
        await harness.pass_time(app, 7 * DAY)
        await user.say("/settings")
        await user.press(told("button-zone"))
        await user.say("Auckland")
        await harness.pass_time(app, MINUTE)
        assert len(await reminders(user)) == len(smtp_server.accepted) == 1

    async def test_a_late_letter_names_its_time_where_its_person_is(
        self, harness: Harness, user: FakeUser, app: App
    ) -> None:
        await user.seal("Run", ADDRESS)
        await user.say("/settings")
        await user.press(told("button-zone"))
        await user.say("London")
        await harness.pass_time(app, 8 * DAY)
        [reminder] = await reminders(user)
        assert "Thu, Jan 8, 6 PM" in reminder.text


async def test_what_was_chosen_is_exported_and_erased(app: App, user: FakeUser) -> None:
    await user.say("/settings")
    await user.press(told("button-hour"))
    await user.press("7 AM")
    await user.say("/delete")
    await user.press(told("button-delete"))
    assert await count(app.database, "people") == 0
    assert texts(await user.say("/settings")) == [page()]


class TestOffer:
    @pytest.fixture
    def harness(self, harness: Harness) -> Harness:
        harness.offers_zone = True
        return harness

    async def test_whose_language_is_not_the_zones_is_offered_once_to_say_where_they_are(
        self, user: FakeUser
    ) -> None:
        offer = told("button-elsewhere", city="Seoul")
        sealed = await user.seal("Run", ADDRESS)
        assert labels(sealed)[-1] == offer
        [asked] = await user.press(offer)
        assert asked.text == told("settings-zone")
        assert offer not in labels(user.heard)
        [shown] = await user.say("London")
        assert told("settings-moved", when="Thu, Jan 8, 6 PM") in shown.text
        assert offer not in labels(await user.seal("Read", ADDRESS))

    async def test_the_other_buttons_stay(self, user: FakeUser) -> None:
        await user.write("Run")
        [sealed] = await user.press(told("button-just-here"))
        await user.press("Not in Seoul")
        kept = next(each for each in user.heard if each.id == sealed.id)
        assert labels([kept]) == labels([sealed])[:-1]

    async def test_nobody_is_who_speaks_what_is_spoken_there(
        self, harness: Harness, app: App
    ) -> None:
        user = harness.user(app, language="ko")
        offers = labels(await user.seal("달리기", ADDRESS))
        assert not [each for each in offers if each.startswith("🌍")]

    async def test_nor_who_chose_a_zone(self, user: FakeUser) -> None:
        await user.say("/settings")
        await user.press(told("button-zone"))
        await user.say("Seoul")
        offers = labels(await user.seal("Run", ADDRESS))
        assert not [each for each in offers if each.startswith("🌍")]

    async def test_nothing_has_to_be_answered(
        self, harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
    ) -> None:
        await user.seal("Run", ADDRESS)
        assert texts(await user.say("London")) == [told("stray")]
        await harness.pass_time(app, 7 * DAY)
        assert len(smtp_server.accepted) == 1


async def test_a_choice_costs_the_store_as_little_however_many_letters_it_moves(
    harness: Harness, app: App, user: FakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, statements = Transaction.run, 0

    async def counted(tx: Transaction, sql: str, **values: Value) -> None:
        nonlocal statements
        statements += 1
        await run(tx, sql, **values)

    monkeypatch.setattr(Transaction, "run", counted)
    spent = []
    for hour in (7, 8):
        for n in range(3):
            await user.seal(f"words {n}", ADDRESS)
        await harness.pass_time(app, HOUR)
        before = statements
        await user.forge(f"settings:arrive:{hour}")
        spent.append(statements - before)
    assert spent[0] == spent[1]
