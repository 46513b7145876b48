"""/start and /help know where one stands, and /stop what may be meant."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.locales import Catalog
from tests.support.app import FakeUser, Harness
from tests.support.mails import CONFIRM, LIFT, is_confirmation, link_in, text_of
from tests.support.rows import count
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import EN, labels, texts, told

ADDRESS = "me@example.com"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class TestStart:
    async def test_who_never_wrote_is_told_what_this_is(
        self, harness: Harness, app: App, speech: Catalog
    ) -> None:
        user = harness.user(app, language=speech.language)
        answer = await user.say("/start")
        assert texts(answer) == [speech.say("start", after=speech.after((7, 30)))]
        assert labels(answer) == [speech.say("button-write-first"), speech.say("button-sample")]
        assert texts(await user.press(speech.say("button-write-first"))) == [
            speech.say("ask-words")
        ]

    async def test_a_sample_shows_how_a_letter_arrives_and_makes_none(
        self, harness: Harness, app: App, speech: Catalog
    ) -> None:
        user = harness.user(app, language=speech.language)
        await user.say("/start")
        sample, said = await user.press(speech.say("button-sample"))
        assert sample.text.startswith("📮")
        assert speech.say("sample-words") in sample.text
        assert any(entity["type"] == "blockquote" for entity in sample.wire["entities"])
        assert (said.text, labels([sample, said])) == (
            speech.say("sample"),
            [speech.say("button-write-first")],
        )
        assert await count(app.database, "letters") == await count(app.database, "deliveries") == 0

    async def test_who_has_letters_on_their_way_hears_of_them(
        self, harness: Harness, app: App, user: FakeUser
    ) -> None:
        await user.seal("Run", ADDRESS)
        [answer] = await user.say("/start")
        assert answer.text == told_again(1, "Thu, Jan 8")
        await harness.pass_time(app, DAY)
        await user.seal("Read", ADDRESS)
        [answer] = await user.say("/start")
        assert answer.text == told_again(2, "Thu, Jan 8")
        assert labels([answer]) == [told("button-write-new"), told("button-my-letters")]
        [listed] = await user.press(told("button-my-letters"))
        assert "Read" in listed.text

    async def test_who_has_none_to_come_is_welcome_all_the_same(
        self, harness: Harness, app: App, user: FakeUser
    ) -> None:
        await user.seal("Run", ADDRESS)
        await harness.pass_time(app, 7 * DAY)
        await harness.pass_time(app, 23 * DAY)
        assert texts(await user.say("/start")) == [told("start-none-to-come")]

    @pytest.mark.parametrize("command", ["/start", "/help"])
    @pytest.mark.parametrize("has_letters", [True, False])
    async def test_a_letter_being_written_is_still_there(
        self, user: FakeUser, command: str, *, has_letters: bool
    ) -> None:
        if has_letters:
            await user.seal("Run", ADDRESS)
        await user.write("Read")
        [answer] = await user.say(command)
        assert answer.text.endswith(told("draft-still-here"))
        assert labels([answer]) == [told("button-go-on")]


class TestStop:
    async def test_mail_can_be_stopped_by_the_one_it_goes_to(
        self, harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
    ) -> None:
        await user.seal("Run", ADDRESS)
        [asked] = await user.say("/stop")
        assert labels([asked]) == [told("button-stop-mail"), told("button-erase-all")]
        *_, done = await user.press(told("button-stop-mail"))
        assert (done.id, done.text) == (asked.id, told("stop-done"))
        await harness.pass_time(app, 7 * DAY)
        assert [mail.message["Subject"] for mail in smtp_server.accepted] == [
            told("mail-suppressed-subject")
        ]
        assert "Run" in user.heard[-1].text, "of what they did themselves no word follows"

    async def test_the_settings_say_that_mail_to_the_address_is_stopped(
        self, user: FakeUser
    ) -> None:
        await user.seal("Run", ADDRESS)
        await user.say("/stop")
        await user.press(told("button-stop-mail"))
        [shown] = await user.say("/settings")
        assert told("settings-stopped", address=ADDRESS) in shown.text

    async def test_what_was_stopped_so_comes_once_it_is_allowed_and_confirmed_again(
        self, harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
    ) -> None:
        await user.seal("Run", ADDRESS)
        await user.say("/stop")
        await user.press(told("button-stop-mail"))
        await user.open(link_in(smtp_server.accepted[-1], LIFT))
        await user.press(told("button-lift"))
        await user.say("/confirm")
        await user.open(link_in(smtp_server.accepted[-1], CONFIRM))
        await harness.pass_time(app, 7 * DAY)
        assert "Run" in text_of(smtp_server.accepted[-1])

    async def test_an_address_that_is_not_confirmed_is_not_ones_own_to_stop(
        self, harness: Harness, app: App, user: FakeUser
    ) -> None:
        await user.seal("Run", ADDRESS, confirmed=False)
        await user.say("/stop")
        assert texts(await user.press(told("button-stop-mail"))) == [told("just-here-then")]
        assert await count(app.database, "suppressions") == 0
        await harness.pass_time(app, DAY)
        assert told("address-unconfirmed", address=ADDRESS) not in texts(user.heard)

    async def test_where_no_mail_goes_there_is_none_to_stop(self, user: FakeUser) -> None:
        await user.write("Run")
        await user.press(told("button-just-here"))
        await user.say("/stop")
        assert texts(await user.press(told("button-stop-mail"))) == [told("stop-none")]

    async def test_nothing_says_any_more_that_mail_is_on_its_way(
        self, harness: Harness, app: App, user: FakeUser
    ) -> None:
        await user.seal("Run", ADDRESS)
        await user.say("/stop")
        await user.press(told("button-stop-mail"))
        await user.say("/letters")
        [page] = await user.press("1")
        assert page.text.count(f"mail {told('standing-stopped')}") == 2
        await harness.pass_time(app, HOUR)
        [closed] = [each for each in user.heard if told("sealed-closed") in each.text]
        assert ADDRESS not in closed.text

    async def test_everything_can_be_erased(self, user: FakeUser) -> None:
        await user.seal("Run", ADDRESS)
        await user.say("/stop")
        assert texts(await user.press(told("button-erase-all"))) == [told("delete-ask")]


class TestMissedMail:
    @pytest.mark.parametrize(
        "text", ["메일이 안 와요", "메일이 안와요ㅠㅠ", "The mail didn't come!"]
    )
    async def test_who_waits_for_a_mail_is_told_where_it_may_be(
        self, user: FakeUser, smtp_server: ScriptedSmtp, text: str
    ) -> None:
        await user.seal("Run", "me@naver.com", confirmed=False)
        assert is_confirmation(smtp_server.accepted[0])
        [help_] = await user.say(text)
        assert help_.text.startswith(f"{told('spam')}\n\n{told('spam-naver')}")
        assert labels([help_])[0].startswith(told("button-confirm-again"))

    async def test_who_waits_for_none_is_told_what_this_is(self, user: FakeUser) -> None:
        assert texts(await user.say("메일이 안 와요")) == [told("stray")]

    async def test_while_a_letter_is_written_it_is_a_part(self, user: FakeUser) -> None:
        await user.seal("Run", ADDRESS, confirmed=False)
        await user.write("Read")
        assert "메일이 안 와요" in texts(await user.say("메일이 안 와요"))[0]


def told_again(number: int, date: str) -> str:
    return EN.count("start-again", number, date=date)
