"""The conversation that makes a letter, on the real Application, and all that goes wrong in it."""

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest

from bot.app import App
from bot.email_address import Flaw
from bot.letters import LARGEST_LETTER, LONGEST_LETTER
from bot.locales import Catalog
from bot.text import MESSAGE_LIMIT, Entity, Words
from tests.support.app import FakeUser, Harness
from tests.support.rows import count, kept_words, sealed_words
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, so_far, texts, told

ADDRESS = "me@example.com"
PAUSE = timedelta(seconds=10)
"""Longer than the pieces of one paste are apart."""


@pytest.fixture
def user(harness: Harness, app: App, speech: Catalog) -> FakeUser:
    """Return someone who speaks that language."""
    return harness.user(app, language=speech.language)


@pytest.fixture
def english(harness: Harness, app: App) -> FakeUser:
    return harness.user(app, language="en")


def too_long(speech: Catalog, n: int) -> str:
    """Return what is said of a letter of one message with so many characters."""
    excess = speech.count("words-too-long", n, limit="4,000", excess=f"{n - 4000:,}")
    return f"{excess} {speech.say('shorten-it')}"


def parts(mail: EmailMessage) -> tuple[str, str]:
    plain, html = mail.iter_parts()
    assert isinstance(plain, EmailMessage)
    assert isinstance(html, EmailMessage)
    return plain.get_content().replace("\r\n", "\n"), html.get_content()


class TestBeginning:
    async def test_start_names_the_days_that_are_set(self, harness: Harness) -> None:
        harness.environ = {"REMINDER_DAYS": "1"}
        async with harness.app() as app:
            [greeting] = await harness.user(app, language="en").say("/start")
        assert "after 1 day: here" in greeting.text

    async def test_help_helps(self, user: FakeUser, speech: Catalog) -> None:
        assert texts(await user.say("/help")) == [speech.say("help")]

    async def test_words_behind_the_command_are_the_letters(
        self, app: App, user: FakeUser, speech: Catalog
    ) -> None:
        command = Entity(type="bot_command", offset=0, length=6)
        bold = Entity(type="bold", offset=10, length=5)
        asked = await user.say(Words("/write 달리기 every morning", (command, bold)))
        assert texts(asked) == [so_far("달리기 every morning", speech.language)]
        await user.say(ADDRESS)
        every = Entity(type="bold", offset=3, length=5)
        assert await sealed_words(app.database) == [Words("달리기 every morning", (every,))]

    async def test_words_behind_the_command_do_not_replace_the_letter_under_way(
        self, app: App, user: FakeUser, speech: Catalog
    ) -> None:
        await user.write("the first")
        assert texts(await user.say("/write the second")) == [
            speech.say("draft-under-way", first="the first")
        ]
        assert await kept_words(app.database) == Words("the first")

    async def test_the_words_behind_the_command_can_be_edited(
        self, app: App, user: FakeUser
    ) -> None:
        await user.say("/write Run")
        await user.edit(user.last_own.id, "/write Run every morning")
        assert await kept_words(app.database) == Words("Run every morning")

    async def test_a_link_from_a_group_begins_a_letter(self, english: FakeUser) -> None:
        assert texts(await english.say("/start write")) == [told("ask-words")]

    async def test_a_link_with_any_other_payload_greets(self, english: FakeUser) -> None:
        [greeting] = texts(await english.say("/start x' OR 1=1 --"))
        assert greeting.startswith("Hello, this is the Slow Mailbox.")

    async def test_write_again_offers_the_letter_under_way(self, english: FakeUser) -> None:
        await english.write("Run")
        offered = await english.say("/write")
        assert texts(offered) == [told("draft-under-way", first="Run")]
        assert labels(offered) == [told("button-go-on"), told("button-start-over")]
        assert texts(await english.press("Go on")) == [so_far("Run")]
        await english.say("/write")
        assert texts(await english.press("Start over")) == [told("ask-words")]
        await english.say("Swim")
        assert "💌" in texts(await english.say(ADDRESS))[0]

    async def test_write_twice_before_any_words_just_asks_again(self, english: FakeUser) -> None:
        await english.say("/write")
        assert texts(await english.say("/write")) == [told("ask-words")]


class TestWords:
    @pytest.mark.parametrize("kind", ["sticker", "photo", "voice"])
    async def test_only_words_are_taken(self, user: FakeUser, speech: Catalog, kind: str) -> None:
        await user.say("/write")
        assert texts(await user.send_other(kind)) == [speech.say("words-only")]
        assert texts(await user.say("Run")) == [so_far("Run", speech.language)]
        assert texts(await user.send_other(kind)) == [speech.say("address-only")]
        assert "💌" in texts(await user.say(ADDRESS))[0]

    async def test_words_that_are_too_long_are_counted_and_edited_short(
        self, app: App, user: FakeUser, speech: Catalog
    ) -> None:
        answer = texts(await user.write("가" * (LONGEST_LETTER + 7)))
        assert answer == [too_long(speech, 4007)]
        [echo] = await user.edit(user.last_own.id, "가" * LONGEST_LETTER)
        assert echo.text.startswith(so_far("가가", speech.language).partition("가가")[0])
        await user.say(ADDRESS)
        assert await sealed_words(app.database) == [Words("가" * LONGEST_LETTER)]

    async def test_words_that_are_too_long_can_be_sent_anew(
        self, harness: Harness, app: App, english: FakeUser
    ) -> None:
        await english.write("a" * (LONGEST_LETTER + 1))
        harness.clock.advance(PAUSE)
        assert texts(await english.say("Run")) == [so_far("Run")]
        assert await kept_words(app.database) == Words("Run")

    @pytest.mark.parametrize("length", [1, LONGEST_LETTER])
    async def test_the_shortest_and_the_longest_letter_are_taken(
        self, app: App, english: FakeUser, length: int
    ) -> None:
        await english.seal("a" * length, ADDRESS)
        assert await sealed_words(app.database) == [Words("a" * length)]

    async def test_words_of_nothing_but_blank_characters_are_no_letter(
        self, user: FakeUser, speech: Catalog
    ) -> None:
        await user.write("Run")
        # An app trims what it knows as white space, so only an edit can bring such a text in.
        message = user.last_own
        blank = {**message.wire, "text": "\u2003\u3000\n", "edit_date": message.wire["date"]}
        queued = user.telegram._queued("edited_message", blank)
        assert texts(await user.handled(queued))[-1:] == [speech.say("words-empty")]
        assert texts(await user.edit(message.id, "Swim")) != []

    @pytest.mark.parametrize("blank", ["\u200b\u2060", "\u2800", "\u3164\u3164", "\ufe0f"])
    async def test_words_that_show_nothing_are_no_letter(
        self, user: FakeUser, speech: Catalog, blank: str
    ) -> None:
        assert texts(await user.write(blank)) == [speech.say("words-empty")]
        assert texts(await user.say("Run")) == [so_far("Run", speech.language)]

    async def test_words_with_too_large_links_are_weighed_and_edited_small(
        self, app: App, user: FakeUser, speech: Catalog
    ) -> None:
        link = Entity(type="text_link", offset=0, length=3, url="https://example.com/")
        room = LARGEST_LETTER - Words("Run", (link,)).size
        links = replace(link, url=f"https://example.com/{'x' * (room + 7)}")
        answer = texts(await user.write(Words("Run", (links,))))
        size, limit = LARGEST_LETTER + 7, "16,384"
        too_large = speech.count("words-too-large", size, limit=limit, excess="7")
        assert answer == [f"{too_large} {speech.say('shorten-it')}"]
        answer = texts(await user.edit(user.last_own.id, "Run"))
        assert answer == [so_far("Run", speech.language)]
        await user.say(ADDRESS)
        assert await sealed_words(app.database) == [Words("Run")]

    async def test_words_that_are_far_too_many_are_not_kept_nor_is_their_end_a_letter(
        self, harness: Harness, app: App, user: FakeUser, speech: Catalog
    ) -> None:
        await user.write("가" * (4 * MESSAGE_LIMIT) + "the end")
        answers = texts(user.heard)[-2:]
        assert answers == [speech.say("words-not-kept", limit="4,000")] * 2
        assert await kept_words(app.database) == Words("")
        assert texts(await user.edit(user.last_own.id, "Swim")) == [
            speech.say("edit-without-effect")
        ]
        harness.clock.advance(PAUSE)
        assert texts(await user.say("Run")) == [so_far("Run", speech.language)]
        await user.say(ADDRESS)
        assert await sealed_words(app.database) == [Words("Run")]

    async def test_line_breaks_stay_and_ends_are_trimmed(self, app: App, english: FakeUser) -> None:
        await english.seal("\n\n Run\n\n  every day \n", ADDRESS)
        assert await sealed_words(app.database) == [Words("Run\n\n  every day")]


class TestLongPaste:
    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("🙂" * 3900, id="cut-hard"),
            pytest.param("\n".join(["🙂" * 300] * 13), id="cut-at-a-line"),
        ],
    )
    async def test_a_paste_cut_in_two_is_one_letter(
        self, app: App, user: FakeUser, speech: Catalog, text: str
    ) -> None:
        assert len(text) <= LONGEST_LETTER
        await user.write(text)
        before, behind = so_far("§", speech.language).split("§")
        assert user.heard[-1].text.startswith(before)
        assert user.heard[-1].text.endswith(behind)
        await user.say(ADDRESS)
        assert await sealed_words(app.database) == [Words(text)]

    async def test_a_paste_cut_at_a_space_loses_no_word(self, app: App, english: FakeUser) -> None:
        text = " ".join(["🙂" * 300] * 13)
        await english.seal(text, ADDRESS)
        [words] = await sealed_words(app.database)
        assert words.text.split() == text.split()

    async def test_a_paste_above_the_limit_is_counted_as_a_whole_and_not_as_an_address(
        self, user: FakeUser, speech: Catalog
    ) -> None:
        await user.write("a" * 5000)
        assert texts(user.heard)[-1] == too_long(speech, 5000)
        assert not {speech.say(flaw.value, likelier="") for flaw in Flaw} & set(texts(user.heard))

    async def test_formatting_goes_on_across_the_cut(self, app: App, english: FakeUser) -> None:
        text = "🙂" * 3000
        await english.seal(Words(text, (Entity(type="bold", offset=4000, length=200),)), ADDRESS)
        [words] = await sealed_words(app.database)
        assert words.text == text
        assert [(e.type, e.offset, e.length) for e in words.entities] == [
            ("bold", 4000, 96),
            ("bold", 4096, 104),
        ]

    async def test_an_address_right_behind_a_long_letter_is_an_address(
        self, app: App, english: FakeUser
    ) -> None:
        await english.seal("a" * 3000, ADDRESS)
        assert await sealed_words(app.database) == [Words("a" * 3000)]

    async def test_an_address_to_put_right_is_no_piece_of_a_long_letter(
        self, app: App, english: FakeUser
    ) -> None:
        await english.write("a" * 3000)
        asked = await english.say("me@naver.con")
        assert texts(asked) == [told("did-you-mean", likelier="me@naver.com")]
        await english.press("Use me@naver.com")
        assert await sealed_words(app.database) == [Words("a" * 3000)]

    async def test_a_piece_of_a_long_letter_that_holds_an_address_is_a_piece(
        self, app: App, english: FakeUser
    ) -> None:
        await english.write("a" * 3000)
        await english.say("I will write to me@example.com")
        await english.say(ADDRESS)
        assert await sealed_words(app.database) == [
            Words("a" * 3000 + "\nI will write to me@example.com")
        ]

    async def test_either_piece_can_be_edited(self, app: App, english: FakeUser) -> None:
        await english.write("🙂" * 2100)
        first, second = [m for m in english.telegram.chat(english.person) if not m.by_bot][-2:]
        await english.edit(second.id, "the end")
        await english.edit(first.id, "The beginning")
        await english.say(ADDRESS)
        assert await sealed_words(app.database) == [Words("The beginning\nthe end")]

    async def test_a_text_a_while_later_takes_the_place_of_one_that_is_too_long(
        self, harness: Harness, app: App, english: FakeUser
    ) -> None:
        await english.write("a" * MESSAGE_LIMIT)
        harness.clock.advance(PAUSE)
        await english.say("b")
        assert await kept_words(app.database) == Words("b")


class TestEdits:
    async def test_an_edit_before_sealing_edits_the_draft(
        self, app: App, user: FakeUser, speech: Catalog
    ) -> None:
        await user.write("Run")
        answer = await user.edit(user.last_own.id, "Run every day")
        assert texts(answer) == [so_far("Run every day", speech.language)]
        await user.say(ADDRESS)
        assert await sealed_words(app.database) == [Words("Run every day")]

    async def test_words_edited_after_an_address_was_refused_are_taken(
        self, app: App, english: FakeUser
    ) -> None:
        await english.write("Run")
        words = english.last_own
        await english.say("me@example")
        await english.edit(words.id, "Swim")
        await english.say(ADDRESS)
        assert await sealed_words(app.database) == [Words("Swim")]

    async def test_a_malformed_address_can_be_edited_right(
        self, app: App, english: FakeUser
    ) -> None:
        await english.write("Run")
        assert texts(await english.say("me@example")) == [told("address-domain-without-dot")]
        edited = texts(await english.edit(english.last_own.id, "me@example.com"))
        assert ADDRESS in edited[1]
        assert await count(app.database, "letters") == 1

    async def test_an_older_message_edited_is_taken_neither_for_words_nor_for_an_address(
        self, app: App, english: FakeUser
    ) -> None:
        await english.seal("Run", "old@example.com")
        old = english.last_own
        await english.say("/write")
        assert texts(await english.edit(old.id, "older@example.com")) == [
            told("edit-without-effect")
        ]
        await english.say("Swim")
        assert texts(await english.edit(old.id, "oldest@example.com")) == [
            told("edit-without-effect")
        ]
        assert await count(app.database, "letters") == 1
        assert await kept_words(app.database) == Words("Swim")

    async def test_an_edit_an_hour_after_sealing_says_that_it_comes_too_late(
        self, harness: Harness, app: App, user: FakeUser, speech: Catalog
    ) -> None:
        await user.write("Run")
        words = user.last_own
        await user.say(ADDRESS)
        harness.clock.advance(timedelta(hours=1))
        answer = texts(await user.edit(words.id, "Rest"))
        assert answer == [speech.say("edit-of-sealed")]
        assert await sealed_words(app.database) == [Words("Run")]


class TestAddress:
    @pytest.mark.parametrize(
        ("typed", "flaw"),
        [
            ("me@you@example.com", Flaw.MANY_ATS),
            ("me @example.com", Flaw.SPACE),
            ("@example.com", Flaw.NO_NAME),
            ("me@", Flaw.NO_DOMAIN),
            ("me@gmail", Flaw.DOMAIN_WITHOUT_DOT),
            ("me@example..com", Flaw.DOTS),
            (f"{'a' * 300}@example.com", Flaw.TOO_LONG),
            ("me@exam_ple.com", Flaw.CHARACTERS),
            ("me@company.zzz", Flaw.ENDING),
            ("me@example.com or you@example.com", Flaw.SEVERAL),
        ],
    )
    async def test_what_is_wrong_is_told_and_another_try_given(
        self, user: FakeUser, speech: Catalog, typed: str, flaw: Flaw
    ) -> None:
        await user.write("Run")
        asked = await user.say(typed)
        assert texts(asked) == [speech.say(flaw.value)]
        words = [] if typed == "me@company.zzz" else [speech.say("button-take-part")]
        assert labels(asked) == words
        assert "💌" in texts(await user.say(ADDRESS))[0]

    @pytest.mark.parametrize(
        ("typed", "likelier"),
        [("me@gmial.com", "me@gmail.com"), ("me@naver.co", "me@naver.com")],
    )
    async def test_a_slip_is_asked_about(
        self, app: App, user: FakeUser, speech: Catalog, typed: str, likelier: str
    ) -> None:
        await user.write("Run")
        asked = await user.say(typed)
        assert texts(asked) == [speech.say("did-you-mean", likelier=likelier)]
        assert labels(asked) == [
            speech.say("button-as-suggested", address=likelier),
            speech.say("button-as-typed"),
        ]
        assert await count(app.database, "letters") == 0
        assert likelier in texts(await user.press(labels(asked)[0]))[1]

    async def test_what_looked_like_a_slip_can_be_meant(self, english: FakeUser) -> None:
        await english.write("Run")
        await english.say("me@gmial.com")
        _, asked = texts(await english.press("Keep what I typed"))
        assert asked == told("confirm-sent", address="me@gmial.com")

    async def test_another_address_can_be_typed_over_a_slip(
        self, app: App, english: FakeUser
    ) -> None:
        await english.write("Run")
        await english.say("me@gmial.com")
        assert ADDRESS in texts(await english.say(ADDRESS))[1]
        stale = await english.forge("address:as-typed")
        assert texts(stale) == [told("stale-press")]
        assert await count(app.database, "letters") == 1

    async def test_a_button_for_a_slip_of_an_earlier_try_is_asked_anew(
        self, app: App, english: FakeUser
    ) -> None:
        await english.write("Run")
        await english.say("me@gmial.com")
        await english.say("me@example")
        assert texts(await english.forge("address:as-suggested")) == [so_far("Run")]
        assert await count(app.database, "letters") == 0

    async def test_a_slip_can_be_put_right_after_another_part_of_the_letter(
        self, app: App, english: FakeUser
    ) -> None:
        await english.write("Run")
        await english.say("me@gmial.com")
        await english.say("and read")
        assert "me@gmail.com" in texts(await english.press("Use me@gmail.com"))[1]
        assert await sealed_words(app.database) == [Words("Run\nand read")]

    @pytest.mark.parametrize(
        "sentence",
        [
            "제 메일은 hong123@naver.com이에요",
            "hong123@naver.com please",
            "메일은 hong123@naver.com으로 보내 주세요",
            "my email: <hong123@naver.com>, thanks",
            "hong123@naver.com입니다.",
        ],
    )
    async def test_an_address_in_a_sentence_is_the_address(
        self, harness: Harness, app: App, smtp_server: ScriptedSmtp, user: FakeUser, sentence: str
    ) -> None:
        await user.has_confirmed("hong123@naver.com")
        await user.write("Run")
        assert "hong123@naver.com" in texts(await user.say(sentence))[0]
        await harness.pass_time(app, timedelta(days=7))
        assert [mail.recipients for mail in smtp_server.accepted] == [("hong123@naver.com",)]

    async def test_an_ending_that_there_is_not_is_put_right_or_typed_again(
        self, app: App, user: FakeUser, speech: Catalog
    ) -> None:
        await user.write("Run")
        asked = await user.say("me@naver.con")
        assert texts(asked) == [speech.say("did-you-mean", likelier="me@naver.com")]
        use, retype = (
            speech.say("button-as-suggested", address="me@naver.com"),
            speech.say("button-retype"),
        )
        assert labels(asked) == [use, retype]
        assert texts(await user.press(retype)) == [speech.say("ask-other-address")]
        assert await count(app.database, "letters") == 0
        await user.say("me@naver.con")
        assert "me@naver.com" in texts(await user.press(use))[1]
        assert await count(app.database, "letters") == 1

    @pytest.mark.parametrize("typed", ["ㅡㄷ@naver.com", "제 메일은 ㅡㄷ@ㅜㅁㅍㄷㄱ.채ㅡ 이에요"])
    async def test_hangul_for_latin_letters_is_asked_about(
        self, app: App, user: FakeUser, speech: Catalog, typed: str
    ) -> None:
        await user.write("Run")
        asked = await user.say(typed)
        assert texts(asked) == [speech.say("address-keyboard", likelier="me@naver.com")]
        assert labels(asked)[:2] == [speech.say("button-as-keyed"), speech.say("button-retype")]
        assert await count(app.database, "letters") == 0
        assert "me@naver.com" in texts(await user.press(labels(asked)[0]))[1]
        assert await count(app.database, "letters") == 1

    async def test_an_address_that_can_not_be_is_never_kept_as_typed(
        self, app: App, english: FakeUser
    ) -> None:
        await english.write("Run")
        for typed in ("me@gmial.com", "me@naver.con", "me@gmial.com", "ㅡㄷ@naver.com"):
            await english.say(typed)
        assert texts(await english.forge("address:as-typed")) == [so_far("Run")]
        assert await count(app.database, "letters") == 0

    async def test_an_internationalised_address_gets_its_mail(
        self, harness: Harness, app: App, smtp_server: ScriptedSmtp, english: FakeUser
    ) -> None:
        await english.seal("Run", "편지@우체통.한국")
        await harness.pass_time(app, timedelta(days=7))
        [mail] = smtp_server.accepted
        assert [to.encode().decode() for to in mail.recipients] == [
            "편지@xn--vo5b23i2ve.xn--3e0b707e"
        ]

    async def test_a_prior_address_is_offered_beside_another(
        self, app: App, user: FakeUser, speech: Catalog
    ) -> None:
        await user.seal("Run", "first@example.com")
        await user.seal("Swim", "second@example.com")
        offered = await user.write("Sleep")
        assert labels(offered) == [
            speech.say("button-just-here"),
            "second@example.com",
            "first@example.com",
            speech.say("button-start-over"),
        ]
        assert "first@example.com" in texts(await user.press("first@example.com"))[0]
        assert await count(app.database, "letters") == 3
        assert await count(app.database, "addresses") == 2

    async def test_a_prior_address_belongs_to_its_person(
        self, harness: Harness, app: App, english: FakeUser
    ) -> None:
        await english.seal("Run", "mine@example.com")
        thief = harness.user(app, name="thief")
        assert labels(await thief.write("Steal")) == [
            told("button-just-here"),
            told("button-start-over"),
        ]
        await thief.forge("address:use:1")
        assert "mine@example.com" not in str([m.wire for m in thief.heard])
        assert await count(app.database, "letters") == 1


class TestForgery:
    @pytest.mark.parametrize(
        "data",
        [
            "address:use:0",
            "address:use:-1",
            "address:use:1;DROP TABLE letters",
            "address:use:99999999999999999999999999999",
            "address:use:٣",
            "address:change:1",
            "address:change:99999999999999999999999999999",
            "address:as-suggested",
            "address:as-typed\nx",
            "draft:nonsense",
            "\0",
            "🙂" * 16,
        ],
    )
    async def test_forged_data_seals_nothing_and_is_answered(
        self, app: App, english: FakeUser, data: str
    ) -> None:
        await english.write("Run")
        assert len(await english.forge(data)) <= 1  # the echo says again what it says
        assert told("our-fault") not in texts(english.heard)
        assert await count(app.database, "letters") == 0
        assert await kept_words(app.database) == Words("Run")


class TestStale:
    async def test_a_button_pressed_twice_seals_once(self, app: App, english: FakeUser) -> None:
        await english.seal("Run", ADDRESS)
        await english.write("Swim")
        assert "💌" in texts(await english.press(ADDRESS))[0]
        assert texts(await english.forge("address:use:1")) == [told("stale-press")]
        assert await count(app.database, "letters") == 2

    async def test_a_button_after_cancel_is_over(self, user: FakeUser, speech: Catalog) -> None:
        await user.seal("Run", ADDRESS)
        await user.write("Swim")
        await user.say("/cancel")
        stale = await user.forge("address:use:1")
        assert texts(stale) == [speech.say("stale-press")]
        assert labels(stale) == [speech.say("button-write")]


class TestCancel:
    async def test_cancel_with_nothing_to_cancel(self, user: FakeUser, speech: Catalog) -> None:
        assert texts(await user.say("/cancel")) == [speech.say("nothing-to-cancel")]

    async def test_cancel_of_a_letter_without_a_word_speaks_of_none(
        self, app: App, user: FakeUser, speech: Catalog
    ) -> None:
        await user.say("/write")
        assert texts(await user.say("/cancel")) == [speech.say("nothing-to-cancel")]
        assert await count(app.database, "drafts") == 0
        await user.say("/write")
        await user.say(ADDRESS)
        assert texts(await user.say("/cancel")) == [speech.say("cancelled")]

    @pytest.mark.parametrize(
        "steps",
        [
            pytest.param(("a" * 4001,), id="too long"),
            pytest.param(("Run",), id="asked for an address"),
            pytest.param(("Run", "nonsense"), id="malformed address"),
            pytest.param(("Run", "me@gmial.com"), id="asked about a slip"),
            pytest.param(("Run", "/write"), id="asked whether to go on"),
        ],
    )
    async def test_cancel_throws_the_draft_away_at_every_step(
        self,
        harness: Harness,
        app: App,
        user: FakeUser,
        speech: Catalog,
        steps: tuple[str, ...],
    ) -> None:
        await user.say("/write")
        for step in steps:
            await user.say(step)
            harness.clock.advance(PAUSE)
        assert texts(await user.say("/cancel")) == [speech.say("cancelled")]
        assert await count(app.database, "drafts") == 0
        assert texts(await user.say("Run")) == [speech.say("stray")]
        assert await count(app.database, "letters") == 0


class TestElse:
    async def test_stray_text_gets_a_helpful_line_and_a_button(
        self, user: FakeUser, speech: Catalog
    ) -> None:
        answer = await user.say("hello?")
        assert texts(answer) == [speech.say("stray")]
        assert labels(answer) == [speech.say("button-write")]

    @pytest.mark.parametrize("kind", ["sticker", "photo", "voice"])
    async def test_stray_media_get_a_helpful_line(
        self, user: FakeUser, speech: Catalog, kind: str
    ) -> None:
        assert texts(await user.send_other(kind)) == [speech.say("stray")]

    @pytest.mark.parametrize("steps", [(), ("/write",), ("/write", "Run")])
    async def test_an_unknown_command_gets_a_helpful_line_and_changes_nothing(
        self, app: App, user: FakeUser, speech: Catalog, steps: tuple[str, ...]
    ) -> None:
        for step in steps:
            await user.say(step)
        before = await kept_words(app.database)
        assert texts(await user.say("/fly me to the moon")) == [speech.say("unknown-command")]
        [help_] = texts(await user.say("/help"))
        assert help_.startswith(speech.say("help"))
        assert await kept_words(app.database) == before
        assert await count(app.database, "drafts") == bool(steps)

    async def test_two_people_at_once_stay_apart(
        self, harness: Harness, app: App, smtp_server: ScriptedSmtp
    ) -> None:
        ann = harness.user(app, name="ann", language="en")
        bora = harness.user(app, name="bora", language="ko")
        await ann.has_confirmed("ann@example.com")
        await bora.has_confirmed("bora@example.com")
        await ann.say("/write")
        await bora.say("/write")
        await ann.say("Run")
        await bora.say("달리기")
        assert "ann@example.com" in texts(await ann.say("ann@example.com"))[0]
        assert "bora@example.com" in texts(await bora.say("bora@example.com"))[0]
        await harness.pass_time(app, timedelta(days=7))
        assert "Run" in ann.heard[-1].text
        assert "달리기" in bora.heard[-1].text
        by_recipient = {mail.recipients[0]: mail.message for mail in smtp_server.accepted}
        assert "Run" in parts(by_recipient["ann@example.com"])[0]
        assert "달리기" in parts(by_recipient["bora@example.com"])[0]
        assert by_recipient["bora@example.com"]["Content-Language"] == "ko"

    async def test_formatting_is_kept_in_the_chat_and_in_the_mail(
        self, harness: Harness, app: App, smtp_server: ScriptedSmtp, english: FakeUser
    ) -> None:
        text = "🙂 bold italic link secret <b>"
        formatting = (
            Entity(type="bold", offset=3, length=4),
            Entity(type="italic", offset=8, length=6),
            Entity(type="text_link", offset=15, length=4, url="https://example.com/?a=1&b=2"),
            Entity(type="spoiler", offset=20, length=6),
        )
        await english.seal(Words(text, formatting), ADDRESS)
        await harness.pass_time(app, timedelta(days=7))
        reminder = english.heard[-1].words
        covered = reminder.text.encode("utf-16-le")
        assert {
            e.type: covered[2 * e.offset : 2 * e.end].decode("utf-16-le") for e in reminder.entities
        } == {
            "date_time": "Thu, Jan 1",
            "blockquote": text,
            "bold": "bold",
            "italic": "italic",
            "text_link": "link",
            "spoiler": "secret",
        }
        plain, html = parts(smtp_server.accepted[0].message)
        assert "bold italic link (https://example.com/?a=1&b=2) secret <b>" in plain
        assert "<b>bold</b> <i>italic</i>" in html
        assert 'href="https://example.com/?a=1&amp;b=2">link</a>' in html
        assert 'class="spoiler"' in html
        assert "&lt;b&gt;" in html

    async def test_a_long_letter_comes_back_whole_in_several_messages(
        self, harness: Harness, app: App, english: FakeUser
    ) -> None:
        text = "🙂" * LONGEST_LETTER
        await english.seal(text, ADDRESS)
        before = len(english.heard)
        await harness.pass_time(app, timedelta(days=7))
        assert text in "".join(texts(english.heard[before:]))
        assert len(english.heard[before:]) == 2
