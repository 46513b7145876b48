"""A letter of several messages: each is a part, echoed, and nothing that is sent is lost."""

from datetime import timedelta
from functools import partial

import pytest

from bot.app import App
from bot.letters import LONGEST_LETTER
from bot.local.messages import Message
from bot.locales import Catalog
from bot.text import FOLDED_QUOTE, MESSAGE_LIMIT, QUOTE, Entity, Words, utf16_length
from tests.support.app import FakeUser, Harness
from tests.support.bot_api import BotApiServer, server_error
from tests.support.rows import count, kept_words, sealed_words
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import EN, labels, so_far, texts, told

ADDRESS = "me@example.com"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def own(user: FakeUser) -> list[Message]:
    return [each for each in user.telegram.chat(user.person) if not each.by_bot]


class TestLeftOut:
    async def test_the_last_message_can_be_left_out_of_several(
        self, harness: Harness, app: App, speech: Catalog
    ) -> None:
        user = harness.user(app, language=speech.language)
        [alone] = await user.write("Run")
        assert speech.say("button-leave-out") not in labels([alone])
        await user.say("What is this email, please?")
        [echo] = await user.press(speech.say("button-leave-out"))
        assert echo.text == so_far("Run", speech.language)
        await user.press(speech.say("button-just-here"))
        assert await sealed_words(app.database) == [Words("Run")]

    async def test_there_is_none_to_leave_out_of_a_letter_begun_anew(self, user: FakeUser) -> None:
        await user.write("Run")
        await user.say("and read")
        last = own(user)[-1].id
        await user.press(told("button-start-over"))
        assert texts(await user.forge(f"draft:leave-out:{last}")) == [told("stale-press")]

    async def test_pressed_twice_it_leaves_out_one_message(self, app: App, user: FakeUser) -> None:
        for words in ("/write", "Run", "and read", "and swim"):
            await user.say(words)
        last = own(user)[-1].id
        for _ in range(2):
            await user.forge(f"draft:leave-out:{last}")
        assert await kept_words(app.database) == Words("Run\nand read")


class TestStory:
    async def test_five_messages_and_an_address_in_a_sentence_make_one_letter(
        self, harness: Harness, app: App, smtp_server: ScriptedSmtp, speech: Catalog
    ) -> None:
        user = harness.user(app, language=speech.language)
        await user.has_confirmed("hong123@naver.com")
        await user.say("/write")
        lines = ["매일 달리기", "and read", "물 마시기", "early to bed", "🙂"]
        for n, line in enumerate(lines, 1):
            assert texts(await user.say(line)) == [so_far("\n".join(lines[:n]), speech.language)]
        assert len(user.heard) == 2
        [answer] = await user.say("제 메일은 hong123@naver.com이에요")
        assert "💌" in answer.text
        assert await sealed_words(app.database) == [Words("\n".join(lines))]
        await harness.pass_time(app, 7 * DAY)
        assert "물 마시기\nearly to bed" in user.heard[-1].text
        assert [mail.recipients for mail in smtp_server.accepted] == [("hong123@naver.com",)]

    async def test_the_letter_is_asked_for_with_a_hint_in_the_field(
        self, harness: Harness, app: App, speech: Catalog
    ) -> None:
        user = harness.user(app, language=speech.language)
        [asked] = await user.say("/write")
        assert (asked.text, asked.hint) == (speech.say("ask-words"), speech.say("hint-words"))
        [echo] = await user.say("Run")
        assert echo.hint is None

    async def test_the_words_behind_the_command_are_the_first_part(
        self, app: App, user: FakeUser
    ) -> None:
        await user.say("/write Run")
        await user.say("and read")
        await user.say(ADDRESS)
        assert await sealed_words(app.database) == [Words("Run\nand read")]


class TestEcho:
    async def test_the_words_stand_in_a_quote_with_their_formatting(self, user: FakeUser) -> None:
        bold = Entity(type="bold", offset=0, length=3)
        [echo] = await user.write(Words("Run every morning", (bold,)))
        start = utf16_length(so_far("§").partition("§")[0])
        assert echo.words.entities == (
            Entity(type=QUOTE, offset=start, length=17),
            Entity(type="bold", offset=start, length=3),
        )

    async def test_a_quote_of_many_lines_is_folded(self, user: FakeUser) -> None:
        for line in ("one", "two", "three", "four", "five", "six"):
            await user.write(line) if line == "one" else await user.say(line)
        assert [each.type for each in user.heard[-1].words.entities] == [QUOTE]
        await user.say("seven")
        assert [each.type for each in user.heard[-1].words.entities] == [FOLDED_QUOTE]

    async def test_words_with_a_quote_of_their_own_are_shown_as_they_are(
        self, user: FakeUser
    ) -> None:
        quote = Entity(type=QUOTE, offset=0, length=3)
        [echo] = await user.write(Words("Run every morning", (quote,)))
        assert echo.text == so_far("Run every morning")
        assert [(each.type, each.length) for each in echo.words.entities] == [(QUOTE, 3)]

    @pytest.mark.parametrize("character", ["a", "가", "🙂", "한 줄 \n"])
    async def test_a_long_letter_is_shown_by_its_beginning_and_its_end(
        self, harness: Harness, user: FakeUser, character: str
    ) -> None:
        await user.write("first words " + character * (1800 // len(character)))
        harness.clock.advance(MINUTE)
        await user.say(character * (1700 // len(character)) + " last words")
        echo = user.heard[-1].text
        assert utf16_length(echo) <= MESSAGE_LIMIT
        begins, ends = so_far("§").split("§")
        assert echo.startswith(f"{begins}first words")
        assert echo.endswith(f"last words{ends}")
        assert "[…]" in echo

    async def test_the_echo_of_the_longest_letter_can_be_sent(
        self, app: App, user: FakeUser
    ) -> None:
        await user.write("🙂" * (LONGEST_LETTER // 2))
        await user.say("🙂" * (LONGEST_LETTER // 2 - 1))
        assert user.heard[-1].text.startswith(so_far("§").partition("§")[0])
        await user.say(ADDRESS)
        assert await count(app.database, "letters") == 1

    async def test_where_something_else_was_said_it_comes_anew_below(self, user: FakeUser) -> None:
        [first] = await user.write("Run")
        await user.send_other("sticker")
        [echo] = await user.say("and read")
        assert echo.text == so_far("Run\nand read")
        assert echo == user.heard[-1]
        assert first.id not in {each.id for each in user.heard}

    async def test_where_it_is_out_of_sight_it_comes_anew_below(self, user: FakeUser) -> None:
        [first] = await user.write("Run")
        await user.say("a line\n" * 7)
        assert [each.id for each in user.heard if each.text.startswith("I have")] == [first.id]
        await user.say("a line\n" * 8)
        [echo] = [each for each in user.heard if each.text.startswith("I have")]
        assert echo.id > first.id
        assert echo.text.count("a line") == 15

    async def test_sealed_it_keeps_no_buttons(self, user: FakeUser) -> None:
        [echo] = await user.write("Run")
        assert labels([echo]) == [told("button-just-here"), told("button-start-over")]
        await user.say(ADDRESS)
        [left] = [each for each in user.heard if each.id == echo.id]
        assert (left.text, labels([left])) == (echo.text, [])

    async def test_the_next_letter_has_an_echo_of_its_own(self, user: FakeUser) -> None:
        [first] = await user.write("Run")
        await user.say("/cancel")
        [second] = await user.write("Swim")
        assert second.id > first.id
        assert [labels([each]) for each in user.heard if each.id == first.id] == [[]]

    async def test_parts_that_come_quickly_have_one_echo(
        self, harness: Harness, bot_api: BotApiServer
    ) -> None:
        harness.api = bot_api
        async with harness.app() as app:
            user = harness.user(app)
            await user.say("/write")
            gate = bot_api.hold("sendMessage")
            last = [user.telegram.say(user.person, f"line {n}") for n in range(1, 9)][-1]
            await gate.reached()
            await app.inbox.join()
            gate.release()
            await user.handled(last)
            lines = "\n".join(f"line {n}" for n in range(1, 9))
            assert texts(user.heard) == [told("ask-words"), so_far(lines)]
            assert len(bot_api.calls_of("editMessageText")) == 1

    async def test_after_an_outage_only_the_newest_is_said(
        self, harness: Harness, bot_api: BotApiServer
    ) -> None:
        harness.api = bot_api
        async with harness.app() as app:
            user = harness.user(app)
            await user.say("/write")
            bot_api.fault("sendMessage", server_error())
            for line in ("Run", "and read", "and rest"):
                await user.say(line)
            await harness.pass_time(app, MINUTE)
            assert texts(user.heard) == [told("ask-words"), so_far("Run\nand read\nand rest")]

    async def test_begun_again_it_becomes_the_question_for_words(
        self, app: App, user: FakeUser
    ) -> None:
        [echo] = await user.write("Run")
        [asked] = await user.press(told("button-start-over"))
        assert (asked.id, asked.text) == (echo.id, told("ask-words"))
        assert texts(await user.say("Swim")) == [so_far("Swim")]
        await user.say(ADDRESS)
        assert await sealed_words(app.database) == [Words("Swim")]


class TestStartingOver:
    async def test_words_thrown_away_can_be_brought_back(self, app: App, user: FakeUser) -> None:
        await user.write("Run")
        await user.say("and read")
        [asked] = await user.press(told("button-start-over"))
        assert labels([asked]) == [told("button-bring-back")]
        [echo] = await user.press(told("button-bring-back"))
        assert (echo.id, echo.text) == (asked.id, so_far("Run\nand read"))
        await user.say(ADDRESS)
        assert await sealed_words(app.database) == [Words("Run\nand read")]

    async def test_they_come_before_what_was_written_since(self, app: App, user: FakeUser) -> None:
        await user.write("Run")
        await user.press(told("button-start-over"))
        await user.say("Swim")
        assert await kept_words(app.database) == Words("Swim")
        await user.press(told("button-bring-back"))
        assert await kept_words(app.database) == Words("Run\nSwim")

    async def test_sealed_without_them_they_are_gone(self, app: App, user: FakeUser) -> None:
        await user.write("Run")
        await user.press(told("button-start-over"))
        await user.say("Swim")
        await user.say(ADDRESS)
        assert await sealed_words(app.database) == [Words("Swim")]
        assert texts(await user.press(told("button-bring-back"))) == [told("stale-press")]

    async def test_an_address_sent_first_is_kept(self, user: FakeUser) -> None:
        await user.say("/write")
        await user.say(ADDRESS)
        await user.say("Run")
        await user.press(told("button-start-over"))
        assert ADDRESS in labels(await user.say("Swim"))


class TestEdits:
    async def test_each_part_can_be_edited_and_the_echo_follows(
        self, app: App, user: FakeUser
    ) -> None:
        await user.write("Run")
        for line in ("and read", "and rest"):
            await user.say(line)
        middle = own(user)[-2]
        assert texts(await user.edit(middle.id, "and swim")) == [so_far("Run\nand swim\nand rest")]
        await user.say(ADDRESS)
        assert await sealed_words(app.database) == [Words("Run\nand swim\nand rest")]

    async def test_an_edit_of_what_is_no_part_changes_no_letter(
        self, app: App, user: FakeUser
    ) -> None:
        await user.write("Run")
        await user.say("/help")
        assert texts(await user.edit(own(user)[-1].id, "/helpme")) == [told("edit-without-effect")]
        assert await kept_words(app.database) == Words("Run")


class TestTooMuch:
    async def test_a_part_too_many_can_be_left_out(self, app: App, user: FakeUser) -> None:
        await user.write("Run")
        [full] = await user.say("b" * LONGEST_LETTER)
        excess = EN.count("words-too-long", 4004, limit="4,000", excess="4")
        assert full.text == f"{excess} {told('shorten-one')}"
        assert labels([full]) == [told("button-leave-out")]
        [echo] = await user.press(told("button-leave-out"))
        assert (echo.id, echo.text) == (full.id, so_far("Run"))
        await user.say(ADDRESS)
        assert await sealed_words(app.database) == [Words("Run")]

    async def test_a_part_too_many_can_be_edited_short_and_keeps_others_out(
        self, harness: Harness, app: App, user: FakeUser
    ) -> None:
        await user.write("Run")
        await user.say("b" * LONGEST_LETTER)
        await user.edit(own(user)[-1].id, "and read")
        assert await kept_words(app.database) == Words("Run\nand read")
        [full] = await user.say("b" * LONGEST_LETTER)
        harness.clock.advance(MINUTE)
        assert texts(await user.say("and rest")) == [full.text]
        await user.press(told("button-leave-out"))
        assert texts(await user.say("and rest")) == [so_far("Run\nand read\nand rest")]

    async def test_an_edit_that_makes_it_too_long_loses_no_other_part(
        self, harness: Harness, app: App, user: FakeUser
    ) -> None:
        await user.write("Run")
        first = own(user)[-1]
        harness.clock.advance(MINUTE)
        await user.say("and read")
        [full] = await user.edit(first.id, "b" * LONGEST_LETTER)
        assert labels([full]) == [told("button-leave-out")]
        harness.clock.advance(MINUTE)
        assert texts(await user.say("and rest")) == [full.text]
        await user.edit(first.id, "Swim")
        assert await kept_words(app.database) == Words("Swim\nand read")

    async def test_a_paste_too_large_to_keep_loses_no_earlier_part(
        self, harness: Harness, app: App, user: FakeUser
    ) -> None:
        await user.write("Run")
        await user.say("가" * (5 * MESSAGE_LIMIT) + "the end")
        assert user.heard[-1].text == told("words-not-kept", limit="4,000")
        harness.clock.advance(MINUTE)
        await user.say("and read")
        assert await kept_words(app.database) == Words("Run\nand read")

    async def test_a_forged_press_leaves_nothing_out(self, app: App, user: FakeUser) -> None:
        await user.write("Run")
        first = own(user)[-1].id
        await user.say("and read")
        for forged in ("draft:leave-out", f"draft:leave-out:{first}"):
            await user.forge(forged)
        assert await kept_words(app.database) == Words("Run\nand read")

    async def test_a_message_that_shows_nothing_is_no_part(self, app: App, user: FakeUser) -> None:
        await user.write("Run")
        assert texts(await user.say("\u2800")) == [told("part-empty")]
        assert await kept_words(app.database) == Words("Run")


class TestEither:
    """What may be an address or words."""

    @pytest.mark.parametrize(
        "words",
        [
            "그리고 매일 읽기",
            "meet friends @ 7",
            "follow @brian_kim",
            "see you @ home",
            "x" * 501 + " me@example.com",
            "no.address.com",
        ],
    )
    async def test_what_is_no_address_is_a_part(self, app: App, user: FakeUser, words: str) -> None:
        await user.write("Run")
        await user.say(words)
        assert await kept_words(app.database) == Words(f"Run\n{words}")

    @pytest.mark.parametrize(
        ("typed", "flaw"),
        [
            ("me@example", "address-domain-without-dot"),
            ("love @ first@sight", "address-domain-without-dot"),
            ("me@", "address-no-domain"),
            ("@brian", "address-no-name"),
            ("me@x.com or you@x.com", "address-several"),
        ],
    )
    async def test_what_is_nearly_an_address_can_be_a_part_all_the_same(
        self, app: App, user: FakeUser, typed: str, flaw: str
    ) -> None:
        await user.write("Run")
        [asked] = await user.say(typed)
        assert (asked.text, labels([asked])) == (told(flaw), [told("button-take-part")])
        assert await kept_words(app.database) == Words("Run")
        [echo] = await user.press(told("button-take-part"))
        assert (echo.id, echo.text) == (asked.id, so_far(f"Run\n{typed}"))
        await user.say(ADDRESS)
        assert await sealed_words(app.database) == [Words(f"Run\n{typed}")]

    async def test_a_text_taken_as_a_part_later_stands_where_it_was_sent(
        self, app: App, user: FakeUser
    ) -> None:
        await user.write("Run")
        await user.say("me@example")
        await user.say("and read")
        await user.press(told("button-take-part"))
        assert await kept_words(app.database) == Words("Run\nme@example\nand read")

    async def test_a_text_that_is_left_is_no_part(self, app: App, user: FakeUser) -> None:
        await user.write("Run")
        await user.say("me@example")
        await user.say(ADDRESS)
        assert await sealed_words(app.database) == [Words("Run")]

    async def test_a_text_edited_into_words_is_a_part(self, app: App, user: FakeUser) -> None:
        await user.write("Run")
        await user.say("me@example")
        await user.edit(own(user)[-1].id, "and read")
        assert await kept_words(app.database) == Words("Run\nand read")
        await user.forge(f"draft:take:{own(user)[-1].id}")
        assert await kept_words(app.database) == Words("Run\nand read")

    @pytest.mark.parametrize(
        "words",
        [
            "and read\nme@example.com",
            f"Every week I will write a long letter to my mother at {ADDRESS}, by {'hand ' * 5}!",
        ],
    )
    async def test_whether_a_text_that_says_more_is_the_address_is_asked(
        self, app: App, user: FakeUser, words: str
    ) -> None:
        await user.write("Run")
        [asked] = await user.say(words)
        assert asked.text == told("address-or-words", address=ADDRESS)
        assert labels([asked]) == [told("button-as-meant"), told("button-take-part")]
        assert await count(app.database, "letters") == 0
        await user.press(told("button-take-part"))
        assert await kept_words(app.database) == Words(f"Run\n{words}")
        await user.press(ADDRESS)
        assert await sealed_words(app.database) == [Words(f"Run\n{words}")]

    async def test_another_address_instead_of_an_answer_leaves_the_words_at_hand(
        self, app: App, user: FakeUser
    ) -> None:
        await user.say("/write")
        await user.say("Write to boss@example.org and ask")
        [answer] = await user.say(ADDRESS)
        assert answer.text == told("address-first")
        [echo] = await user.press(told("button-take-part"))
        assert echo.text == so_far("Write to boss@example.org and ask")
        await user.press(ADDRESS)
        assert await sealed_words(app.database) == [Words("Write to boss@example.org and ask")]

    async def test_a_text_that_says_more_can_be_the_address(self, app: App, user: FakeUser) -> None:
        await user.write("Run")
        await user.say("please\nme@example.com")
        assert ADDRESS in texts(await user.press(told("button-as-meant")))[1]
        assert await sealed_words(app.database) == [Words("Run")]


class TestAddressFirst:
    async def test_an_address_sent_first_is_the_first_button(
        self, harness: Harness, app: App, speech: Catalog
    ) -> None:
        user = harness.user(app, language=speech.language)
        await user.seal("Earlier", "old@example.com")
        await user.say("/write")
        assert texts(await user.say(ADDRESS)) == [speech.say("address-first")]
        [echo] = await user.say("Run")
        assert labels([echo])[1:3] == [ADDRESS, "old@example.com"]
        assert ADDRESS in texts(await user.press(ADDRESS))[1]
        assert await sealed_words(app.database) == [Words("Earlier"), Words("Run")]

    async def test_an_address_used_before_is_offered_once(self, user: FakeUser) -> None:
        await user.seal("Earlier", "Me@Example.com")
        await user.say("/write")
        await user.say(ADDRESS)
        [echo] = await user.say("Run")
        assert labels([echo])[1:] == [ADDRESS, told("button-start-over")]

    async def test_a_slip_sent_first_is_asked_about_and_then_remembered(
        self, user: FakeUser
    ) -> None:
        await user.say("/write")
        assert texts(await user.say("me@gmial.com")) == [
            told("did-you-mean", likelier="me@gmail.com")
        ]
        assert texts(await user.press("Use me@gmail.com")) == [told("address-first")]
        assert labels(await user.say("Run"))[1] == "me@gmail.com"

    async def test_another_address_typed_later_is_the_letters(self, user: FakeUser) -> None:
        await user.say("/write")
        await user.say("first@example.com")
        await user.say("Run")
        assert "other@example.com" in texts(await user.say("other@example.com"))[1]

    async def test_it_is_kept_when_the_letter_is_begun_again(self, user: FakeUser) -> None:
        await user.say("/write")
        await user.say(ADDRESS)
        await user.say("/write")
        assert labels(await user.say("Run"))[1] == ADDRESS

    async def test_in_a_sentence_it_is_asked_about(self, user: FakeUser) -> None:
        await user.say("/write")
        [asked] = await user.say("제 메일은 hong123@naver.com이에요")
        assert asked.text == told("address-or-words", address="hong123@naver.com")
        assert texts(await user.press(told("button-as-meant"))) == [told("address-first")]
        assert labels(await user.say("Run"))[1] == "hong123@naver.com"

    async def test_while_the_words_are_too_many_it_is_kept_too(self, user: FakeUser) -> None:
        await user.write("b" * (LONGEST_LETTER + 1))
        kept, asked = await user.say(ADDRESS)
        assert kept.text == told("address-kept")
        assert asked.text == user.heard[1].text
        await user.edit(own(user)[-2].id, "Run")
        assert labels([user.heard[-1]])[1] == ADDRESS


async def test_parts_of_one_person_that_come_at_once_are_all_taken_in_order(
    harness: Harness, app: App, user: FakeUser
) -> None:
    await user.say("/write")
    say = partial(user.telegram.say, user.person)
    last = [say(f"line {n}") for n in range(1, 8)][-1]
    await user.handled(last)
    await user.say(ADDRESS)
    assert await sealed_words(app.database) == [Words("\n".join(f"line {n}" for n in range(1, 8)))]
