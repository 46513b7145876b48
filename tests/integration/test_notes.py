"""A line added to the answer, after it or as a reply at any time: the next reminder shows it."""

from datetime import timedelta

import pytest

from bot.answers import LARGEST_NOTE, MOST_LINES, Line, lines_from_json, lines_to_json
from bot.app import App
from bot.local.messages import Message
from bot.locales import Catalog
from bot.store import answers
from bot.text import Words
from tests.support.app import FakeUser, Harness
from tests.support.rows import count
from tests.support.talk import EN, labels, texts, told

WORDS = "Run every morning"
DAY = timedelta(days=1)
KEPT = EN.count("note-kept-until", 30)


async def come_back(harness: Harness, user: FakeUser, words: str = WORDS) -> Message:
    """Let a letter come back for the first time; returns the message that brings it."""
    await user.write(words)
    await user.say("skip")
    await harness.pass_time(user.app, 7 * DAY)
    return user.heard[-1]


async def reply(user: FakeUser, to: Message, text: str) -> list[str]:
    """Return what the bot answers to a reply."""
    return texts(await user.handled(user.telegram.say(user.person, text, reply=to)))


def quoted(message: Message) -> list[str]:
    """Return what stands in the quotes of a message."""
    text = message.text.encode("utf-16-le")
    quotes = (each for each in message.words.entities if "blockquote" in each.type)
    return [text[2 * each.offset : 2 * each.end].decode("utf-16-le") for each in quotes]


async def test_lines_after_the_answer_are_shown_on_the_last_day(
    harness: Harness, app: App, speech: Catalog
) -> None:
    user = harness.user(app, language=speech.language)
    await come_back(harness, user)
    await user.press(speech.say("button-half"))
    for line in ("it rained", "and I slept 🙂"):
        assert texts(await user.say(line)) == [speech.count("note-kept-until", 30)]
    await harness.pass_time(app, 23 * DAY)
    assert quoted(user.heard[-1]) == [WORDS, "it rained\nand I slept 🙂"]
    label = speech.say("button-half")
    assert speech.count("recalled-answer", 7, answer=label) in user.heard[-1].text


async def test_a_bare_line_within_a_day_needs_no_answer(harness: Harness, user: FakeUser) -> None:
    await come_back(harness, user)
    await harness.pass_time(user.app, DAY - timedelta(minutes=1))
    assert texts(await user.say("did it!!")) == [KEPT]
    await harness.pass_time(user.app, 22 * DAY + timedelta(minutes=1))
    assert quoted(user.heard[-1]) == [WORDS, "did it!!"]


async def test_after_a_day_a_line_is_what_it_always_was(harness: Harness, user: FakeUser) -> None:
    await come_back(harness, user)
    await harness.pass_time(user.app, DAY)
    assert texts(await user.say("did it!!")) == [told("stray")]
    await user.press("Keeping it")
    assert texts(await user.say("did it!!")) == [KEPT]


async def test_a_reply_finds_its_letter_at_any_time(harness: Harness, user: FakeUser) -> None:
    first = await come_back(harness, user, "The first")
    await come_back(harness, user, "The second")
    await harness.pass_time(user.app, 10 * DAY)
    assert await reply(user, first, "of the first") == [KEPT]
    await user.say("/write")
    assert await reply(user, first, "while I write") == [KEPT]
    assert await count(user.app.database, "answers") == 1
    await harness.pass_time(user.app, 6 * DAY)
    [last] = [each for each in user.heard if "30 days ago" in each.text]
    assert quoted(last) == ["The first", "of the first\nwhile I write"]


async def test_a_reply_long_after_the_last_day_is_kept_too(
    harness: Harness, user: FakeUser
) -> None:
    first = await come_back(harness, user)
    await harness.pass_time(user.app, 400 * DAY)
    assert await reply(user, first, "I still run") == [told("note-kept"), told("letter-ended")]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("123456", "confirm-not-asked"),
        ("me@example.com", "address-for-what"),
    ],
)
async def test_a_code_or_an_address_keeps_its_meaning(
    harness: Harness, user: FakeUser, text: str, answer: str
) -> None:
    reminder = await come_back(harness, user)
    await user.press("Half-way")
    said = told(answer, address=text) if "@" in text else told(answer)
    assert texts(await user.say(text)) == [said]
    assert await reply(user, reminder, text) == [said]
    assert "\n" not in "".join(quoted(reminder))


async def notes(user: FakeUser) -> str:
    """Return what is kept as the note of the only letter."""
    reader = user.app.database.reader
    kept = await reader.all("SELECT * FROM answers WHERE note IS NOT NULL")
    cells = [answers.cell_of("note", row["letter_id"], row["day"]) for row in kept]
    noted = [reader.vault.decrypt(cell, row["note"]) for cell, row in zip(cells, kept, strict=True)]
    lines = [line for note in noted for line in lines_from_json(note)]
    return "|".join(line.words.text for line in lines)


@pytest.mark.parametrize("pressed", [(), ("Half-way",)])
async def test_small_talk_is_no_line_unless_its_person_says_so(
    harness: Harness, user: FakeUser, pressed: tuple[str, ...]
) -> None:
    await come_back(harness, user)
    for label in pressed:
        await user.press(label)
    assert texts(await user.say("thank you")) == [told("thanks")]
    for text in ("Hi!", "ㅋㅋ", "네~", "settings", "설정", "こんにちは", "OK."):
        assert texts(await user.say(text)) == [told("stray")]
        assert labels(user.heard[-1:])[0] == told("button-as-note")
        assert await notes(user) == ""
    said = user.heard[-1].id
    [kept] = await user.press(told("button-as-note"))
    assert (kept.id, kept.text) == (said, KEPT)
    assert await notes(user) == "OK."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("when?", "stray"),
        ("May I still change what I wrote?", "letter-offer"),
        ("mail me at new@example.com", "address-for-what"),
    ],
)
async def test_what_may_be_meant_in_two_ways_has_a_button_for_each(
    harness: Harness, user: FakeUser, text: str, said: str
) -> None:
    await come_back(harness, user)
    [offer] = await user.say(text)
    assert offer.text == EN.say(said, address="new@example.com")
    assert told("button-as-note") in labels([offer])
    assert await notes(user) == ""
    assert texts(await user.press(told("button-as-note"))) == [KEPT]
    assert await notes(user) == text


async def test_right_behind_an_answer_a_question_is_its_line(
    harness: Harness, user: FakeUser
) -> None:
    await come_back(harness, user)
    await user.press("Not yet")
    assert texts(await user.say("Once round the block?")) == [KEPT]
    assert texts(await user.say("When is day 30?")) == [told("stray")]


async def test_a_line_that_was_none_is_taken_out_by_its_button(
    harness: Harness, user: FakeUser
) -> None:
    await come_back(harness, user)
    await user.say("it rained")
    [kept] = await user.say("wrong chat, sorry")
    own = user.last_own
    [gone] = await user.press(told("button-not-a-note"))
    assert (gone.id, gone.text, gone.buttons) == (kept.id, told("note-left-out"), ())
    assert await notes(user) == "it rained"
    assert texts(await user.forge(f"note:leave-out:{own.id}")) == [told("stale-press")]
    await harness.pass_time(user.app, 23 * DAY)
    assert quoted(user.heard[-1]) == [WORDS, "it rained"]


async def test_of_a_note_that_is_taken_out_wholly_nothing_is_left(
    harness: Harness, user: FakeUser
) -> None:
    await come_back(harness, user)
    await user.say("wrong chat, sorry")
    await user.press(told("button-not-a-note"))
    assert await count(user.app.database, "answers") == 0
    await harness.pass_time(user.app, 23 * DAY)
    assert "On day 7" not in user.heard[-1].text


async def test_a_long_line_taken_out_can_still_be_a_letter(
    harness: Harness, user: FakeUser
) -> None:
    await come_back(harness, user)
    await user.say("From today on I take the stairs.")
    assert labels(await user.press(told("button-not-a-note"))) == [told("button-as-letter")]
    [echo] = await user.press(told("button-as-letter"))
    assert "From today on" in echo.text
    assert await notes(user) == ""


async def test_a_day_later_a_text_becomes_a_line_no_more(harness: Harness, user: FakeUser) -> None:
    await come_back(harness, user)
    await user.say("hello")
    await harness.pass_time(user.app, DAY)
    assert texts(await user.press(told("button-as-note"))) == [told("stale-press")]
    assert await notes(user) == ""


@pytest.mark.parametrize("way", ["a text", "a reply", "a button"])
async def test_words_on_the_last_day_lead_on_without_an_answer(
    harness: Harness, user: FakeUser, way: str
) -> None:
    await come_back(harness, user)
    await harness.pass_time(user.app, 23 * DAY)
    reminder = user.heard[-1]
    match way:
        case "a text":
            said = texts(await user.say("I kept at it"))
        case "a reply":
            said = await reply(user, reminder, "I kept at it")
        case _:
            await user.say("Did I?")
            said = texts(await user.press(told("button-as-note")))
    assert said == [told("note-kept"), told("letter-ended")]
    assert texts(await user.say("every day")) == [told("note-kept")]
    await user.forge(await answer_of(user, "kept"))
    assert texts(user.heard).count(told("letter-ended")) == 1
    [owed] = await user.press(told("button-in-a-month"))
    assert owed.text.startswith(told("letter-once-more", when="§").partition("§")[0])


async def answer_of(user: FakeUser, answer: str) -> str:
    """Return what the button of an answer to the newest reminder sends back."""
    [row] = await user.app.database.reader.all(
        "SELECT token FROM deliveries WHERE channel = 'chat' ORDER BY day DESC LIMIT 1"
    )
    return f"answer:{row['token']}:{answer}"


async def test_an_edit_changes_the_line_and_says_so_once(harness: Harness, user: FakeUser) -> None:
    await come_back(harness, user)
    await user.say("it rayned")
    line = user.last_own
    assert texts(await user.edit(line.id, "it rained")) == [KEPT]
    before = len(user.heard)
    await user.edit(line.id, "it rained")
    assert len(user.heard) == before
    await harness.pass_time(user.app, 23 * DAY)
    assert quoted(user.heard[-1]) == [WORDS, "it rained"]


async def test_a_note_has_so_many_lines_and_so_many_characters(
    harness: Harness, user: FakeUser
) -> None:
    reminder = await come_back(harness, user)
    assert await reply(user, reminder, "한" * 1400) == [told("note-full")]
    [offer] = await user.say("한" * 1400)
    assert offer.text == told("letter-offer")
    for _ in range(MOST_LINES):
        assert await reply(user, reminder, "x") == [KEPT]
    assert await reply(user, reminder, "x") == [told("note-full")]


@pytest.mark.parametrize("character", ["x", "한", "🙂"])
def test_a_note_takes_no_more_room_than_its_bytes_in_any_script(character: str) -> None:
    words = Words(character * ((LARGEST_NOTE - 2) // len(character.encode())))
    kept = lines_to_json([Line(message_id=10**9, words=words)])
    assert len(kept.encode()) < LARGEST_NOTE + 100
    assert lines_from_json(kept)[0].words == words


async def test_a_long_line_can_be_a_letter_instead(harness: Harness, user: FakeUser) -> None:
    await come_back(harness, user)
    text = "From today on I take the stairs, every day."
    [kept] = await user.say(text)
    assert labels([kept]) == [told("button-as-new-letter"), told("button-not-a-note")]
    await user.press(told("button-as-new-letter"))
    [sealed] = await user.say("skip")
    assert "Sealed" in sealed.text
    await harness.pass_time(user.app, 23 * DAY)
    [last] = [each for each in user.heard if "30 days ago" in each.text]
    assert quoted(last) == [WORDS]


async def test_a_line_with_a_quote_of_its_own_is_shown_all_the_same(
    harness: Harness, user: FakeUser
) -> None:
    await come_back(harness, user)
    await user.say(Words("said he").quoted())
    await harness.pass_time(user.app, 23 * DAY)
    assert quoted(user.heard[-1]) == [WORDS, "said he"]
