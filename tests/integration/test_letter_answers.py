"""/letters shows what was answered when a letter came back: on the list, and on its page."""

from datetime import timedelta

from bot.app import App
from bot.local.messages import Message
from bot.locales import Catalog
from tests.support.app import FakeUser, Harness
from tests.support.talk import labels, texts, told

NOTE = "I got up, and it rained"


def quoted(message: Message) -> list[str]:
    """Return what stands in the quotes of a message."""
    text = message.text.encode("utf-16-le")
    quotes = (each for each in message.words.entities if "blockquote" in each.type)
    return [text[2 * each.offset : 2 * each.end].decode("utf-16-le") for each in quotes]


async def come_back(harness: Harness, user: FakeUser, words: str = "Run every morning") -> None:
    """Let a letter come back for the first time, and answer it half-way, with a note."""
    await user.write(words)
    await user.say("skip")
    await harness.pass_time(user.app, timedelta(days=7))
    await user.press(user.heard[-1].buttons[0][1].label)
    await user.say(NOTE)


async def page(user: FakeUser) -> list[Message]:
    await user.say("/letters")
    return await user.press("1")


async def test_the_list_and_the_page_say_what_was_answered(
    harness: Harness, app: App, speech: Catalog
) -> None:
    user = harness.user(app, language=speech.language)
    await come_back(harness, user)
    half = speech.say("button-half")
    await harness.pass_time(app, timedelta(days=23))
    [listed] = await user.say("/letters")
    assert listed.text.endswith(speech.say("letters-done-answered", answer=half))
    [shown] = await page(user)
    first, second = (line for line in shown.text.split("\n") if "✓" in line)
    assert first.endswith(speech.say("letter-day-answered", day="✓", answer=half))
    assert second.endswith("✓")
    assert quoted(shown) == ["Run every morning", NOTE]


async def test_the_answer_to_the_last_day_stands_on_the_list(
    harness: Harness, user: FakeUser
) -> None:
    await come_back(harness, user)
    await harness.pass_time(user.app, timedelta(days=23))
    await user.press(told("button-kept"))
    [listed] = await user.say("/letters")
    assert listed.text.endswith("it has all come, “Kept it”")


async def test_a_letter_on_its_way_hides_the_note_until_it_is_opened(
    harness: Harness, user: FakeUser
) -> None:
    await come_back(harness, user)
    [shown] = await page(user)
    assert "· “Half-way”" in shown.text
    assert NOTE not in shown.text
    [opened] = await user.press(told("button-open-letter"))
    assert quoted(opened) == ["Run every morning", NOTE]
    assert told("button-open-letter") not in labels([opened])


async def test_a_note_beside_long_words_is_a_message_of_its_own(
    harness: Harness, user: FakeUser
) -> None:
    await come_back(harness, user, "word " * 799)
    await page(user)
    *_, note, last = await user.press(told("button-open-letter"))
    assert quoted(note) == [NOTE]
    assert NOTE not in "".join(texts([last]))
    assert "· “Half-way”" in last.text
