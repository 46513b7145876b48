"""The mail that brings a letter back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.answers import AT_THE_END, ON_THE_WAY, Answer, Answered, Line
from bot.letters import Letter
from bot.locales import LANGUAGES, Language, catalog
from bot.mail.page import Link, Page, as_html, as_text
from bot.messages.message import Sending
from bot.messages.reminder import ReminderMessage
from bot.text import Entity, Words
from tests.support.languages import ENGLISH, KOREAN

WORDS = Words("매일 아침 달리기 🏃", (Entity(type="bold", offset=0, length=5),))
BOT = "https://t.me/slow_mailbox_bot"
STOP = "https://t.me/slow_mailbox_bot?start=stop"
SEALED = datetime(2026, 1, 5, 23, 30, tzinfo=UTC)
DUE = datetime(2026, 1, 12, 23, 30, tzinfo=UTC)
LETTER = Letter(id=1, person_id=5, words=WORDS, zone=ZoneInfo("Asia/Seoul"), sealed_at=SEALED)


def page(
    language: Language,
    *,
    day: int = 7,
    late: bool = False,
    chat_blocked: bool = False,
    last: bool = False,
    bot_link: str | None = BOT,
    names_letters: bool = True,
    letter: Letter = LETTER,
    answers: tuple[Answered, ...] = (),
) -> Page:
    sending = Sending(
        catalog=catalog(language),
        now=DUE + timedelta(hours=3 * late),
        due_at=DUE,
        zone=ZoneInfo("Asia/Seoul"),
        token="t",
        chat_blocked=chat_blocked,
        bot_link=bot_link,
        unsubscribe_token="top",
        names_letters=names_letters,
    )
    return ReminderMessage(
        letter=letter,
        day=day,
        last=last,
        answers=answers,
        answer_tokens={each: each.value for each in Answer},
    ).as_mail(sending)


@pytest.mark.parametrize(
    ("language", "day", "subject"),
    [
        (KOREAN, 7, "다짐 “매일 아침 달리기 🏃” 7일째"),
        (KOREAN, 30, "다짐 “매일 아침 달리기 🏃” 30일째"),
        (ENGLISH, 7, "“매일 아침 달리기 🏃”: your letter, 7 days ago"),
        (ENGLISH, 1, "“매일 아침 달리기 🏃”: your letter, 1 day ago"),
    ],
)
def test_the_subject_says_which_letter_it_is_and_how_long_ago(
    language: Language, day: int, subject: str
) -> None:
    assert page(language, day=day).subject == subject


def test_a_subject_has_the_beginning_of_a_long_letter() -> None:
    words = "Run every morning, read every evening\nand sleep"
    subject = page(ENGLISH, letter=replace(LETTER, words=Words(words))).subject
    assert subject == "“Run every morning, read…”: your letter, 7 days ago"


@pytest.mark.parametrize("words", ["\u202eRun\u202c", "\u2067Run", "Run\rBcc: x@example.com"])
def test_a_subject_has_neither_what_turns_it_nor_a_second_line(words: str) -> None:
    subject = page(ENGLISH, letter=replace(LETTER, words=Words(words))).subject
    begins = "Run…" if "\r" in words else "Run"
    assert subject == f"“{begins}”: your letter, 7 days ago"


@pytest.mark.parametrize(
    ("language", "day", "subject"),
    [
        (KOREAN, 7, "7일 전의 나에게서 온 편지"),
        (KOREAN, 30, "30일 전의 나에게서 온 편지"),
        (ENGLISH, 7, "A letter from you, 7 days ago"),
        (ENGLISH, 1, "A letter from you, 1 day ago"),
        (ENGLISH, 1000, "A letter from you, 1,000 days ago"),
    ],
)
def test_a_plain_subject_says_only_how_long_ago(language: Language, day: int, subject: str) -> None:
    assert page(language, day=day, names_letters=False).subject == subject


@pytest.mark.parametrize(("language", "date"), [(KOREAN, "1월 6일"), (ENGLISH, "Jan 6")])
def test_the_day_of_sealing_is_the_persons_own(language: Language, date: str) -> None:
    assert date in page(language).lines[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_quoted_in_both_parts(language: Language) -> None:
    reminder = page(language)
    assert "\n\n매일 아침 달리기 🏃\n\n" in as_text(reminder)
    assert "><b>매일 아침</b> 달리기 🏃</td>" in as_html(reminder, language)


@pytest.mark.parametrize(("language", "due"), [(KOREAN, "1월 13일"), (ENGLISH, "Jan 13")])
def test_only_a_late_one_says_when_it_was_due(language: Language, due: str) -> None:
    assert due in page(language, late=True).lines[1]
    assert len(page(language).lines) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_last_one_says_so(language: Language) -> None:
    say = catalog(language).say
    assert page(language).closing == (say("mail-reminder-question"),)
    assert page(language, last=True).closing == (
        say("mail-reminder-last"),
        say("mail-reminder-looking-back"),
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("last", [False, True])
def test_what_may_be_answered_are_links_in_both_parts(language: Language, *, last: bool) -> None:
    reminder = page(language, last=last)
    choices = AT_THE_END if last else ON_THE_WAY
    assert reminder.choices == tuple(
        Link(catalog(language).say(f"button-{each}"), f"{BOT}?start=a{each}") for each in choices
    )
    for link in reminder.choices:
        assert f"\n{link.label}: {link.url}\n" in as_text(reminder)
        assert f'href="{link.url}"' in as_html(reminder, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_answered_before_is_recalled_in_both_parts(language: Language) -> None:
    note = Words("it <rained>\nall day", (Entity(type="bold", offset=0, length=2),))
    said = Answered(day=7, answer=Answer.HALF, lines=(Line(message_id=1, words=note),))
    reminder = page(language, day=30, last=True, answers=(said,))
    label = catalog(language).say("button-half")
    recalled = catalog(language).count("recalled-answer", 7, answer=label)
    assert f"\n\n{recalled}\n> it <rained>\n> all day\n\n" in as_text(reminder)
    html = as_html(reminder, language)
    assert recalled in html
    assert "<b>it</b> &lt;rained&gt;<br>all day</div>" in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_the_chat_is_blocked_it_says_how_to_come_back(language: Language) -> None:
    blocked, open_ = page(language, chat_blocked=True), page(language)
    say = catalog(language).say
    assert set(blocked.closing) - set(open_.closing) == {say("mail-reminder-chat-blocked")}
    assert blocked.button == Link(say("mail-reminder-return"), BOT)
    assert open_.button is None
    assert blocked.choices == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_offers_no_way_it_does_not_have(language: Language) -> None:
    reminder = page(language, bot_link=None)
    assert reminder.button is None
    assert reminder.footer == (catalog(language).say("mail-reminder-why"),)
    assert "http" not in as_text(reminder)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_footer_says_why_and_how_to_stop(language: Language) -> None:
    say = catalog(language).say
    new = Link(say("mail-reminder-new"), f"{BOT}?start=write")
    assert page(language).footer == (new, say("mail-reminder-why"), Link(say("mail-stop"), STOP))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_an_inbox_previews_keeps_the_words_to_oneself(language: Language) -> None:
    reminder = page(language, names_letters=False)
    assert "달리기" not in reminder.preheader + reminder.subject + reminder.greeting
