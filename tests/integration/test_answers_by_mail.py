"""How it is going, answered by a link of the mail: taken in the chat, and only from its person."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.locales import Catalog
from tests.support.app import FakeUser, Harness
from tests.support.mails import link_labelled, text_of
from tests.support.rows import contents
from tests.support.smtpd import ScriptedSmtp
from tests.support.talk import EN, labels, texts, told

WORDS = "Run every morning"
ADDRESS = "me@example.com"
DAY = timedelta(days=1)


@pytest.fixture
async def user(harness: Harness, app: App) -> FakeUser:
    """Return a person whose letter came back for the first time."""
    user = harness.user(app)
    await user.seal(WORDS, ADDRESS)
    await harness.pass_time(app, 7 * DAY)
    return user


@pytest.mark.parametrize("answer", ["keeping", "half", "not-yet"])
async def test_a_link_opens_the_chat_with_the_answer_taken_and_the_same_words(
    harness: Harness, app: App, smtp_server: ScriptedSmtp, speech: Catalog, answer: str
) -> None:
    user = harness.user(app, language=speech.language)
    await user.seal(WORDS, ADDRESS)
    await harness.pass_time(app, 7 * DAY)
    label = speech.say(f"button-{answer}")
    [taken] = await user.open(link_labelled(smtp_server.accepted[-1], label))
    assert taken.text == f"✓ {label}\n{speech.count(f'answer-{answer}', 30)}"
    assert labels([taken]) == [speech.say("button-change-answer")]
    assert texts(await user.say("so so")) == [speech.count("note-kept-until", 30)]
    await harness.pass_time(app, 23 * DAY)
    recalled = speech.count("recalled-answer", 7, answer=label)
    assert recalled in user.heard[-1].text
    assert f"{recalled}\n> so so\n" in text_of(smtp_server.accepted[-1])


async def test_the_latest_answer_counts_whichever_way_it_came(
    harness: Harness, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    [mail] = smtp_server.accepted
    await user.press("Half-way")
    await user.open(link_labelled(mail, "Not yet"))
    await user.press("Change")
    assert user.heard[-1].text == told("ask-how-it-goes")
    await user.open(link_labelled(mail, "Keeping it"))
    await harness.pass_time(user.app, 23 * DAY)
    assert EN.count("recalled-answer", 7, answer="Keeping it") in user.heard[-1].text


async def test_a_forwarded_mails_link_answers_for_nobody_else(
    harness: Harness, app: App, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    link = link_labelled(smtp_server.accepted[-1], "Keeping it")
    stranger, before = harness.user(app, "stranger"), await contents(app.database.reader)
    [answer] = await stranger.open(link)
    assert answer.text == told("answer-not-yours")
    assert labels([answer]) == [told("button-write")]
    after = await contents(app.database.reader)
    assert [after[each] for each in ("answers", "people")] == [
        before[each] for each in ("answers", "people")
    ]


async def test_a_forged_link_is_none(user: FakeUser, smtp_server: ScriptedSmtp) -> None:
    link = link_labelled(smtp_server.accepted[-1], "Keeping it")
    place = link.index("=a") + 2
    for forged in (
        link[:place] + ("B" if link[place] == "A" else "A") + link[place + 1 :],
        link[:-2],
        f"{link}AA",
    ):
        assert texts(await user.open(forged)) == [told("link-unknown")]


async def test_after_the_words_are_erased_a_link_says_so(
    harness: Harness, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await harness.pass_time(user.app, 23 * DAY)
    link = link_labelled(smtp_server.accepted[-1], "Kept it")
    _, ended = [*await user.open(link)]
    assert ended.text == told("letter-ended")
    for label in ("Erase it", "Erase it"):
        await user.press(label)
    assert texts(await user.open(link)) == [told("letter-gone-already")]
    await user.say("/delete")
    await user.press("erase everything")
    assert texts(await user.open(link)) == [told("answer-not-yours")]


async def test_the_mails_of_one_letter_are_one_thread(
    harness: Harness, user: FakeUser, smtp_server: ScriptedSmtp
) -> None:
    await user.seal("Another letter", ADDRESS)
    await harness.pass_time(user.app, 23 * DAY)
    first, other, last = (mail.message for mail in smtp_server.accepted)
    assert other["In-Reply-To"] is None
    assert last["In-Reply-To"] == last["References"] == first["Message-ID"]


async def test_an_operator_may_have_subjects_without_a_letters_words(
    harness: Harness, smtp_server: ScriptedSmtp
) -> None:
    harness.environ = {"MAIL_SUBJECT": "plain"}
    async with harness.app() as app:
        await harness.user(app).seal(WORDS, ADDRESS)
        await harness.pass_time(app, 7 * DAY)
    [mail] = smtp_server.accepted
    assert mail.message["Subject"] == EN.count("mail-reminder-subject", 7)
