"""What somebody says who writes no letter now: kindly answered, and no words of theirs are lost."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.local.messages import Message
from bot.local.other_kinds import OtherKind
from bot.locales import LANGUAGES, Catalog
from bot.text import Entity, Words
from tests.support.app import FakeUser, Harness
from tests.support.rows import count, kept_words, sealed_words
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import labels, so_far, texts, told

ADDRESS, OTHER = "me@example.com", "other@example.com"
FULL = "I will run every morning before work."
DAY, WEEK = timedelta(days=1), timedelta(days=7)
THANKS = [told("thanks-given", each).split("\n")[-1] for each in LANGUAGES]


async def send(user: FakeUser, kind: OtherKind, text: str) -> list[Message]:
    """Send a picture or a forwarded message with words; returns what the bot answered."""
    return await user.handled(user.telegram.send(user.person, kind, text))


class TestLetter:
    async def test_a_full_text_is_offered_as_a_letter(
        self, harness: Harness, app: App, speech: Catalog
    ) -> None:
        user = harness.user(app, language=speech.language)
        bold = Entity(type="bold", offset=0, length=1)
        [offer] = await user.say(Words(FULL, (bold,)))
        assert offer.text == speech.say("letter-offer")
        assert labels([offer]) == [speech.say("button-as-letter")]
        [echo] = await user.press(speech.say("button-as-letter"))
        assert (echo.id, echo.text) == (offer.id, so_far(FULL, speech.language))
        await user.say(ADDRESS)
        assert await sealed_words(app.database) == [Words(FULL, (bold,))]

    @pytest.mark.parametrize("text", ["hello?", "x" * 19, "안녕하세요"])
    async def test_a_short_one_is_answered_with_what_this_is(
        self, app: App, user: FakeUser, text: str
    ) -> None:
        [answer] = await user.say(text)
        assert (answer.text, labels([answer])) == (told("stray"), [told("button-write")])
        assert await count(app.database, "drafts") == 0

    async def test_each_text_can_be_taken_by_its_own_button(self, app: App, user: FakeUser) -> None:
        await user.say(FULL)
        own = user.last_own
        await user.say("And another text that is long enough.")
        await user.forge(f"draft:letter:{own.id}")
        assert await kept_words(app.database) == Words(FULL)

    async def test_what_is_not_taken_is_no_letter_under_way(self, user: FakeUser) -> None:
        await user.say(FULL)
        assert texts(await user.say("hello")) == [told("stray")]
        assert texts(await user.say("/cancel")) == [told("nothing-to-cancel")]
        await user.say(FULL)
        assert texts(await user.say("/write")) == [told("ask-words")]
        assert texts(await user.say("Run")) == [so_far("Run")]

    async def test_it_is_forgotten_after_a_day_without_a_word(
        self, harness: Harness, app: App, user: FakeUser
    ) -> None:
        await user.say(FULL)
        said = len(user.heard)
        await harness.pass_time(app, DAY)
        assert await count(app.database, "drafts") == 0
        assert len(user.heard) == said
        assert texts(await user.press(told("button-as-letter"))) == [told("stale-press")]

    async def test_a_button_of_before_takes_nothing_in_place_of_a_letter_being_written(
        self, app: App, user: FakeUser
    ) -> None:
        await user.say(FULL)
        own = user.last_own
        await user.write("Run")
        offered = await user.forge(f"draft:letter:{own.id}")
        assert texts(offered) == [told("draft-under-way", first="Run")]
        assert await kept_words(app.database) == Words("Run")


class TestResting:
    @pytest.fixture
    async def user(self, harness: Harness, user: FakeUser) -> FakeUser:
        """Return somebody whose letter rests."""
        await user.write("Run")
        await harness.pass_time(user.app, DAY)
        return user

    async def test_a_short_text_is_answered_with_its_first_words(self, user: FakeUser) -> None:
        [offer] = await user.say("hello")
        assert offer.text == told("draft-under-way", first="Run")
        assert labels([offer]) == [told("button-go-on"), told("button-start-over")]

    async def test_a_full_text_can_be_a_part_of_it(self, app: App, user: FakeUser) -> None:
        [offer] = await user.say(FULL)
        assert offer.text == told("draft-under-way", first="Run")
        assert labels([offer]) == [
            told("button-go-on"),
            told("button-take-part"),
            told("button-as-new-letter"),
        ]
        [echo] = await user.press(told("button-take-part"))
        assert (echo.id, echo.text) == (offer.id, so_far(f"Run\n{FULL}"))
        await user.say(ADDRESS)
        assert await sealed_words(app.database) == [Words(f"Run\n{FULL}")]

    async def test_a_full_text_can_be_a_new_letter(self, app: App, user: FakeUser) -> None:
        await user.say(FULL)
        assert texts(await user.press(told("button-as-new-letter"))) == [so_far(FULL)]
        await user.say(ADDRESS)
        assert await sealed_words(app.database) == [Words(FULL)]

    async def test_gone_on_with_it_is_as_it_was(self, app: App, user: FakeUser) -> None:
        await user.say(FULL)
        assert texts(await user.press(told("button-go-on"))) == [so_far("Run")]
        assert await kept_words(app.database) == Words("Run")

    async def test_an_address_is_the_first_button_when_it_is_gone_on_with(
        self, user: FakeUser
    ) -> None:
        assert texts(await user.say(ADDRESS)) == [told("draft-under-way", first="Run")]
        assert ADDRESS in labels(await user.press(told("button-go-on")))


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("Run\nand read", "Run…"),
        (
            "Run every morning before work, whatever the weather",
            "Run every morning before work, whatever…",
        ),
        ("가" * 60, "가" * 40 + "…"),
    ],
)
async def test_a_letter_under_way_is_known_by_its_first_words(
    user: FakeUser, words: str, first: str
) -> None:
    await user.write(words)
    assert texts(await user.say("/write")) == [told("draft-under-way", first=first)]


async def test_greeting_and_help_say_that_a_letter_being_written_is_still_there(
    harness: Harness, user: FakeUser
) -> None:
    assert told("draft-still-here") not in (await user.say("/start"))[0].text
    await user.write("Run")
    [greeting] = await user.say("/start")
    assert greeting.text.endswith(told("draft-still-here"))
    assert labels([greeting]) == [told("button-go-on")]
    assert texts(await user.say("/help")) == [f"{told('help')}\n\n{told('draft-still-here')}"]
    await harness.pass_time(user.app, DAY)
    assert texts(await user.say("/help")) == [told("help")]


async def test_an_empty_draft_is_dropped_in_silence(harness: Harness, app: App) -> None:
    user = harness.user(app)
    await user.say("/write")
    await user.say(ADDRESS)
    said = len(user.heard)
    await harness.pass_time(app, DAY)
    assert len(user.heard) == said
    assert await count(app.database, "drafts") == 0


class TestThanks:
    @pytest.mark.parametrize("line", THANKS)
    async def test_thanks_are_returned(self, app: App, user: FakeUser, line: str) -> None:
        assert texts(await user.say(f"{line.capitalize()}!!")) == [told("thanks")]
        assert await count(app.database, "drafts") == 0

    async def test_more_of_them_the_same_day_are_returned_by_a_sign(
        self, harness: Harness, app: App, user: FakeUser
    ) -> None:
        await user.say("thank you")
        assert await user.say("고마워요 ❤️") == []
        assert list(user.last_own.reactions.values()) == ["❤"]
        await harness.pass_time(app, DAY)
        assert texts(await user.say("thanks")) == [told("thanks")]

    async def test_while_a_letter_is_written_they_are_a_part(self, user: FakeUser) -> None:
        await user.write("Run")
        assert texts(await user.say("thank you")) == [so_far("Run\nthank you")]


class TestAddress:
    async def test_an_address_that_can_only_be_for_a_letter_is_remembered_for_it(
        self, app: App, user: FakeUser
    ) -> None:
        [asked] = await user.say(ADDRESS)
        assert (asked.text, labels([asked])) == (told("address-first"), [])
        assert ADDRESS in labels(await user.say("Run"))
        await user.press(ADDRESS)
        assert await count(app.database, "letters") == 1

    async def test_one_with_a_slip_in_it_is_asked_about_first(self, user: FakeUser) -> None:
        [asked] = await user.say("me@gmial.com")
        assert asked.text == told("did-you-mean", likelier="me@gmail.com")
        answer = await user.press(told("button-as-suggested", address="me@gmail.com"))
        assert texts(answer) == [told("address-first")]

    async def test_an_address_alone_is_no_letter_that_could_rest(
        self, harness: Harness, app: App, user: FakeUser
    ) -> None:
        await user.say(ADDRESS)
        said = len(user.heard)
        await harness.pass_time(app, DAY)
        assert len(user.heard) == said
        assert await count(app.database, "drafts") == 0

    async def test_one_in_a_sentence_may_be_for_a_letter(self, app: App, user: FakeUser) -> None:
        [asked] = await user.say(f"my mail is {ADDRESS}")
        assert asked.text == told("address-for-what", address=ADDRESS)
        assert labels([asked]) == [told("button-write")]
        await user.press(told("button-write"))
        assert ADDRESS in labels(await user.say("Run"))
        assert await count(app.database, "letters") == 0

    async def test_an_address_may_take_the_place_of_another(
        self, harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
    ) -> None:
        await user.seal("Run", ADDRESS)
        await user.has_confirmed(OTHER)
        [asked] = await user.say(OTHER)
        assert labels([asked]) == [told("button-write"), told("button-use-instead")]
        assert OTHER in labels(await user.press(told("button-use-instead")))
        await user.press(OTHER)
        await harness.pass_time(app, WEEK)
        assert [mail.recipients for mail in smtp_server.accepted] == [(OTHER,)]

    async def test_an_address_may_be_the_first_of_letters_sealed_without_one(
        self, user: FakeUser
    ) -> None:
        await user.write("Run")
        await user.press(told("button-just-here"))
        asked = await user.say(ADDRESS)
        assert labels(asked) == [told("button-write"), told("button-use-too")]
        await user.press(told("button-use-too"))
        said = texts(await user.press(ADDRESS))
        sent = told("confirm-sent", address=ADDRESS)
        assert said == [f"{told('address-added-unconfirmed')}\n{sent}"]


class TestJustSealed:
    @pytest.mark.parametrize("words", ["and swim", "And swim before breakfast, too"])
    async def test_what_is_sent_then_may_be_added(
        self, harness: Harness, app: App, user: FakeUser, words: str
    ) -> None:
        await user.seal("Run", ADDRESS)
        assert told("button-add-postscript") in labels(await user.say(words))
        await user.press(told("button-add-postscript"))
        await user.say(words)
        assert await count(app.database, "postscripts") == 1
        await harness.pass_time(app, timedelta(hours=2))
        assert told("button-add-postscript") not in labels(await user.say(words))


class TestOtherKinds:
    async def test_words_under_a_picture_that_comes_first_are_offered_as_a_letter(
        self, app: App, user: FakeUser
    ) -> None:
        [offer] = await send(user, OtherKind.PHOTO, "See the sea")
        assert (offer.text, labels([offer])) == (told("caption-offer"), [told("button-as-letter")])
        [echo] = await user.press(told("button-as-letter"))
        assert (echo.id, echo.text) == (offer.id, so_far("See the sea"))
        await user.say(ADDRESS)
        assert await sealed_words(app.database) == [Words("See the sea")]

    @pytest.mark.parametrize(
        ("kind", "name"), [(OtherKind.PHOTO, "caption-ask"), (OtherKind.FORWARD, "forwarded-ask")]
    )
    @pytest.mark.parametrize("first", [True, False])
    async def test_words_under_a_picture_and_forwarded_ones_are_taken_if_that_is_wanted(
        self, app: App, user: FakeUser, kind: OtherKind, name: str, *, first: bool
    ) -> None:
        before = "" if first else "Run\n"
        await (user.say("/write") if first else user.write("Run"))
        [asked] = await send(user, kind, "and read")
        assert (asked.text, labels([asked])) == (
            told(name),
            [told("button-yes"), told("button-no")],
        )
        [echo] = await user.press(told("button-yes"))
        assert (echo.id, echo.text) == (asked.id, so_far(f"{before}and read"))
        await user.say(ADDRESS)
        assert await sealed_words(app.database) == [Words(f"{before}and read")]

    async def test_they_are_left_out_if_not(self, app: App, user: FakeUser) -> None:
        await user.write("Run")
        [asked] = await send(user, OtherKind.FORWARD, "Buy this now!")
        [echo] = await user.press(told("button-no"))
        assert (echo.id, echo.text) == (asked.id, so_far("Run"))
        await user.forge(f"draft:take:{user.last_own.id}")
        assert await kept_words(app.database) == Words("Run")

    async def test_a_forwarded_address_is_an_address(self, app: App, user: FakeUser) -> None:
        await user.write("Run")
        assert "💌" in texts(await send(user, OtherKind.FORWARD, ADDRESS))[0]
        assert await count(app.database, "letters") == 1
